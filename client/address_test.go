package client

import (
	"errors"
	"strings"
	"testing"
)

func TestParseAddressMendsWhatAPersonTypes(t *testing.T) {
	for typed, want := range map[string]string{
		"images-uploader.com":                                "https://images-uploader.com",
		"  https://images-uploader.com/ \n":                  "https://images-uploader.com",
		"\ufeffhttps://images-uploader.com\u200b":            "https://images-uploader.com",
		"HTTPS://Images-Uploader.COM//":                      "https://images-uploader.com",
		"https://images-uploader.com/api/1/upload":           "https://images-uploader.com",
		"https://images-uploader.com/api/1/upload/":          "https://images-uploader.com",
		"images-uploader.com/API/1/upload":                   "https://images-uploader.com",
		"https://example.org/pics/api/1/upload":              "https://example.org/pics",
		"example.org/Pics/":                                  "https://example.org/Pics",
		"//example.org":                                      "https://example.org",
		"http://example.org":                                 "http://example.org",
		"https://example.org:443":                            "https://example.org",
		"http://example.org:80/":                             "http://example.org",
		"example.org:8443":                                   "https://example.org:8443",
		"localhost:8080":                                     "http://localhost:8080",
		"127.0.0.1":                                          "http://127.0.0.1",
		"[::1]:9":                                            "http://[::1]:9",
		"https://localhost":                                  "https://localhost",
		"pics.localhost":                                     "http://pics.localhost",
		"192.168.1.5":                                        "https://192.168.1.5",
		"https://bücher.example":                             "https://bücher.example",
		"my_host":                                            "https://my_host",
		"https://example.org/a%20b/":                         "https://example.org/a%20b",
		"https://[2001:DB8::1]/x":                            "https://[2001:db8::1]/x",
		"example.org/api":                                    "https://example.org",
		"https://example.org/api/1":                          "https://example.org",
		"https://example.org/fapi":                           "https://example.org/fapi",
		"https://xn--bcher-kva.example:08443/api/1/upload//": "https://xn--bcher-kva.example:8443",
	} {
		t.Run(typed, func(t *testing.T) {
			got, err := ParseAddress(typed)
			if err != nil || got != want {
				t.Fatalf("ParseAddress(%q) = %q, %v; want %q", typed, got, err, want)
			}
			if again, err := ParseAddress(got); err != nil || again != got {
				t.Errorf("a mended address is not left alone: %q, %v", again, err)
			}
		})
	}
}

func TestParseAddressRefusesWhatIsNoSite(t *testing.T) {
	for _, typed := range []string{
		"", " ", "https://", "ftp://example.org", "file:///etc/passwd", "mailto:a@example.org", "javascript:alert(1)",
		"https://user@example.org", "https://user:secret@example.org", "https://example.org?x=1", "https://example.org/?",
		"https://example.org/#top", "https://example.org/#", "exa mple.org", "https://exa\nmple.org", "https://example.org\\evil",
		"https://example.org:0", "https://example.org:99999", "https://example.org:x", "https://example.org/../x",
		"https://example.org/%2e%2e/x", "https://example.org/a//b", "https://a..b", "https://.org", "https://ex<ample>.org",
		"https://[::1", "https://[fe80::1%25eth0]", "https:example.org", "https:/example.org", "https://https://example.org", "http://[127.0.0.1]",
	} {
		t.Run(typed, func(t *testing.T) {
			got, err := ParseAddress(typed)
			var e *Error
			if !errors.As(err, &e) || e.Kind != KindInvalid || e.Message == "" || got != "" {
				t.Fatalf("ParseAddress(%q) = %q, %v", typed, got, err)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Error("the error repeats a password")
			}
		})
	}
}

func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{"images-uploader.com", "http://[::1]:80/api/1/upload", "https://a@b", "x:1/..", "\u200bEXAMPLE.org/%2f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		got, err := ParseAddress(typed)
		if err != nil {
			return
		}
		if again, err := ParseAddress(got); err != nil || again != got {
			t.Errorf("%q became %q, and that %q, %v", typed, got, again, err)
		}
		if _, err := New(Config{Address: got, AllowHTTP: true}); err != nil {
			t.Errorf("New refuses %q: %v", got, err)
		}
	})
}
