package client

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

func TestHostsAreComparedAsDNSWritesThem(t *testing.T) {
	for host, want := range map[string]string{
		"example.org": "example.org", "Bücher.example": "xn--bcher-kva.example", "münchen.de": "xn--mnchen-3ya.de", "xn--bcher-kva.example": "xn--bcher-kva.example",
		// The samples of RFC 3492, section 7.1.
		"ليهمابتكلموشعربي؟": "xn--egbpdaj6bu4bxfgehfvwxn", "他们为什么不说中文": "xn--ihqwcrb4cv8a8dqg056pqjye", "почемужеонинеговорятпорусски": "xn--b1abfaaepdrnnbgefbadotcwatmq2g4l",
		"3年b組金八先生": "xn--3b-ww4c5e180e575a65lsy2b", "ひとつ屋根の下2": "xn--2-u9tlzr9756bt3uc0v", "そのスピードで": "xn--d9juau41awczczp",
		"🎉.example": "xn--dk8h.example", strings.Repeat("ü", 64): strings.Repeat("ü", 64),
	} {
		if got := asciiHost(host); got != want {
			t.Errorf("asciiHost(%q) = %q, want %q", host, got, want)
		}
	}
	site := mustURL(t, "https://bücher.example")
	if !sameOrigin(mustURL(t, "https://xn--bcher-kva.example:443/image/x"), site) || sameOrigin(mustURL(t, "https://xn--bcher-kvb.example/"), site) {
		t.Error("the origins are not told apart")
	}
}

// A host of such a name writes its delete link the other way.
func TestDeleteOnAHostOfAnotherScript(t *testing.T) {
	var asked string
	c := newClient(t, Config{Address: "bücher.example", Transport: tripper(func(r *http.Request) (*http.Response, error) {
		asked = r.URL.String()
		return nil, errors.New("no network here")
	})})
	link := "https://xn--bcher-kva.example/image/x/delete/1"
	if e := kind(t, c.Delete(t.Context(), NewDeleteLink(link))); e.Kind != KindNetwork || asked != link {
		t.Errorf("%q: %+v", asked, e)
	}
}
