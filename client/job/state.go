package job

import (
	"errors"
	"fmt"
)

// State is where a job stands.
type State string

// The states of a job. Queued, held, sending and waiting are open; done,
// failed and canceled are ended.
const (
	Queued   State = "queued"   // to be sent as soon as a worker and the account's gates allow
	Held     State = "held"     // kept back by the person's wish, or until they decide
	Sending  State = "sending"  // a worker has it
	Waiting  State = "waiting"  // to be tried again at Job.NotBefore
	Done     State = "done"     // stored by the host; Outcome says how
	Failed   State = "failed"   // will not succeed as it is; Failure says why
	Canceled State = "canceled" // ended by the person's wish
)

// States are all states, open ones first.
func States() []State {
	return []State{Queued, Held, Sending, Waiting, Done, Failed, Canceled}
}

// Open reports whether the job still has something before it.
func (s State) Open() bool {
	switch s {
	case Queued, Held, Sending, Waiting:
		return true
	default:
		return false
	}
}

// Outcome says how a done job came to be done.
type Outcome string

// The outcomes of done.
const (
	Uploaded   Outcome = "uploaded"   // stored, with a direct link
	Known      Outcome = "known"      // history has these bytes at this host: its link, nothing sent
	Duplicate  Outcome = "duplicate"  // the host has these bytes, the link is not known
	Unapproved Outcome = "unapproved" // stored, waits for a moderator; a viewer link only
)

// Gate holds all of an account's jobs back without spending their attempts.
type Gate string

// The gates of an account.
const (
	GatePaused      Gate = "paused"      // by the person
	GateNoKey       Gate = "no_key"      // no key, not accepted, or keyring locked
	GateOffline     Gate = "offline"     // the host cannot be reached
	GateThrottled   Gate = "throttled"   // flood limit, until its window ends
	GateUnavailable Gate = "unavailable" // uploads off, banned, maintenance, certificate
)

// Event is what happens to a job.
type Event string

// The events. Each leads from the states the table names to exactly one.
const (
	Claim     Event = "claim"     // a worker takes it
	Hold      Event = "hold"      // the person keeps it back
	Release   Event = "release"   // the person lets it go
	Due       Event = "due"       // its time has come, or "retry now"
	Uncertain Event = "uncertain" // outcome not known and the account says ask
	Succeed   Event = "succeed"   // stored, known or duplicate
	Retry     Event = "retry"     // failed, attempts left: wait
	Shut      Event = "shut"      // a gate closed: back, attempt not counted
	Fail      Event = "fail"      // permanent, or attempts used up
	Changed   Event = "changed"   // the file changed while it was read
	Stopped   Event = "stopped"   // the program stops or died
	Cancel    Event = "cancel"    // the person gives it up
	Again     Event = "again"     // the person retries an ended job
)

// Events are all events.
func Events() []Event {
	return []Event{Claim, Hold, Release, Due, Uncertain, Succeed, Retry, Shut, Fail, Changed, Stopped, Cancel, Again}
}

type step struct {
	from State
	on   Event
}

// transitions is the one table of a job's life (DESIGN: "States of a job").
var transitions = map[step]State{
	{Queued, Claim}:   Sending,
	{Queued, Hold}:    Held,
	{Queued, Succeed}: Done, // history knows these bytes
	{Queued, Fail}:    Failed,
	{Queued, Cancel}:  Canceled,

	{Held, Release}: Queued,
	{Held, Cancel}:  Canceled,

	{Waiting, Due}:    Queued,
	{Waiting, Hold}:   Held,
	{Waiting, Cancel}: Canceled,

	{Sending, Uncertain}: Held,
	{Sending, Succeed}:   Done,
	{Sending, Retry}:     Waiting,
	{Sending, Shut}:      Queued,
	{Sending, Fail}:      Failed,
	{Sending, Changed}:   Queued,
	{Sending, Stopped}:   Queued,
	{Sending, Hold}:      Held,
	{Sending, Cancel}:    Canceled,

	{Failed, Again}:   Queued,
	{Canceled, Again}: Queued,
}

// ErrTransition is wrapped by Next for a pair the table does not name.
var ErrTransition = errors.New("no such transition")

// Next returns the state that follows s on e.
func (s State) Next(e Event) (State, error) {
	to, ok := transitions[step{s, e}]
	if !ok {
		return s, fmt.Errorf("job: %s on %s: %w", s, e, ErrTransition)
	}
	return to, nil
}
