package client

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// object is a JSON object of an answer. Its readers take what they can use
// and give the zero value for the rest: real hosts send display_width as "500"
// or 500, medium as an object of nulls, frame for videos only.
// Every value of one is valid JSON.
type object map[string]json.RawMessage

// parseObject is what encoding/json makes of an object, without reflection:
// answers are read for every file of thousands. The values lie in raw.
func parseObject(raw json.RawMessage) (object, bool) {
	if !json.Valid(raw) {
		return nil, false
	}
	return membersOf(raw)
}

// usualMembers is for how many room is made beforehand: an image of a real host
// has some forty.
const usualMembers = 48

// membersOf is parseObject of what is known to be valid JSON. Of members of
// the same name the last counts.
func membersOf(raw json.RawMessage) (object, bool) {
	o := make(object, min(len(raw)/16, usualMembers))
	ok := eachMember(raw, func(quoted, value []byte) bool {
		name, ok := unquote(quoted)
		o[name] = value
		return ok
	})
	if !ok {
		return nil, false
	}
	return o, true
}

// eachMember calls member for the name, in quotes, and the value of each member
// of an object that is valid JSON, until it says no.
func eachMember(raw []byte, member func(quoted, value []byte) bool) bool {
	at := skipSpace(raw, 0)
	if at == len(raw) || raw[at] != '{' {
		return false
	}
	for at = skipSpace(raw, at+1); raw[at] != '}'; at = skipSpace(raw, at) {
		if raw[at] == ',' {
			at = skipSpace(raw, at+1)
		}
		name := stringEnd(raw, at)
		begin := skipSpace(raw, skipSpace(raw, name)+1) // behind the colon
		end := valueEnd(raw, begin)
		if !member(raw[at:name], raw[begin:end:end]) {
			return false
		}
		at = end
	}
	return true
}

func skipSpace(raw []byte, at int) int {
	for at < len(raw) && (raw[at] == ' ' || raw[at] == '\n' || raw[at] == '\t' || raw[at] == '\r') {
		at++
	}
	return at
}

// stringEnd is behind the string that begins at a place.
func stringEnd(raw []byte, at int) int {
	for at++; raw[at] != '"'; at++ {
		if raw[at] == '\\' {
			at++
		}
	}
	return at + 1
}

// valueEnd is behind the value that begins at a place.
func valueEnd(raw []byte, at int) int {
	for depth := 0; at < len(raw); {
		switch raw[at] {
		case '"':
			at = stringEnd(raw, at)
			if depth == 0 {
				return at
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 { // of what a number stands in
				return at
			}
			if depth--; depth == 0 {
				return at + 1
			}
		case ',', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return at
			}
		}
		at++
	}
	return at
}

// unquote returns what a JSON string says.
func unquote(quoted []byte) (string, bool) {
	if len(quoted) < 2 {
		return "", false
	}
	inner := quoted[1 : len(quoted)-1]
	escapes := 0
	for i := 0; i < len(inner); i++ {
		switch c := inner[i]; {
		case c == '\\' && i+1 < len(inner) && inner[i+1] == '/': // as PHP writes every address
			i++
			escapes++
		case c == '\\' || c >= 0x80:
			var s string
			err := json.Unmarshal(quoted, &s)
			return s, err == nil
		}
	}
	if escapes == 0 {
		return string(inner), true
	}
	return strings.ReplaceAll(string(inner), `\/`, "/"), true
}

// marshal is the object as encoding/json writes it: names in order, no space,
// nothing that HTML knows.
func (o object) marshal() (json.RawMessage, error) {
	size := 2
	for name, value := range o {
		size += len(name) + len(value) + 4
	}
	text := append(make([]byte, 0, size), '{')
	for i, name := range slices.Sorted(maps.Keys(o)) {
		if i > 0 {
			text = append(text, ',')
		}
		if strings.ContainsFunc(name, notPlain) {
			quoted, err := json.Marshal(name)
			if err != nil {
				return nil, err
			}
			text = append(text, quoted...)
		} else {
			text = append(append(append(text, '"'), name...), '"')
		}
		text = append(text, ':')
		value := o[name]
		if isTight(value) {
			text = append(text, value...)
			continue
		}
		tight, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		text = append(text, tight...)
	}
	return append(text, '}'), nil
}

// notPlain reports whether a character of a name may have to be written in
// another way.
func notPlain(r rune) bool {
	return r < ' ' || r > '~' || r == '"' || r == '\\' || r == '<' || r == '>' || r == '&'
}

// isTight reports whether a value is surely written as encoding/json would,
// but for the order of names.
func isTight(value []byte) bool {
	inString := false
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == '<', c == '>', c == '&', c == 0xe2: // the last begins U+2028 and U+2029
			return false
		case c == '"':
			inString = !inString
		case c == '\\':
			i++
		case c <= ' ' && !inString:
			return false
		}
	}
	return len(value) > 0
}
