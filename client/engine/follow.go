package engine

import (
	"math/rand/v2"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
)

// mostAttempts is how often a job is tried unless its order says else.
const mostAttempts = 8

// Backoff between tries: exponential with full jitter.
const (
	backoffFirst = 2 * time.Second
	backoffMost  = 10 * time.Minute
)

// follow is what a failure leads to: a closed gate (the attempt is given
// back), another try, or, with neither, the job's end.
type follow struct {
	gate  job.Gate
	retry bool
}

// follows is the one table from kind of failure to what follows (DESIGN:
// "Kinds of failure"). KindNetwork without a connection, KindDuplicate,
// KindLocalFile and KindCanceled are looked at before it.
var follows = map[client.Kind]follow{
	client.KindNetwork:   {retry: true},
	client.KindStalled:   {retry: true},
	client.KindServer:    {retry: true},
	client.KindThrottled: {gate: job.GateThrottled},
	client.KindAuth:      {gate: job.GateNoKey},
	client.KindTLS:       {gate: job.GateUnavailable},
	client.KindDenied:    {gate: job.GateUnavailable},
	client.KindProtocol:  {gate: job.GateUnavailable},
	client.KindTooLarge:  {},
	client.KindRejected:  {},
	client.KindInvalid:   {},
}

// followOf is what follows from a failure.
func followOf(e *client.Error) follow {
	if e.Kind == client.KindNetwork && !e.Connected {
		return follow{gate: job.GateOffline}
	}
	return follows[e.Kind]
}

// backoff is the pause before the try after attempt number n (from 1).
func backoff(n int) time.Duration {
	most := min(backoffFirst<<min(n-1, 20), backoffMost)
	return time.Duration(rand.Int64N(int64(most))) + 1
}
