package client

import (
	"fmt"
	"io"
	"log/slog"
)

// DeleteLink deletes the file on a plain GET by anybody who has it: a secret
// like the key. Printing and logging it says "redacted"; Reveal is its door
// (to the database, the delete request, and what a person asks for by name).
type DeleteLink struct{ secret secret }

// NewDeleteLink takes a link as the host sent it.
func NewDeleteLink(link string) DeleteLink { return DeleteLink{hide(link)} }

// Reveal returns the link.
func (d DeleteLink) Reveal() string { return d.secret.reveal() }

// IsZero reports whether there is no link.
func (d DeleteLink) IsZero() bool { return d == DeleteLink{} }

// String says "redacted".
func (d DeleteLink) String() string { return redacted }

// GoString says "redacted".
func (d DeleteLink) GoString() string { return redacted }

// Format says "redacted" for every verb.
func (d DeleteLink) Format(w fmt.State, _ rune) { _, _ = io.WriteString(w, redacted) }

// MarshalText says "redacted".
func (d DeleteLink) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue says "redacted".
func (d DeleteLink) LogValue() slog.Value { return slog.StringValue(redacted) }
