package client

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

const proxyPassword = "pr0xy-5ecret" // holds "5ecret", which kind looks for

// tunnel is a proxy that answers CONNECT with a status and then connects.
func tunnel(t *testing.T, status int, secure bool) (s *httptest.Server, said *atomic.Value) {
	t.Helper()
	said = new(atomic.Value)
	s = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		said.Store(r.Method + " " + r.Host + " " + r.Header.Get("Proxy-Authorization") + r.Header.Get("X-Api-Key"))
		if status != http.StatusOK {
			w.WriteHeader(status)
			return
		}
		to, err := net.Dial("tcp", r.Host)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		w.WriteHeader(http.StatusOK)
		from, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			_ = to.Close()
			return
		}
		join(from, buffered, to)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s, said
}

// join carries bytes both ways until one end is done.
func join(a net.Conn, fromA io.Reader, b net.Conn) {
	go func() { _, _ = io.Copy(b, fromA); _ = b.Close() }()
	_, _ = io.Copy(a, b)
	_ = a.Close()
}

// secureHost stores what it gets, behind a certificate of its own.
func secureHost(t *testing.T) (s *httptest.Server, ca []byte, pin string) {
	t.Helper()
	s = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, okAnswer)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	sum := sha256.Sum256(s.Certificate().Raw)
	return s, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), hex.EncodeToString(sum[:])
}

func withUser(address string) string {
	return strings.Replace(address, "://", "://me:"+proxyPassword+"@", 1)
}

func TestProxies(t *testing.T) {
	h, ca, pin := secureHost(t)
	upload := func(cfg Config) error {
		cfg.Address = h.URL
		_, err := newClient(t, cfg).Upload(t.Context(), Upload{Name: "a", Body: big(100_000)})
		return err
	}
	credentials := "Basic " + base64.StdEncoding.EncodeToString([]byte("me:"+proxyPassword))
	want := "CONNECT " + strings.TrimPrefix(h.URL, "https://") + " " + credentials
	for name, tc := range map[string]struct {
		secure bool
		cfg    Config
	}{
		"http to an https host":                      {false, Config{CACertificates: ca}},
		"https to an https host":                     {true, Config{CACertificates: ca}},
		"http to a pinned host":                      {false, Config{PinSHA256: pin}},
		"https to a pinned host, which has its own":  {true, Config{PinSHA256: pin, CACertificates: ca}},
		"http to a pinned host, an authority beside": {false, Config{PinSHA256: pin, CACertificates: ca}},
	} {
		t.Run(name, func(t *testing.T) {
			proxy, said := tunnel(t, http.StatusOK, tc.secure)
			tc.cfg.Proxy = withUser(proxy.URL)
			if err := upload(tc.cfg); err != nil {
				t.Error(err)
			}
			if said.Load() != want {
				t.Error("the proxy heard something else, or our key")
			}
		})
	}
	t.Run("a pin is not for the proxy, but is for the host behind it", func(t *testing.T) {
		proxy, _ := tunnel(t, http.StatusOK, true)
		err := upload(Config{Proxy: proxy.URL, CACertificates: ca, PinSHA256: strings.Repeat("00", 32)})
		if e := kind(t, err); e.Kind != KindTLS || !errors.Is(err, errPin) || e.Sent != SentNothing {
			t.Errorf("%+v", e)
		}
	})
	t.Run("a proxy with a certificate nobody vouches for is refused, pin or not", func(t *testing.T) {
		proxy, _ := tunnel(t, http.StatusOK, true)
		for _, cfg := range []Config{{Proxy: proxy.URL}, {Proxy: proxy.URL, PinSHA256: pin}} {
			if e := kind(t, upload(cfg)); e.Kind != KindTLS || e.Sent != SentNothing {
				t.Errorf("%+v", e)
			}
		}
	})
	for status, want := range map[int]struct {
		kind    Kind
		message string
	}{
		407: {KindDenied, "the proxy asks for a password (HTTP 407)"},
		403: {KindDenied, "the proxy does not let us through (HTTP 403)"},
		502: {KindNetwork, "the proxy cannot reach the host (HTTP 502)"},
	} {
		t.Run(fmt.Sprintf("a proxy that answers %d", status), func(t *testing.T) {
			proxy, _ := tunnel(t, status, false)
			if e := kind(t, upload(Config{Proxy: withUser(proxy.URL), CACertificates: ca})); e.Kind != want.kind || e.Message != want.message || e.Connected {
				t.Errorf("%+v", e)
			}
		})
	}
	t.Run("a proxy that is not there", func(t *testing.T) {
		proxy, _ := tunnel(t, http.StatusOK, false)
		proxy.Close()
		for _, address := range []string{proxy.URL, strings.Replace(proxy.URL, "http:", "socks5:", 1), strings.Replace(proxy.URL, "http:", "https:", 1)} {
			e := kind(t, upload(Config{Proxy: withUser(address), CACertificates: ca}))
			if e.Kind != KindNetwork || e.Connected || !strings.HasPrefix(e.Message, "the proxy ") || !strings.Contains(e.Message, "refused") {
				t.Errorf("%+v", e)
			}
		}
	})
}

