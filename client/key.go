package client

import (
	"fmt"
	"io"
	"log/slog"
)

const redacted = "redacted"

// Key is an API key. Whatever prints, marshals or logs it says "redacted";
// [Key.Reveal] is the only door to the secret, and the lint rule "forbidigo"
// opens it for the packages that must send or store it.
type Key struct{ secret string }

// NewKey takes the secret as the host shows it. Surrounding white space, as
// comes with a pasted key, is the caller's to remove.
func NewKey(secret string) Key { return Key{secret} }

// Reveal returns the secret.
func (k Key) Reveal() string { return k.secret }

// IsZero reports whether there is no key.
func (k Key) IsZero() bool { return k.secret == "" }

// String says "redacted".
func (k Key) String() string { return redacted }

// GoString says "redacted".
func (k Key) GoString() string { return redacted }

// Format says "redacted" for every verb, %x and %d included.
func (k Key) Format(w fmt.State, _ rune) { _, _ = io.WriteString(w, redacted) }

// MarshalText says "redacted"; JSON, TOML and XML go through it.
func (k Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue says "redacted".
func (k Key) LogValue() slog.Value { return slog.StringValue(redacted) }
