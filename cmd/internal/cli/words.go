package cli

import (
	"strings"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
)

// lent reports whether an account, by its id, is an address and a key that
// were given for one run (--server, UPSHOT_SERVER): it has no name, and there
// is nothing to set. The id of any other is its name, @ and its address, and
// an address holds no @.
func lent(account string) bool { return account != "" && !strings.Contains(account, "@") }

// forAccount puts the advice of x, which is about f, into words that fit the
// account.
func forAccount(x uploader.Explanation, account string, f *job.Failure) uploader.Explanation {
	switch {
	case f == nil || f.Kind != client.KindAuth || f.Code == job.CodeNoAccount:
	case !lent(account):
		name, _, named := strings.Cut(account, "@")
		switch {
		case !named || f.Code == job.CodeKeyring:
		case uploader.KeyUnseen(*f):
			x.Hint = "old hosts want it as a form field: upshot account set " + name + " --key-in-form"
		default:
			x.Hint = "copy the key from your account's settings on the host and give it with: upshot account key " + name
		}
	case uploader.KeyUnseen(*f):
		x.Hint = "old hosts want it as a form field: upload with --key-in-form"
	default:
		x.Hint = "copy the key from your account's settings on the host and set UPSHOT_KEY to it"
	}
	return x
}

// gateWords say why an account's jobs wait.
func gateWords(account string, g uploader.GateStatus) string {
	x := uploader.ExplainGate(g)
	if g.Gate == job.GateNoKey {
		x = forAccount(x, account, g.Failure)
	}
	return x.String()
}

// gateWordsAlone are gateWords where nobody goes on by itself when the gate
// opens: no agent runs, and this run ends before.
func gateWordsAlone(account string, g uploader.GateStatus) string {
	x := uploader.ExplainGate(g)
	switch g.Gate {
	case job.GatePaused:
	case job.GateThrottled:
		x.Hint = ""
	case job.GateOffline, job.GateUnavailable, job.GateNoKey:
		if g.Failure == nil {
			x.Hint = ""
			break
		}
		x = forAccount(uploader.ExplainCheck(g.Failure.Err()), account, g.Failure)
	}
	return x.String()
}

// withAgent reports whether the engine is an agent's: it goes on with what a
// run leaves in the queue.
func withAgent(a *wire.Attached) bool { return !a.Serving && a.Welcome.Role == uploader.RoleAgent }

// lastGate is the gate that closed when a job failed so, "" for a failure
// that was the job's own.
func lastGate(f job.Failure) job.Gate {
	switch f.Kind {
	case client.KindNetwork:
		return job.GateOffline
	case client.KindThrottled:
		return job.GateThrottled
	case client.KindAuth:
		return job.GateNoKey
	case client.KindTLS, client.KindDenied, client.KindProtocol:
		return job.GateUnavailable
	default:
		return ""
	}
}

// lastFailures are, by account, the newest failures in jobs that hold all of
// an account's jobs: they are what is known where nobody asks the host.
func lastFailures(jobs []job.Job) map[string]*job.Failure {
	last := map[string]*job.Failure{}
	for _, j := range jobs { // the oldest first
		if j.State == job.Queued && j.Failure != nil && lastGate(*j.Failure) != "" {
			last[j.Account] = j.Failure
		}
	}
	return last
}

// whenLast says how the last try ended, when nobody tries again by itself.
func whenLast(account string, f job.Failure) string {
	return "last try: " + forAccount(uploader.ExplainCheck(f.Err()), account, &f).String()
}

// later says how what a run has left in the queue is sent; kind is why it does
// not go on, account and failure are of a file of it. An agent sends it itself.
func later(n int, kind client.Kind, account string, failure *job.Failure, agent bool) string {
	text := laterAlone(kind, account, failure)
	if !agent {
		return text
	}
	them := "them"
	if n == 1 {
		them = "it"
	}
	if kind != client.KindAuth {
		return "the agent sends " + them + " as soon as it can"
	}
	return strings.NewReplacer("then send with: upshot queue run", "then the agent sends "+them,
		"send with: upshot queue run", "the agent sends "+them, "send later with: upshot queue run", "the agent sends "+them+" as soon as it can").Replace(text)
}

func laterAlone(kind client.Kind, account string, failure *job.Failure) string {
	switch {
	case kind != client.KindAuth:
		return "send later with: upshot queue run"
	case failure != nil && failure.Code == job.CodeKeyring:
		return "unlock the keyring, then send with: upshot queue run"
	case failure != nil && failure.Code == job.CodeNoAccount:
		return "when it is set up, send with: upshot queue run; or take it out with: upshot queue cancel ID"
	case lent(account) && failure != nil && uploader.KeyUnseen(*failure):
		return "upload it again with --key-in-form"
	case lent(account):
		return "it goes with this key only; if the key is wrong, take it out with: upshot queue cancel ID, set UPSHOT_KEY to the right one and upload again; if it is right, send later with: upshot queue run"
	default:
		name, _, _ := strings.Cut(account, "@")
		return "first give the right key with: upshot account key " + name + ", then send with: upshot queue run"
	}
}
