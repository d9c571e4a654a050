package window

import (
	"log"
	"os"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/lang"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// speaking has the window speak a language for a test.
func speaking(t *testing.T, tag string) {
	t.Helper()
	if err := speak(tag); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := speak(""); err != nil {
			t.Error(err)
		}
	})
}

func TestExplanationsOfTheMomentAreTranslatedToo(t *testing.T) {
	speaking(t, "de")
	until := time.Date(2026, 1, 2, 14, 5, 0, 0, time.Local)
	for _, c := range []struct{ got, want string }{
		{gateWord(uploader.GateStatus{Gate: job.GateThrottled, Until: until}), "Upload-Grenze des Hosts bis 14:05"},
		{joinHint(uploader.Explain(&client.Error{Kind: client.KindRejected, Status: 400, Message: "Stop words found"})), "Der Host nimmt diese Datei nicht an: er sagt „Stop words found“"},
		{
			say(uploader.ExplainGate(uploader.GateStatus{Gate: job.GateUnavailable, Until: until, Failure: &job.Failure{Kind: client.KindRejected}}).Hint),
			"versuchen Sie ein anderes Dateiformat; um 14:05 wird wieder gefragt",
		},
		{
			say(uploader.Explain(&client.Error{Kind: client.KindDenied, Status: 400, Code: "999", Message: "Full"}).Hint),
			"er sagt „Full“; sehen Sie auf der Seite des Hosts nach: Uploads können abgeschaltet oder Ihr Konto am Limit sein",
		},
		{say("Upload limit of the host until 23 Nov 19:13"), "Upload-Grenze des Hosts bis 23.11. 19:13"},
	} {
		if c.got != c.want {
			t.Errorf("got  %q\nwant %q", c.got, c.want)
		}
	}
}

func TestWhatTheClientFoundIsTranslatedWithinAnExplanation(t *testing.T) {
	for _, c := range []struct {
		tag  string
		err  client.Error
		want string
	}{
		{
			"de",
			client.Error{Kind: client.KindProtocol, Status: 301, Message: "the site has moved: its address is https://new.example/x;y"},
			"Was unter dieser Adresse antwortet, ist nicht der Upload-Dienst: die Seite ist umgezogen: ihre Adresse ist https://new.example/x;y; verwenden Sie stattdessen diese Adresse",
		},
		{
			"fr",
			client.Error{Kind: client.KindNetwork, Message: "the proxy cannot be reached: connection refused, nothing listens there"},
			"L’hébergeur est injoignable par le proxy : le proxy est injoignable : connexion refusée, rien n’écoute à cet endroit ; vérifiez le proxy dans les réglages du compte ou dans l’environnement (HTTPS_PROXY)",
		},
		{
			"zh",
			client.Error{Kind: client.KindNetwork, Connected: true, Message: "the answer is cut short"},
			"在图床回应之前连接已中断：回应不完整；会自动重试",
		},
		{
			"es",
			client.Error{Kind: client.KindServer, Status: 502, Message: `the host answered HTTP 502: "502 Bad; Gateway: x"`},
			`El servidor tiene un problema propio: el servidor respondió HTTP 502: "502 Bad; Gateway: x"; se reintenta solo; si sigue así, dígaselo a quien administra el servidor`,
		},
		{
			"id",
			client.Error{Kind: client.KindNetwork, Message: "the connection failed: read: odd"},
			"Host tidak dapat dijangkau: koneksi gagal: read: odd; periksa jaringan Anda; dicoba lagi otomatis",
		},
		{
			"en",
			client.Error{Kind: client.KindTLS, Message: "the certificate is of another host"},
			"The host's certificate is not trusted: the certificate is of another host; check the address and the clock of this computer; do not send anything until it is right",
		},
	} {
		speaking(t, c.tag)
		if got := joinHint(uploader.ExplainFailure(*job.FailureOf(&c.err))); got != c.want {
			t.Errorf("%s: got  %q\nwant %q", c.tag, got, c.want)
		}
	}
}

func TestNumbersTakeTheFormOfTheLanguageSpoken(t *testing.T) {
	for _, c := range []struct {
		tag   string
		count int
		want  string
	}{
		{"en", 1, "1 waiting"},
		{"en", 0, "0 waiting"},
		{"de", 2, "2 warten"},
		{"fr", 0, "0 en attente"},
		{"es", 1, "1 en espera"},
		{"id", 1, "1 menunggu"},
		{"zh", 3, "3 个等待中"},
	} {
		speaking(t, c.tag)
		if got := many("count_waiting", c.count); got != c.want {
			t.Errorf("%s: %d is %q, want %q", c.tag, c.count, got, c.want)
		}
	}
	speaking(t, "de")
	if got := bytesWord(1500); got != "1,5 kB" {
		t.Errorf("1500 bytes are %q in German", got)
	}
}

func TestTheSystemsLanguageIsSpokenUnlessAnotherIsChosen(t *testing.T) {
	t.Cleanup(func() { // after the environment is what it was
		if err := speak(""); err != nil {
			t.Error(err)
		}
	})
	for locale, want := range map[string]string{"de_DE.UTF-8": "Einfügen", "zh_CN.UTF-8": "粘贴", "id_ID.UTF-8": "Tempel", "ru_RU.UTF-8": "Paste"} {
		t.Run(locale, func(t *testing.T) {
			t.Setenv("LC_ALL", locale)
			t.Setenv("LANG", locale)
			t.Setenv("LANGUAGE", "")
			var told strings.Builder
			log.SetOutput(&told) // where Fyne tells of a missing text, each time it is drawn
			defer log.SetOutput(os.Stderr)
			if err := speak(""); err != nil {
				t.Fatal(err)
			}
			if got := lang.L("Paste"); got != want {
				t.Errorf("Paste is %q", got)
			}
			if many("count_waiting", 11) == "count_waiting.other" {
				t.Error("a text with a number is missing")
			}
			if err := speak("fr"); err != nil {
				t.Fatal(err)
			}
			if got := lang.L("Paste"); got != "Coller" {
				t.Errorf("French was chosen, but Paste is %q", got)
			}
			if told.Len() > 0 {
				t.Errorf("the log was told %s", told.String())
			}
		})
	}
}
