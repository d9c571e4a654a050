package agent

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// sentinels are the errors that keep their identity across the socket, by
// their names on the wire.
var sentinels = []struct {
	name string
	err  error
}{
	{"gone", uploader.ErrGone},
	{"no_account", uploader.ErrNoAccount},
	{"nothing", uploader.ErrNothing},
	{"no_region", uploader.ErrNoRegion},
	{"transition", job.ErrTransition},
	{"full", job.ErrFull},
	{"read_only", job.ErrReadOnly},
	{"busy", job.ErrBusy},
	{"url_source", client.ErrURLSource},
	{"not_exist", fs.ErrNotExist},
	{"permission", fs.ErrPermission},
	{"unsupported", errors.ErrUnsupported},
	{"deadline", context.DeadlineExceeded},
}

// failure is an error on the wire.
type failure struct {
	// Text is the error's text, empty when the error is Client and no more.
	Text   string         `json:"text,omitempty"`
	Is     []string       `json:"is,omitempty"` // names of sentinels
	Client *clientFailure `json:"client,omitempty"`
}

// clientFailure is a client.Error with its cause flattened to text and
// sentinels.
type clientFailure struct {
	Kind       client.Kind   `json:"kind"`
	Status     int           `json:"status,omitempty"`
	Code       string        `json:"code,omitempty"`
	Message    string        `json:"message,omitempty"`
	Sent       client.Sent   `json:"sent,omitempty"`
	Connected  bool          `json:"connected,omitempty"`
	NoSuchHost bool          `json:"no_such_host,omitempty"`
	RetryAfter time.Duration `json:"retry_after,omitempty"`
	Period     string        `json:"period,omitempty"`
	Limit      int           `json:"limit,omitempty"`
	Cause      *failure      `json:"cause,omitempty"`
}

// remote is an error that came over the socket.
type remote struct {
	text string
	is   []error
}

func (r *remote) Error() string   { return r.text }
func (r *remote) Unwrap() []error { return r.is }

// describe puts err on the wire.
func describe(err error) failure {
	var f failure
	bare, ok := err.(*client.Error) //nolint:errorlint // whether it is one itself, not whether it wraps one
	if !ok {
		f = flatten(err)
		errors.As(err, &bare)
	}
	if bare != nil {
		f.Client = describeClient(bare)
	}
	return f
}

// flatten keeps an error's text and the sentinels it wraps.
func flatten(err error) failure {
	f := failure{Text: err.Error()}
	for _, s := range sentinels {
		if errors.Is(err, s.err) {
			f.Is = append(f.Is, s.name)
		}
	}
	return f
}

func describeClient(e *client.Error) *clientFailure {
	f := &clientFailure{
		Kind: e.Kind, Status: e.Status, Code: e.Code, Message: e.Message, Sent: e.Sent,
		Connected: e.Connected, NoSuchHost: e.NoSuchHost,
		RetryAfter: e.RetryAfter, Period: e.Period, Limit: e.Limit,
	}
	if e.Err != nil {
		cause := flatten(e.Err)
		f.Cause = &cause
	}
	return f
}

// restore makes an error of what came over the wire.
func (f failure) restore() error {
	if f.Client == nil {
		return f.unflatten()
	}
	e := f.Client.restore()
	if f.Text == "" {
		return e
	}
	r := f.unflatten()
	r.is = append([]error{e}, r.is...)
	return r
}

func (f failure) unflatten() *remote {
	r := &remote{text: f.Text}
	for _, name := range f.Is {
		for _, s := range sentinels {
			if s.name == name {
				r.is = append(r.is, s.err)
			}
		}
	}
	return r
}

func (f *clientFailure) restore() *client.Error {
	e := &client.Error{
		Kind: f.Kind, Status: f.Status, Code: f.Code, Message: f.Message, Sent: f.Sent,
		Connected: f.Connected, NoSuchHost: f.NoSuchHost,
		RetryAfter: f.RetryAfter, Period: f.Period, Limit: f.Limit,
	}
	if f.Cause != nil {
		e.Err = f.Cause.unflatten()
	}
	return e
}
