package cli

import (
	"strings"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
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
	case f == nil || f.Kind != client.KindAuth || !lent(account):
	case f.Code == job.CodeNoAccount:
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

// later says how to send what a run has left in the queue; kind is why it
// does not go on, account and failure are of a file of it.
func later(kind client.Kind, account string, failure *job.Failure) string {
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
