package sxcu

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"

	"images-uploader.com/upshot/client"
)

// KeyPlaceholder stands where the key goes in a file that Encode writes.
const KeyPlaceholder = "YOUR API KEY HERE"

// version is one of ShareX that has the newer syntax.
const version = "14.0.0"

// written is a .sxcu in the order ShareX writes it.
type written struct {
	Version         string
	Name            string `json:",omitempty"`
	DestinationType string
	RequestMethod   string
	RequestURL      string
	Headers         *named `json:",omitempty"`
	Body            string
	Arguments       named
	FileFormName    string
	URL             string
	ThumbnailURL    string
	DeletionURL     string
	ErrorMessage    string
}

// named are names and values in an order of their own.
type named []pair

// MarshalJSON writes an object.
func (n named) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, p := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(p.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(p.value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// Encode writes a .sxcu file for ShareX 14 and later. It has
// [KeyPlaceholder] where the key goes, never the key. The notes say what
// ShareX cannot be told, as in [Uploader.Notes].
func (u Uploader) Encode() (data []byte, notes []string, err error) {
	var n notesOf
	w := written{
		Version: version, Name: clean(u.Name), DestinationType: "ImageUploader, FileUploader",
		RequestMethod: "POST", RequestURL: u.Address + apiPath,
		Body: "MultipartFormData", FileFormName: "source",
		URL:          n.link(u),
		ThumbnailURL: `{json:image.thumb.url}`,
		DeletionURL:  `{json:image.delete_url}`,
		ErrorMessage: `{json:error.message}`,
	}
	if u.KeyInForm {
		w.Arguments = append(w.Arguments, pair{"key", KeyPlaceholder})
	} else {
		w.Headers = &named{{"X-API-Key", KeyPlaceholder}}
	}
	w.Arguments = append(w.Arguments, pair{"format", "json"})
	w.Arguments = append(w.Arguments, n.params(u.Params)...)
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(w); err != nil {
		return nil, nil, fmt.Errorf("write .sxcu: %w", err)
	}
	return b.Bytes(), n, nil
}

type notesOf []string

func (n *notesOf) params(p client.Params) (out []pair) {
	add := func(name, value string) {
		if value == "" {
			return
		}
		if patterns.MatchString(value) {
			*n = append(*n, name+" is left out: ShareX would replace what follows the % in it")
			return
		}
		out = append(out, pair{name, escape(value)})
	}
	count := func(name string, n int) {
		if n > 0 {
			add(name, strconv.Itoa(n))
		}
	}
	add("title", p.Title)
	add("description", p.Description)
	add("tags", strings.Join(p.Tags, ","))
	add("album_id", p.Album)
	count("category_id", p.Category)
	count("width", p.Width)
	add("expiration", p.Expiration)
	if p.NSFW {
		add("nsfw", "1")
	}
	if p.UseFileDate {
		add("use_file_date", "1")
	}
	return out
}

func (n *notesOf) link(u Uploader) string {
	texts := linkTexts()
	if u.Template != "" {
		if parts, ok := readTemplate(u.Template); ok {
			return sharex(parts)
		}
		*n = append(*n, "the template is more than ShareX's syntax can say: the direct link is written in its place")
		return texts[client.LinkDirect]
	}
	if text, ok := texts[u.Link]; ok {
		return text
	}
	return texts[client.LinkDirect]
}

// readTemplate reads a text/template that is plain text and fields only.
func readTemplate(text string) ([]part, bool) {
	tree := parse.New("template")
	tree.Mode = parse.SkipFuncCheck
	trees := map[string]*parse.Tree{}
	tree, err := tree.Parse(text, "", "", trees)
	if err != nil || tree.Root == nil || len(trees) > 1 {
		return nil, false
	}
	var parts []part
	for _, node := range tree.Root.Nodes {
		switch n := node.(type) {
		case *parse.TextNode:
			parts = append(parts, part{text: string(n.Text)})
		case *parse.ActionNode:
			more, ok := readAction(n)
			if !ok {
				return nil, false
			}
			parts = append(parts, more...)
		default:
			return nil, false
		}
	}
	return parts, len(parts) > 0
}

// readAction reads {{.a.b}}, {{index . "a" 0}}, {{"text"}} and {{link "kind"}}.
func readAction(n *parse.ActionNode) ([]part, bool) {
	if len(n.Pipe.Decl) > 0 || len(n.Pipe.Cmds) != 1 {
		return nil, false
	}
	args := n.Pipe.Cmds[0].Args
	switch first := args[0].(type) {
	case *parse.FieldNode:
		return readField(first.Ident, len(args) == 1)
	case *parse.StringNode:
		return []part{{text: first.Text}}, len(args) == 1
	case *parse.IdentifierNode:
		if len(args) < 2 {
			return nil, false
		}
		if kind, ok := args[1].(*parse.StringNode); ok && first.Ident == "link" && len(args) == 2 {
			return readKind(client.LinkKind(kind.Text))
		}
		if first.Ident != "index" {
			return nil, false
		}
		return readIndex(args[1], args[2:])
	}
	return nil, false
}

func readIndex(from parse.Node, keys []parse.Node) ([]part, bool) {
	var path []string
	switch f := from.(type) {
	case *parse.DotNode:
	case *parse.FieldNode:
		path = slices.Clone(f.Ident)
	default:
		return nil, false
	}
	for _, key := range keys {
		switch k := key.(type) {
		case *parse.StringNode:
			path = append(path, k.Text)
		case *parse.NumberNode:
			if !k.IsInt {
				return nil, false
			}
			path = append(path, strconv.FormatInt(k.Int64, 10))
		default:
			return nil, false
		}
	}
	return readField(path, true)
}

// typedFields are the names of Image.Template's own for the host's fields.
func typedFields() map[string][]string {
	return map[string][]string{
		"ID": {"id_encoded"}, "Type": {"type"}, "Title": {"title"}, "Name": {"original_filename"}, "MIME": {"mime"},
		"Size": {"size"}, "Width": {"width"}, "Height": {"height"},
		"URL": {"url"}, "ViewerURL": {"url_viewer"}, "ShortURL": {"url_short"}, "ThumbURL": {"thumb", "url"}, "MediumURL": {"medium", "url"},
	}
}

func readField(path []string, ok bool) ([]part, bool) {
	if !ok || len(path) == 0 {
		return nil, false
	}
	if typed, is := typedFields()[path[0]]; is && len(path) == 1 {
		return []part{{path: typed}}, true
	}
	// What is left in capitals is ours, not the host's: {{.DeleteURL}}, {{.Expires}}.
	if path[0] == "" || path[0][0] >= 'A' && path[0][0] <= 'Z' {
		return nil, false
	}
	for _, name := range path {
		if name == "" || strings.ContainsAny(name, `'"\`) {
			return nil, false
		}
	}
	return []part{{path: path}}, true
}

// readKind is a link of a kind within a template.
func readKind(kind client.LinkKind) ([]part, bool) {
	text, ok := linkTexts()[kind]
	if !ok {
		return nil, false
	}
	nodes, _ := parseText(text, version)
	var parts []part
	for _, n := range nodes {
		if n.call == nil {
			parts = append(parts, part{text: n.text})
			continue
		}
		path, _ := constant(n.call.args[0])
		names, _ := parsePath(path)
		parts = append(parts, part{path: names[1:]})
	}
	return parts, true
}
