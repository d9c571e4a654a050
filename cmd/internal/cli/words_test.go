package cli

import (
	"strings"
	"testing"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

func TestAWrongKeyIsToldWithWhatMendsIt(t *testing.T) {
	wrong := job.Failure{Kind: client.KindAuth, Status: 400, Code: "100", Message: "Invalid API key"}
	unseen := job.Failure{Kind: client.KindAuth, Status: 400, Code: "100", Message: "No key provided"}
	locked := job.Failure{Kind: client.KindAuth, Code: job.CodeKeyring}
	for _, c := range []struct {
		account string
		failure job.Failure
		want    string
	}{
		{"work@https://pics.example", wrong, "give it with: upshot account key work"},
		{"work@https://pics.example", unseen, "upshot account set work --key-in-form"},
		{"work@https://pics.example", locked, "unlock it and try again"},
		{"https://pics.example#1", wrong, "set UPSHOT_KEY to it"},
		{"https://pics.example#1", unseen, "upload with --key-in-form"},
	} {
		got := forAccount(uploader.ExplainCheck(c.failure.Err()), c.account, &c.failure).String()
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.account, got, c.want)
		}
	}
}

func TestWhatARunLeavesBehindIsSentByTheAgentWhereOneRuns(t *testing.T) {
	wrong := &job.Failure{Kind: client.KindAuth, Status: 400, Code: "100", Message: "Invalid API key"}
	for _, account := range []string{"work@https://pics.example", "https://pics.example#1"} {
		for _, kind := range []client.Kind{client.KindAuth, client.KindNetwork, client.KindThrottled, client.KindProtocol} {
			var failure *job.Failure
			if kind == client.KindAuth {
				failure = wrong
			}
			if got := later(1, kind, account, failure, true); strings.Contains(got, "queue run") || !strings.Contains(got, "the agent sends it") {
				t.Errorf("with an agent, %s: %q", kind, got)
			}
			if got := later(2, kind, account, failure, false); !strings.Contains(got, "upshot queue run") || strings.Contains(got, "agent") {
				t.Errorf("without one, %s: %q", kind, got)
			}
		}
	}
}
