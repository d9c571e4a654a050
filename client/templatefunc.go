package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"math"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"text/template"
	"unicode"
)

// execution is one run of a template.
type execution struct {
	im     Image
	fields fields
	visits int
}

// functions is the fixed set of functions. Some replace those of text/template
// that write "<no value>" or grow without bound.
func (run *execution) functions() template.FuncMap {
	return template.FuncMap{
		"_get": run.get, "_show": show, "_each": run.each,
		"lower":    textual(strings.ToLower),
		"upper":    textual(strings.ToUpper),
		"trim":     textual(strings.TrimSpace),
		"markdown": textual(func(s string) string { return markdownText(oneLine(s)) }),
		"bbcode":   textual(func(s string) string { return bbcodeText(oneLine(s)) }),
		"html":     textual(html.EscapeString),
		"js":       textual(template.JSEscapeString),
		"urlquery": textual(url.QueryEscape),
		"link":     textual(func(kind string) string { return run.im.Link(LinkKind(kind)) }),
		"replace":  replace,
		"json":     toJSON,
		"index":    run.index,
		"print":    func(args ...any) (string, error) { return printed(fmt.Sprint, args) },
		"println":  func(args ...any) (string, error) { return printed(fmt.Sprintln, args) },
		"printf":   printf,
	}
}

// get walks along names; what is not there is the empty string.
func (run *execution) get(from any, names ...string) any {
	for _, n := range names {
		f, ok := from.(fields)
		if !ok {
			return ""
		}
		if n == "DeleteURL" && sameMap(f, run.fields) {
			from = safeLink(run.im.DeleteLink.Reveal())
			continue
		}
		v, ok := f[n]
		if !ok {
			return ""
		}
		from = v
	}
	return from
}

// index is text/template's, but what is not there is the empty string.
func (run *execution) index(from any, keys ...any) any {
	for _, key := range keys {
		switch f := from.(type) {
		case fields:
			from = f[show(key)]
		case []any:
			i, err := strconv.Atoi(show(key))
			if err != nil || i < 0 || i >= len(f) {
				return ""
			}
			from = f[i]
		default:
			return ""
		}
		if from == nil {
			return ""
		}
	}
	return from
}

var errVisits = errors.New("its loops are too long")

// each lets loops run over lists and objects only, and not without end.
func (run *execution) each(v any) (any, error) {
	n := 0
	switch v := v.(type) {
	case []any:
		n = len(v)
	case fields:
		n = len(v)
	case string:
		if v == "" {
			return []any(nil), nil
		}
		return nil, errors.New("a loop needs a list")
	default:
		return nil, errors.New("a loop needs a list")
	}
	if run.visits += n + 1; run.visits > maxVisits {
		return nil, errVisits
	}
	return v, nil
}

// value turns JSON into what templates work with: whole numbers as int64,
// null as the empty string.
func value(raw json.RawMessage) any {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return ""
	}
	return plain(v)
}

func plain(v any) any {
	switch v := v.(type) {
	case nil:
		return ""
	case map[string]any:
		f := make(fields, len(v))
		for name, w := range v {
			if !strings.EqualFold(name, "delete_url") {
				f[name] = plain(w)
			}
		}
		return f
	case []any:
		for i, w := range v {
			v[i] = plain(w)
		}
		return v
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		if f, err := v.Float64(); err == nil {
			return f
		}
		return v.String()
	}
	return v
}

// show writes a value as people expect it.
func show(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return strings.Map(harmless, withoutEscapes(v))
	case float64:
		if math.Abs(v) < 1e21 {
			return strconv.FormatFloat(v, 'f', -1, 64)
		}
	case fields, []any:
		return toJSON(v)
	}
	return fmt.Sprint(v)
}

// harmless turns what is a control character or a line break in the host's
// text into a space, and drops marks that turn the direction of writing.
func harmless(r rune) rune {
	switch {
	case unicode.IsControl(r), r == '\u2028', r == '\u2029':
		return ' '
	case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
		return -1
	}
	return r
}

// textual makes a function of templates. What it takes is bounded, or a
// pipeline of escapes would double its text again and again.
func textual(f func(string) string) func(any) (string, error) {
	return func(v any) (string, error) {
		s := show(v)
		if len(s) > maxOutput {
			return "", errOutput
		}
		return f(s), nil
	}
}

// printable replaces what fmt would write in Go's own way and refuses what is
// too long.
func printable(args []any, also func(any) bool) error {
	total := 0
	for i, v := range args {
		s := show(v)
		if total += len(s); total > maxOutput {
			return errOutput
		}
		switch v.(type) {
		case nil, fields, []any:
			args[i] = s
		default:
			if also(v) {
				args[i] = s
			}
		}
	}
	return nil
}

func printed(f func(...any) string, args []any) (string, error) {
	if err := printable(args, func(v any) bool { _, ok := v.(float64); return ok }); err != nil {
		return "", err
	}
	return f(args...), nil
}

func toJSON(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return ""
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// replace takes the text last, for pipelines.
func replace(before, after, v any) (string, error) {
	s, old, with := show(v), show(before), show(after)
	if len(with) > len(old) && strings.Count(s, old)*(len(with)-len(old))+len(s) > maxOutput {
		return "", errOutput
	}
	return strings.ReplaceAll(s, old, with), nil
}

var wide = regexp.MustCompile(`[0-9]{4}|[*\[]`)

func printf(format any, args ...any) (string, error) {
	f := show(format)
	if len(f) > maxOutput || wide.MatchString(f) {
		return "", errors.New("printf takes no width of four digits, no * and no index")
	}
	if err := printable(args, func(any) bool { return false }); err != nil {
		return "", err
	}
	return fmt.Sprintf(f, args...), nil
}

// sameMap reports whether a and b are the same map, not merely equal.
func sameMap(a, b fields) bool { return fmt.Sprintf("%p", a) == fmt.Sprintf("%p", b) }
