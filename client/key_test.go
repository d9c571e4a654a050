package client

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// testKey and testLink must never show in anything that is printed.
const (
	testKey    = "chv_Test_5ecretThatMustNeverShow"
	testSecret = "7f2da90642713b599be63be5535f8a851e688f109a2ad1c5"
)

// quiet fails when text holds a secret of the tests.
func quiet(t testing.TB, text string) {
	t.Helper()
	if strings.Contains(text, testKey) || strings.Contains(text, testSecret) || strings.Contains(text, "5ecret") {
		t.Errorf("a secret shows in %d characters that begin with %.40q", len(text), strings.ReplaceAll(text, testKey, "KEY"))
	}
}

func TestSecretsCannotBePrinted(t *testing.T) {
	key := NewKey(testKey)
	link := NewDeleteLink("https://example.org/image/x/delete/" + testSecret)
	type hidden struct {
		key  Key
		link DeleteLink
		ptr  *Key
		list []Key
		m    map[string]DeleteLink
		any  any
	}
	type shown struct {
		Key  Key
		Link *DeleteLink
	}
	api, err := New(Config{Address: "localhost", Key: key})
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]any{
		"the key":           key,
		"a pointer to it":   &key,
		"a slice":           []Key{key},
		"a map":             map[Key]DeleteLink{key: link},
		"the link":          link,
		"exported fields":   shown{key, &link},
		"unexported fields": hidden{key, link, &key, []Key{key}, map[string]DeleteLink{"a": link}, key},
		"a client":          api,
		"a config":          Config{Key: key},
		"an image":          Image{DeleteLink: link},
		"a result":          &Result{Image: Image{DeleteLink: link}},
		"an error":          fmt.Errorf("with %v and %w", key, &Error{Kind: KindAuth, Message: fmt.Sprint(link)}),
	}
	for name, v := range values {
		t.Run(name+" by every verb", func(t *testing.T) {
			for _, verb := range "vTtbcdoOqxXUeEfFgGsp" {
				for _, flag := range []string{"", "+", "#", " ", "0", "-", "20", ".3"} {
					quiet(t, fmt.Sprintf("%"+flag+string(verb), v))
				}
			}
			quiet(t, fmt.Sprint(v)+fmt.Sprintln(v))
		})
		t.Run(name+" by slog", func(t *testing.T) {
			var b bytes.Buffer
			for _, h := range []slog.Handler{slog.NewTextHandler(&b, nil), slog.NewJSONHandler(&b, nil)} {
				slog.New(h).Error("said", "value", v, slog.Any("group", slog.GroupValue(slog.Any("v", v))))
			}
			quiet(t, b.String())
		})
		t.Run(name+" by encoders", func(t *testing.T) {
			if b, err := json.Marshal(v); err == nil {
				quiet(t, string(b))
			}
			if b, err := xml.Marshal(v); err == nil {
				quiet(t, string(b))
			}
		})
		t.Run(name+" by a panic", func(t *testing.T) {
			defer func() { quiet(t, fmt.Sprintf("%v %+v %#v", v, v, recover())) }()
			panic(v)
		})
	}
	t.Run("and says redacted", func(t *testing.T) {
		if got := fmt.Sprintf("%v %d %x %#v %s", key, key, key, key, link); got != strings.TrimSpace(strings.Repeat("redacted ", 5)) {
			t.Error(got)
		}
		b, _ := json.Marshal(shown{key, &link})
		if string(b) != `{"Key":"redacted","Link":"redacted"}` {
			t.Error(string(b))
		}
	})
}

func TestKeysAreHandedOutByRevealOnly(t *testing.T) {
	if NewKey(testKey).Reveal() != testKey || NewDeleteLink("x").Reveal() != "x" {
		t.Error("Reveal does not reveal")
	}
	if !NewKey("").IsZero() || !(Key{}).IsZero() || (Key{}).Reveal() != "" || NewKey("x").IsZero() {
		t.Error("the zero key is not zero")
	}
	if !(DeleteLink{}).IsZero() || (DeleteLink{}).Reveal() != "" || NewDeleteLink("x").IsZero() {
		t.Error("the zero link is not zero")
	}
	if one, same := NewKey("a"), NewKey(strings.Clone("a")); one != same || one == NewKey("b") {
		t.Error("keys do not compare")
	}
}

func TestNewRefusesNonsense(t *testing.T) {
	for name, c := range map[string]struct {
		cfg  Config
		kind Kind
	}{
		"no address":             {Config{}, KindInvalid},
		"plain http":             {Config{Address: "http://example.org"}, KindInvalid},
		"a key of two lines":     {Config{Address: "example.org", Key: NewKey("5ecret\nX-Evil: 1")}, KindAuth},
		"a user agent of two":    {Config{Address: "example.org", UserAgent: "a\r\nb"}, KindInvalid},
		"a proxy that is none":   {Config{Address: "example.org", Proxy: "gopher://x"}, KindInvalid},
		"a CA that is none":      {Config{Address: "example.org", CACertificates: []byte("x")}, KindInvalid},
		"a pin that is too long": {Config{Address: "example.org", PinSHA256: strings.Repeat("ab", 33)}, KindInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(c.cfg)
			var e *Error
			if !errors.As(err, &e) || e.Kind != c.kind {
				t.Fatalf("New: %v", err)
			}
			quiet(t, err.Error())
		})
	}
	for name, cfg := range map[string]Config{
		"http to loopback":     {Address: "http://127.0.0.1:8080"},
		"http when allowed":    {Address: "http://example.org", AllowHTTP: true},
		"no key, for deletion": {Address: "https://example.org"},
	} {
		t.Run(name, func(t *testing.T) {
			if c, err := New(cfg); err != nil || c.Address() != cfg.Address {
				t.Fatal(err)
			}
		})
	}
}
