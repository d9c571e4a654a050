package client

import (
	"errors"
	"strings"
	"time"
)

// Kind says what sort of failure an [Error] is and so what follows from it.
// The table in the engine maps each to retry, gate or end.
type Kind string

// The kinds of failure.
const (
	KindNetwork   Kind = "network"    // never connected, or the connection broke
	KindStalled   Kind = "stalled"    // no byte moved for Config.Stall
	KindServer    Kind = "server"     // 5xx, or an answer that is the host's own fault
	KindThrottled Kind = "throttled"  // flood limit, 429, 503 with Retry-After
	KindAuth      Kind = "auth"       // key missing or not accepted
	KindTLS       Kind = "tls"        // certificate not trusted, expired, of another name
	KindDenied    Kind = "denied"     // uploads off, banned, 403, file count limit
	KindProtocol  Kind = "protocol"   // what answers does not speak this API
	KindDuplicate Kind = "duplicate"  // the host has these bytes already
	KindTooLarge  Kind = "too_large"  // the host never takes a file of this size
	KindRejected  Kind = "rejected"   // the host never takes this file so; also an error we do not know
	KindLocalFile Kind = "local_file" // gone, unreadable, not a regular file, changing
	KindInvalid   Kind = "invalid"    // our own check of a parameter, before anything is sent
	KindCanceled  Kind = "canceled"   // the context ended
)

// Sent says how much of a request may have reached the host when it failed.
type Sent string

// How much was sent.
const (
	SentNothing Sent = ""      // no connection stood, or nothing of the body left
	SentPart    Sent = "part"  // some of the body left, not all: the host stores nothing
	SentWhole   Sent = "whole" // the whole body left: the host may have stored the file
)

// Error is any failure of this package. Message is the host's own text, made
// fit to be shown (one line of at most 300 characters), or our own for what the
// host did not say; it is detail, never a headline.
type Error struct {
	Kind       Kind
	Status     int           // HTTP status, 0 when no answer came
	Code       string        // the host's error code as text ("101", "22007"), empty when none
	Message    string        // what the host said, or what we saw
	Sent       Sent          // how much had left
	Connected  bool          // a connection to the host stood
	NoSuchHost bool          // the name of the host itself did not resolve
	RetryAfter time.Duration // wait asked for by the host (the header Retry-After), a day at most, 0 when none
	Period     string        // flood limit's period: "minute", "hour", "day", "week", "month"
	Limit      int           // flood limit's number of files per Period, 0 when not told
	Err        error         // cause, may be nil
}

// Error is the kind and what is known of it: "duplicate: Duplicated upload".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Kind))
	if e.Message != "" {
		b.WriteString(": ")
		b.WriteString(e.Message)
	} else if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ErrURLSource is wrapped by the [*Error] of a host that takes no addresses
// as source, as a real Chevereto does for all but administrators.
var ErrURLSource = errors.New("the host takes no addresses as source")

func invalid(message string) *Error { return &Error{Kind: KindInvalid, Message: message} }

// cause is somebody else's error whose text was cleaned of secrets. It can be
// matched by errors.Is and errors.As, but not unwrapped: the text within may
// repeat what a host said, and a host may repeat the key.
type cause struct {
	err  error
	text string
}

func (c cause) Error() string        { return c.text }
func (c cause) GoString() string     { return c.text }
func (c cause) Is(target error) bool { return errors.Is(c.err, target) }
func (c cause) As(target any) bool   { return errors.As(c.err, target) }
