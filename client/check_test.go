package client

import (
	"errors"
	"io/fs"
	"net/http"
	"strings"
	"testing"
)

func TestCheckTestsAddressAndKeyWithoutAFile(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		body   string
		want   Kind // "": good
	}{
		"a good key":                 {400, jsonError(`"Empty upload source"`, "130"), ""},
		"a good key in German":       {400, jsonError(`"Leere Upload-Quelle"`, "130"), ""},
		"a good key, code as text":   {400, jsonError(`"Empty upload source"`, `"130"`), ""},
		"a bad key":                  {400, jsonError(`"Invalid API key."`, "100"), KindAuth},
		"a key that does not arrive": {400, jsonError(`"No key provided"`, "100"), KindAuth},
		"uploads off":                {400, jsonError(`"Request denied"`, "401"), KindDenied},
		"another version":            {400, jsonError(`"Invalid API version."`, "110"), KindProtocol},
		"a page":                     {200, "<html><title>Welcome</title></html>", KindProtocol},
		"maintenance":                {200, "<!DOCTYPE HTML><html>Website under maintenance", KindProtocol},
		"not found":                  {404, "<html>", KindProtocol},
		"another API":                {200, `{"hello":"world"}`, KindProtocol},
		"OK to nothing":              {200, `{"status_code":200,"image":{"id_encoded":"x"}}`, KindProtocol},
		"a server that fails":        {500, "<html>", KindServer},
		"a refusal":                  {403, "", KindDenied},
	} {
		t.Run(name, func(t *testing.T) {
			for _, inForm := range []bool{false, true} {
				h := newHost(t, func(w http.ResponseWriter, _ received) {
					w.WriteHeader(tc.status)
					_, _ = w.Write([]byte(tc.body))
				})
				err := h.client(t, func(cfg *Config) { cfg.KeyInForm = inForm }).Check(t.Context())
				got := h.received()
				if len(got) != 1 || got[0].method != "POST" || got[0].uri != "/api/1/upload" || got[0].content != nil || got[0].fields["source"] != "" {
					t.Errorf("the request: %s %s", got[0].method, got[0].uri)
				}
				if (got[0].header.Get("X-Api-Key") == testKey) == inForm || (got[0].fields["key"] == testKey) != inForm {
					t.Error("the key is not where it belongs")
				}
				if tc.want == "" {
					if err != nil {
						t.Error(err)
					}
					continue
				}
				if e := kind(t, err); e.Kind != tc.want || e.Message == "" {
					t.Errorf("%+v", e)
				}
			}
		})
	}
	t.Run("nothing is asked without a key", func(t *testing.T) {
		h := newHost(t, store(nil))
		err := h.client(t, func(cfg *Config) { cfg.Key = Key{} }).Check(t.Context())
		if e := kind(t, err); e.Kind != KindAuth || len(h.received()) != 0 {
			t.Errorf("%+v", e)
		}
	})
}

func TestDeleteUsesTheLinkOnceAndReadsTheAnswer(t *testing.T) {
	path := "/image/jPO/delete/" + testSecret
	for name, tc := range map[string]struct {
		status   int
		location string
		body     string
		want     Kind // "": deleted
		gone     bool
	}{
		"deleted, 301":            {301, "/image/d5.jPO?deleted", "", "", false},
		"deleted, 302, absolute":  {302, "https://other.example/image/d5.jPO?deleted", "", "", false},
		"deleted, 303":            {303, "/image/d5.jPO/?deleted", "", "", false},
		"gone":                    {404, "", "<html>", KindRejected, true},
		"gone for good":           {410, "", "", KindRejected, true},
		"sent on to https":        {301, "https://x.example/image/deleted-scene.jPO/delete/" + testSecret, "", KindProtocol, false},
		"sent on to a login":      {302, "/login", "", KindProtocol, false},
		"sent nowhere":            {302, "", "", KindProtocol, false},
		"deleted, but by 307":     {307, "/image/d5.jPO?deleted", "", KindProtocol, false},
		"a page":                  {200, "", "<html>", KindProtocol, false},
		"a page with the address": {400, "", "<title>no " + path + "</title>", KindProtocol, false},
		"refused":                 {403, "", "", KindDenied, false},
		"a server that fails":     {502, "", "", KindServer, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t, func(w http.ResponseWriter, _ received) {
				w.Header().Set("Location", tc.location)
				w.WriteHeader(tc.status)
				_, _ = w.Write([]byte(tc.body))
			})
			err := h.client(t, nil).Delete(t.Context(), NewDeleteLink(h.URL+path))
			got := h.received()
			if len(got) != 1 || got[0].method != "GET" || got[0].uri != path || got[0].header.Get("X-Api-Key") != "" || got[0].header.Get("Accept-Language") != "en" {
				t.Errorf("%d requests", len(got))
			}
			if tc.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if e := kind(t, err); e.Kind != tc.want || errors.Is(err, fs.ErrNotExist) != tc.gone || e.Message == "" {
				t.Errorf("%+v", e)
			}
		})
	}
}

func TestDeleteGoesToTheOwnOriginOnly(t *testing.T) {
	h := newHost(t, store(nil))
	c := h.client(t, nil)
	other := newHost(t, store(nil))
	for _, link := range []string{
		"", "x", "/image/jPO/delete/1", other.URL + "/image/x/delete/" + testSecret, strings.Replace(h.URL, "http:", "https:", 1) + "/x/delete/1",
		"http://user@" + strings.TrimPrefix(h.URL, "http://") + "/x", h.URL + "/x/delete/1\r\nX: y", "file:///etc/passwd",
	} {
		if e := kind(t, c.Delete(t.Context(), NewDeleteLink(link))); e.Kind != KindInvalid {
			t.Errorf("%+v", e)
		}
	}
	if len(h.received())+len(other.received()) != 0 {
		t.Error("something was sent")
	}
}

func TestDeleteErrorsOfTheNetworkHoldNoLink(t *testing.T) {
	h := newHost(t, nil)
	h.Close()
	err := h.client(t, nil).Delete(t.Context(), NewDeleteLink(h.URL+"/image/x/delete/"+testSecret))
	if e := kind(t, err); e.Kind != KindNetwork {
		t.Errorf("%+v", e)
	}
}
