package sxcu

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"images-uploader.com/upshot/client"
)

// apiPath is where a Chevereto host takes uploads.
const apiPath = "/api/1/upload"

// reader takes a file over, piece by piece.
type reader struct {
	file   *file
	query  []pair // of the address
	format string // json, txt or redirect
	given  map[string]string
	keys   []candidate
	out    Uploader
	notes  notes
}

// address checks that the host is one of ours.
func (rd *reader) address() error {
	text, query, _ := strings.Cut(rd.file.RequestURL, "?")
	for part := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(part, "=")
		name, err := url.QueryUnescape(name)
		value, err2 := url.QueryUnescape(value)
		if err == nil && err2 == nil && name != "" {
			rd.query = append(rd.query, pair{name, value})
		}
	}
	nodes, ok := parseText(text, rd.file.Version)
	if ok {
		text, ok = constant(nodes)
	}
	if !ok {
		return refuse(nil, "the address in this .sxcu file is put together by ShareX at every upload; Upshot needs one that stays")
	}
	text, _, _ = strings.Cut(strings.TrimSpace(text), "#")
	site, isAPI := cutSuffixFold(strings.TrimRight(text, "/"), apiPath)
	if !isAPI {
		return refuse(ErrHost, "this .sxcu file is for "+hostName(text)+", which is no host with the Chevereto API (its RequestURL does not end in "+apiPath+")")
	}
	address, err := client.ParseAddress(site)
	if err != nil {
		return refuse(nil, "the address in this .sxcu file cannot be used: "+message(err))
	}
	rd.out.Address = address
	return nil
}

func cutSuffixFold(s, suffix string) (string, bool) {
	if at := len(s) - len(suffix); at >= 0 && strings.EqualFold(s[at:], suffix) {
		return s[:at], true
	}
	return s, false
}

// hostName is the name of the host in an address, to be shown.
func hostName(text string) string {
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	if u, err := url.Parse(text); err == nil && u.Hostname() != "" {
		if name := clean(u.Hostname()); name == u.Hostname() {
			return name
		}
	}
	return "another host"
}

// message is the sentence of a client's error.
func message(err error) string {
	var ce *client.Error
	if errors.As(err, &ce) {
		return ce.Message
	}
	return err.Error()
}

// request looks at how ShareX would send, and says where we do it otherwise.
func (rd *reader) request() {
	f := rd.file
	rd.given = map[string]string{}
	rd.out.Name = clean(f.Name)
	if m := strings.ToUpper(strings.TrimSpace(f.RequestMethod)); m != "" && m != "POST" {
		rd.notes.addf("RequestMethod %s is not taken over: Upshot always sends with POST", rd.quote(f.RequestMethod))
	}
	body := strings.ToLower(strings.ReplaceAll(f.Body, " ", ""))
	if body != "" && !strings.Contains(body, "multipart") && body != "formdata" {
		rd.notes.addf("Body %s is not taken over: Upshot always sends a multipart form", rd.quote(f.Body))
	}
	if f.hasData {
		rd.notes.addf("Data, the text of a body, is not taken over")
	}
	if f.hasFileFormName && f.FileFormName != "" && f.FileFormName != "source" {
		rd.notes.addf("FileFormName %s is not taken over: a Chevereto host takes files as \"source\"", rd.quote(f.FileFormName))
	}
	if d := strings.ToLower(f.DestinationType); d != "" && d != "none" && !strings.Contains(d, "image") && !strings.Contains(d, "file") {
		rd.notes.addf("DestinationType %s is not taken over: Upshot sends pictures and videos", rd.quote(f.DestinationType))
	}
}

// headers says which headers are not sent.
func (rd *reader) headers() {
	for _, h := range rd.file.Headers {
		switch strings.ToLower(strings.TrimSpace(h.name)) {
		case "x-api-key":
		case "accept", "accept-language", "accept-encoding", "content-type", "content-length":
			// The client sets these as they must be.
		default:
			rd.unsent("header", h.name)
		}
	}
}

// values takes arguments of the body or parameters of the address, which a
// Chevereto host treats alike.
func (rd *reader) values(pairs []pair, what string) {
	for _, p := range pairs {
		name := strings.ToLower(strings.TrimSpace(p.name))
		switch name {
		case "key", "source":
			continue // taken already; where the file goes
		case "action":
			continue // of the web site, not of the API
		case "album":
			name = "album_id"
		}
		set, ok := paramTable()[name]
		if !ok {
			rd.unsent(what, p.name)
			continue
		}
		if before, again := rd.given[name]; again {
			if before != p.value {
				rd.notes.addf("%s is given twice; only the first is taken over", name)
			}
			continue
		}
		rd.given[name] = p.value
		nodes, ok := parseText(p.value, rd.file.Version)
		text, fixed := constant(nodes)
		if !ok || !fixed || patterns.MatchString(text) {
			rd.notes.addf("%s is not taken over: ShareX makes it anew for every upload, an account of Upshot has one for all", name)
			continue
		}
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		if err := set(rd, text); err != nil {
			rd.notes.addf("%s is not taken over: %s", name, message(err))
		}
	}
}

// paramTable says how each parameter of the API is taken over.
func paramTable() map[string]func(*reader, string) error {
	try := func(set func(*client.Params, string) error) func(*reader, string) error {
		return func(rd *reader, text string) error {
			p := rd.out.Params
			if err := set(&p, text); err != nil {
				return err
			}
			if err := p.Validate(); err != nil {
				return err
			}
			rd.out.Params = p
			return nil
		}
	}
	return map[string]func(*reader, string) error{
		"title":       try(func(p *client.Params, s string) error { p.Title = s; return nil }),
		"description": try(func(p *client.Params, s string) error { p.Description = s; return nil }),
		"album_id":    try(func(p *client.Params, s string) error { p.Album = s; return nil }),
		"category_id": try(func(p *client.Params, s string) error { return number(&p.Category, s) }),
		"width":       try(func(p *client.Params, s string) error { return number(&p.Width, s) }),
		"nsfw":        try(func(p *client.Params, s string) error { return flag(&p.NSFW, s) }),
		"use_file_date": try(func(p *client.Params, s string) error {
			return flag(&p.UseFileDate, s)
		}),
		"tags": try(func(p *client.Params, s string) error {
			for tag := range strings.SplitSeq(s, ",") {
				if tag = strings.TrimSpace(tag); tag != "" && !slices.Contains(p.Tags, tag) {
					p.Tags = append(p.Tags, tag)
				}
			}
			return nil
		}),
		"expiration": try(func(p *client.Params, s string) (err error) {
			if s != "0" { // a host takes it for none
				p.Expiration, err = client.ParseExpiration(s)
			}
			return err
		}),
		"format": func(rd *reader, s string) error {
			rd.format = strings.ToLower(s)
			return nil
		},
	}
}

func number(to *int, text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return errors.New("it is no number from 1 on")
	}
	*to = n
	return nil
}

func flag(to *bool, text string) error {
	switch strings.ToLower(text) {
	case "1", "true", "yes", "on":
		*to = true
	case "0", "false", "no", "off":
		*to = false
	default:
		return errors.New("it is neither 0 nor 1")
	}
	return nil
}

// unknown says which fields we do not know or could not read.
func (rd *reader) unknown() {
	for _, name := range rd.file.unknown {
		rd.notes.addf("the field %s is not known", rd.quote(name))
	}
	for _, name := range rd.file.unreadable {
		rd.notes.addf("the field %s is not written as ShareX does, and was left out", rd.quote(name))
	}
}
