package sxcu

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf16"
)

// file is what we read of a .sxcu, in the file's order.
type file struct {
	Version, Name, DestinationType string
	RequestMethod, RequestURL      string
	Body, FileFormName             string
	URL                            string
	Headers, Arguments, Parameters []pair
	unknown, unreadable            []string // names of fields
	hasFileFormName, hasData       bool
}

// pair is a name and its value in Headers, Arguments or Parameters.
type pair struct{ name, value string }

// decode reads the JSON. Wrong types of single fields do not break it.
func decode(data []byte) (*file, error) {
	members, ok := object(utf8Text(data))
	if !ok {
		return nil, refuse(ErrFormat, "this is no .sxcu file: a ShareX custom uploader is a JSON object")
	}
	f := &file{}
	for _, m := range members {
		f.member(m)
	}
	if f.RequestURL == "" {
		return nil, refuse(ErrFormat, "this is no .sxcu file that can be used: it names no RequestURL")
	}
	return f, nil
}

func (f *file) member(m member) {
	var at *string
	switch strings.ToLower(m.name) {
	case "version":
		at = &f.Version
	case "name":
		at = &f.Name
	case "destinationtype":
		at = &f.DestinationType
	case "requestmethod", "requesttype":
		at = &f.RequestMethod
	case "requesturl":
		at = &f.RequestURL
	case "body", "requestformat":
		at = &f.Body
	case "fileformname":
		at, f.hasFileFormName = &f.FileFormName, true
	case "url":
		at = &f.URL
	case "headers":
		f.pairs(m, &f.Headers)
		return
	case "arguments":
		f.pairs(m, &f.Arguments)
		return
	case "parameters":
		f.pairs(m, &f.Parameters)
		return
	case "data":
		text, _ := scalar(m.value)
		f.hasData = text != ""
		return
	case "thumbnailurl", "deletionurl", "errormessage", "regexlist", "responsetype":
		return // where these are in the answer Upshot knows by itself
	default:
		f.unknown = append(f.unknown, m.name)
		return
	}
	text, ok := scalar(m.value)
	if !ok {
		f.unreadable = append(f.unreadable, m.name)
		return
	}
	*at = text
}

// pairs reads an object of texts. A null or an empty list is nothing.
func (f *file) pairs(m member, to *[]pair) {
	members, ok := object(m.value)
	if !ok {
		if text := string(bytes.Join(bytes.Fields(m.value), nil)); text != "null" && text != "[]" && text != `""` {
			f.unreadable = append(f.unreadable, m.name)
		}
		return
	}
	for _, inner := range members {
		text, ok := scalar(inner.value)
		if !ok {
			f.unreadable = append(f.unreadable, m.name+"."+inner.name)
			continue
		}
		*to = append(*to, pair{inner.name, text})
	}
}

// member is a name and its value in a JSON object.
type member struct {
	name  string
	value json.RawMessage
}

// object reads a JSON object in its own order. A name given again replaces
// the earlier value, as in ShareX.
func object(data []byte) ([]member, bool) {
	if !json.Valid(data) {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	var members []member
	at := map[string]int{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, false
		}
		m := member{}
		m.name, _ = t.(string)
		if err := d.Decode(&m.value); err != nil {
			return nil, false
		}
		if i, ok := at[m.name]; ok {
			members[i] = m
			continue
		}
		at[m.name] = len(members)
		members = append(members, m)
	}
	return members, true
}

// scalar reads a text, number or boolean as text, null as the empty one.
func scalar(raw json.RawMessage) (string, bool) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return "", false
	}
	switch v := v.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// utf8Text takes the byte order mark away. Windows' own editor and shell
// write UTF-16, which always has one.
func utf8Text(data []byte) []byte {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return data[3:]
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		order = binary.BigEndian
	default:
		return data
	}
	var units []uint16
	for data = data[2:]; len(data) >= 2; data = data[2:] {
		units = append(units, order.Uint16(data))
	}
	return []byte(string(utf16.Decode(units)))
}
