package sxcu

import (
	"encoding/base64"
	"regexp"
	"strconv"
	"strings"
)

// maxDepth is how deep calls may lie in each other.
const maxDepth = 16

// node is a piece of a text: plain, or a call that ShareX replaces.
type node struct {
	text string
	call *call
}

// call is {name:arg|arg}.
type call struct {
	name string // lower case
	args [][]node
}

var (
	oldCall = regexp.MustCompile(`(?i)(?:^|[^\\])\$(?:json|xml|regex|responseurl|response|header|input|filename|random|select|prompt|base64)(?::[^$]*)?\$`)
	newCall = regexp.MustCompile(`(?i)\{(?:json|xml|regex|responseurl|response|header|input|filename|random|select|prompt|inputbox|outputbox|base64)[:}]`)
)

// parseText reads a text with calls. ShareX takes $...$ for calls in files of
// versions up to 13.7.1 and {...} in later ones; files written by hand often
// say another version than their syntax is of, so what the text holds decides
// where only one of the two can be meant.
func parseText(text, version string) ([]node, bool) {
	old := version != "" && !later(version, 13, 7, 1)
	switch hasOld, hasNew := oldCall.MatchString(text), newCall.MatchString(text); {
	case hasOld && !hasNew:
		old = true
	case hasNew && !hasOld:
		old = false
	}
	if old {
		return parseOld(text)
	}
	p := &parser{text: text}
	nodes, ok := p.nodes(false, 0)
	return nodes, ok
}

// later reports whether a version such as "13.7.1" is past the given one.
func later(version string, than ...int) bool {
	parts := strings.Split(version, ".")
	for i, want := range than {
		got := 0
		if i < len(parts) {
			got, _ = strconv.Atoi(strings.TrimSpace(parts[i]))
		}
		if got != want {
			return got > want
		}
	}
	return false
}

// parser reads the newer syntax: a backslash makes the next character plain.
type parser struct {
	text string
	at   int
}

// nodes reads until the end, or within a call until | or }, which it leaves.
// Outside of calls these two are taken as they are.
func (p *parser) nodes(within bool, depth int) ([]node, bool) {
	var out []node
	var plain strings.Builder
	flush := func() {
		if plain.Len() > 0 {
			out = append(out, node{text: plain.String()})
			plain.Reset()
		}
	}
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case c == '{':
			p.at++
			flush()
			inner, ok := p.call(depth + 1)
			if !ok {
				return nil, false
			}
			out = append(out, node{call: inner})
		case within && (c == '|' || c == '}'):
			flush()
			return out, true
		case c == '\\':
			if p.at++; p.at < len(p.text) {
				plain.WriteByte(p.text[p.at])
				p.at++
			}
		default:
			plain.WriteByte(c)
			p.at++
		}
	}
	flush()
	return out, true
}

// call reads what follows a {. A last } may be missing, as in ShareX.
func (p *parser) call(depth int) (*call, bool) {
	if depth > maxDepth {
		return nil, false
	}
	end := strings.IndexAny(p.text[p.at:], ":}{|\\")
	if end < 0 {
		end = len(p.text) - p.at
	}
	c := &call{name: strings.ToLower(p.text[p.at : p.at+end])}
	if p.at += end; p.at == len(p.text) {
		return c, true
	}
	switch p.text[p.at] {
	case '}':
		p.at++
		return c, true
	case ':':
	default:
		return nil, false
	}
	for p.at < len(p.text) && p.text[p.at] != '}' {
		p.at++ // : or |
		arg, ok := p.nodes(true, depth)
		if !ok {
			return nil, false
		}
		c.args = append(c.args, arg)
	}
	if p.at < len(p.text) {
		p.at++
	}
	return c, true
}

// parseOld reads the older syntax: calls do not nest, \$ and \\ are plain.
func parseOld(text string) ([]node, bool) {
	var out []node
	var plain strings.Builder
	var args []string // of the call that is open; its name is the first
	open := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			if i++; i < len(text) {
				plain.WriteByte(text[i])
			}
		case c == '$' && open:
			args = append(args, plain.String())
			plain.Reset()
			inner := &call{name: strings.ToLower(args[0])}
			for _, a := range args[1:] {
				inner.args = append(inner.args, []node{{text: a}})
			}
			out, args, open = append(out, node{call: inner}), nil, false
		case c == '$':
			if plain.Len() > 0 {
				out = append(out, node{text: plain.String()})
				plain.Reset()
			}
			open = true
		case open && (c == ':' && len(args) == 0 || c == '|' && len(args) > 0):
			args = append(args, plain.String())
			plain.Reset()
		default:
			plain.WriteByte(c)
		}
	}
	if plain.Len() > 0 {
		out = append(out, node{text: plain.String()})
	}
	return out, !open
}

// constant returns a text that is the same at every upload.
func constant(nodes []node) (string, bool) {
	var b strings.Builder
	for _, n := range nodes {
		if n.call == nil {
			b.WriteString(n.text)
			continue
		}
		if len(n.call.args) != 1 {
			return "", false
		}
		arg, ok := constant(n.call.args[0])
		if !ok {
			return "", false
		}
		switch n.call.name {
		case "base64":
			b.WriteString(base64.StdEncoding.EncodeToString([]byte(arg)))
		case "random", "select": // among one
			b.WriteString(arg)
		default:
			return "", false
		}
	}
	return b.String(), true
}

// escape makes a text plain in the newer syntax, and one that looks like the
// older plain in both.
func escape(text string) string {
	if oldCall.MatchString(text) {
		return strings.NewReplacer(`\`, `\\`, `{`, `\{`, `}`, `\}`, `|`, `\|`, `$`, `\$`).Replace(text)
	}
	return strings.NewReplacer(`\`, `\\`, `{`, `\{`, `}`, `\}`, `|`, `\|`).Replace(text)
}

// patterns are the names that ShareX replaces by time, random text and the
// like in headers, arguments and parameters. They cannot be escaped.
var patterns = regexp.MustCompile(`%(yy?|mo|mon2?|d|h|mi|s|ms|wy?|w2|pm|rn|ra|rx|rna|guid|unix|iso|i|ia|iA|ib|ix|iX|un|uln|cn|n|t|pn|width|height|rf|remoji)`)