// socks is a proxy of RFC 1928 with passwords as of RFC 1929.
func socks(t *testing.T, password string) string {
	return strings.Replace(wire(t, func(conn net.Conn) {
		r := bufio.NewReader(conn)
		text := func() string {
			n, _ := r.ReadByte()
			b := make([]byte, n)
			_, _ = io.ReadFull(r, b)
			return string(b)
		}
		_, _ = r.Discard(1)
		_ = text() // methods
		_, _ = conn.Write([]byte{5, 2})
		_, _ = r.Discard(1)
		if user, given := text(), text(); user != "me" || given != password {
			_, _ = conn.Write([]byte{1, 1})
			return
		}
		_, _ = conn.Write([]byte{1, 0})
		var ask [4]byte
		_, _ = io.ReadFull(r, ask[:])
		host := ""
		if ask[3] == 3 {
			host = text()
		} else {
			b := make([]byte, 4)
			_, _ = io.ReadFull(r, b)
			host = net.IP(b).String()
		}
		hi, _ := r.ReadByte()
		lo, _ := r.ReadByte()
		to, err := net.Dial("tcp", net.JoinHostPort(host, strconv.Itoa(int(hi)<<8|int(lo))))
		if err != nil {
			_, _ = conn.Write([]byte{5, 5, 0, 1, 0, 0, 0, 0, 0, 0})
			return
		}
		_, _ = conn.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
		join(conn, r, to)
	}), "http:", "socks5:", 1)
}

func TestSOCKSProxies(t *testing.T) {
	h, ca, _ := secureHost(t)
	proxy := socks(t, proxyPassword)
	for _, scheme := range []string{"socks5", "socks5h"} {
		c := newClient(t, Config{Address: h.URL, CACertificates: ca, Proxy: withUser(strings.Replace(proxy, "socks5", scheme, 1))})
		if _, err := c.Upload(t.Context(), Upload{Name: "a", Body: big(100_000)}); err != nil {
			t.Errorf("%s: %v", scheme, err)
		}
		c.Close() // the proxy above serves one connection at a time
	}
	c := newClient(t, Config{Address: h.URL, CACertificates: ca, Proxy: withUser(socks(t, "another"))})
	if e := kind(t, c.Check(t.Context())); e.Kind != KindNetwork || !strings.HasPrefix(e.Message, "the proxy did not connect us: ") {
		t.Errorf("%+v", e)
	}
}

// net/http reads the environment once, so each case is a process of its own.
func TestProxiesOfTheEnvironment(t *testing.T) {
	if address := os.Getenv("CLIENT_TEST_ADDRESS"); address != "" {
		c := newClient(t, Config{Address: address, AllowHTTP: true})
		err := c.Check(t.Context())
		if err != nil {
			_ = kind(t, err)
		}
		fmt.Printf("result: %v\n", err)
		return
	}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodConnect {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, jsonError(`"Empty upload source"`, "130"))
	}))
	t.Cleanup(proxy.Close)
	const direct = "network: the"         // of this name there is no host, or nobody to ask for it
	const nowhere = "http://pics.invalid" // a name that no resolver knows, by RFC 2606
	for name, tc := range map[string]struct {
		address string
		env     []string
		want    string
	}{
		"HTTP_PROXY":                    {nowhere, []string{"HTTP_PROXY=" + withUser(proxy.URL)}, "<nil>"},
		"http_proxy in small letters":   {nowhere, []string{"http_proxy=" + proxy.URL}, "<nil>"},
		"HTTPS_PROXY for https":         {"https://pics.invalid", []string{"HTTPS_PROXY=" + withUser(proxy.URL)}, "denied: the proxy does not let us through (HTTP 403)"},
		"HTTPS_PROXY is not for http":   {nowhere, []string{"HTTPS_PROXY=" + proxy.URL}, direct},
		"NO_PROXY":                      {nowhere, []string{"HTTP_PROXY=" + proxy.URL, "NO_PROXY=.example,pics.invalid"}, direct},
		"NO_PROXY of the parent domain": {nowhere, []string{"HTTP_PROXY=" + proxy.URL, "no_proxy=.invalid"}, direct},
		"NO_PROXY of others":            {nowhere, []string{"HTTP_PROXY=" + proxy.URL, "NO_PROXY=.example"}, "<nil>"},
		"what is no address either":     {nowhere, []string{"HTTP_PROXY=http://me:" + proxyPassword + "@ho st:1"}, "network: " + errProxyAddress.Error()},
		"what is no address":            {nowhere, []string{"HTTP_PROXY=me:" + proxyPassword + "%zz@proxy:1"}, "network: " + errProxyAddress.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProxiesOfTheEnvironment$", "-test.v")
			for _, v := range os.Environ() {
				if !strings.Contains(strings.ToUpper(v), "_PROXY=") && !strings.HasPrefix(v, "REQUEST_METHOD=") {
					cmd.Env = append(cmd.Env, v)
				}
			}
			cmd.Env = append(append(cmd.Env, tc.env...), "CLIENT_TEST_ADDRESS="+tc.address)
			out, err := cmd.CombinedOutput()
			_, said, _ := bytes.Cut(out, []byte("result: "))
			line, _, _ := strings.Cut(string(said), "\n")
			if err != nil || !strings.HasPrefix(line, tc.want) || tc.want == direct && strings.Contains(line, "proxy") {
				t.Errorf("%v: %q, want %q", err, line, tc.want)
			}
			if bytes.Contains(out, []byte("5ecret")) {
				t.Error("the password shows")
			}
		})
	}
}
