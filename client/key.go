package client

import (
	"fmt"
	"io"
	"log/slog"
	"unique"
)

const redacted = "redacted"

// Key is an API key. Whatever prints, marshals or logs it says "redacted";
// [Key.Reveal] is the only door to the secret, and the lint rule "forbidigo"
// opens it for the packages that must send or store it. Keys compare by ==.
type Key struct{ secret secret }

// NewKey takes the secret as the host shows it. Surrounding white space, as
// comes with a pasted key, is the caller's to remove.
func NewKey(key string) Key { return Key{hide(key)} }

// Reveal returns the secret.
func (k Key) Reveal() string { return k.secret.reveal() }

// IsZero reports whether there is no key.
func (k Key) IsZero() bool { return k == Key{} }

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

// secret holds a string behind a pointer that fmt does not follow: a Key in
// an unexported field of somebody's struct is printed without its methods,
// by reflection, and even then shows an address only.
type secret struct{ handle unique.Handle[string] }

func hide(s string) secret {
	if s == "" {
		return secret{}
	}
	return secret{unique.Make(s)}
}

func (s secret) reveal() string {
	if s == (secret{}) {
		return ""
	}
	return s.handle.Value()
}
