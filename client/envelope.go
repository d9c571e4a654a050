package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"html"
	"io"
	"net/http"
	"strings"
)

// envelope is the outermost object of an answer.
type envelope struct {
	object
	failure object // the "error" object
	message string // of the failure
	code    string
}

// errCut says that a JSON text ended before it was complete.
var errCut = errors.New("the answer is cut short")

// noise bounds how many places of an answer are tried as the beginning of the
// JSON in it.
const noise = 50

// parseEnvelope reads a JSON object. What PHP may print around it (a byte
// order mark, warnings) is passed over.
func parseEnvelope(body []byte) (envelope, error) {
	body = validUTF8(bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF"))))
	o, err := decodeObject(body)
	if errors.Is(err, errNoObject) {
		o, err = findObject(body)
	}
	if err != nil {
		return envelope{}, err
	}
	env := envelope{object: o, failure: failureOf(o)}
	switch {
	case env.failure != nil:
		env.message = env.failure.words("message")
		env.code = codeText(env.failure.text("code"))
	case o.has("error"): // a fault of the server itself: a string
		env.message = first(o.words("error"), o.text("status_txt"))
	}
	env.message = html.UnescapeString(env.message) // some of it is meant for browsers
	return env, nil
}

// failureOf returns the error object of an answer: where it belongs, as the
// first of a list, or as members beside the status.
func failureOf(o object) object {
	if !o.has("error") {
		if o.integer("status_code") > http.StatusOK && o.has("message") {
			return o
		}
		return nil
	}
	failure := o.child("error")
	if list := o.list("error"); len(list) > 0 {
		failure = object{"error": list[0]}.child("error")
	}
	if len(failure) == 0 {
		return nil
	}
	return failure
}

// findObject looks for an answer of the API behind something else. A page may
// hold JSON of its own, so only what says its status_code counts.
func findObject(body []byte) (object, error) {
	const begin = `{"status_code"`
	if json.Valid(body) {
		return nil, errNoObject // a list or a text, with nothing before it
	}
	for range noise {
		at := bytes.IndexByte(body[min(1, len(body)):], '{')
		if at < 0 {
			return nil, errNoObject
		}
		body = body[1+at:]
		if after := bytes.TrimLeft(body[1:], " \t\r\n"); len(after) > 0 && after[0] != '"' {
			continue
		}
		o, err := decodeObject(body)
		switch {
		case err == nil && o.has("status_code"):
			return o, nil
		case errors.Is(err, errCut) && bytes.HasPrefix(body, []byte(begin)):
			return nil, err
		}
	}
	return nil, errNoObject
}

func decodeObject(body []byte) (object, error) {
	if len(body) == 0 || body[0] != '{' {
		return nil, errNoObject
	}
	if json.Valid(body) {
		o, ok := membersOf(body)
		if !ok {
			return nil, errNoObject
		}
		return o, nil
	}
	var o object
	err := json.NewDecoder(bytes.NewReader(body)).Decode(&o)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return nil, errCut
	case err != nil || o == nil:
		return nil, errNoObject
	}
	return o, nil
}

// codeText keeps a code that can be one. A whole number that was computed may
// come as 101.0.
func codeText(code string) string {
	code = strings.TrimSuffix(strings.TrimSpace(code), ".0")
	if len(code) > 32 || strings.ContainsFunc(code, func(r rune) bool { return notAlphanumeric(r) && r != '-' && r != '.' }) {
		return ""
	}
	return code
}
