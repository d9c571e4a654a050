package sxcu

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"images-uploader.com/upshot/client"
)

// linkTexts says what each kind of link is in ShareX's words. It is read both
// ways.
func linkTexts() map[client.LinkKind]string {
	return map[client.LinkKind]string{
		client.LinkDirect:        `{json:image.url}`,
		client.LinkViewer:        `{json:image.url_viewer}`,
		client.LinkShort:         `{json:image.url_short}`,
		client.LinkThumb:         `{json:image.thumb.url}`,
		client.LinkMedium:        `{json:image.medium.url}`,
		client.LinkMarkdown:      `![{json:image.title}]({json:image.url})`,
		client.LinkHTML:          `<a href="{json:image.url_viewer}"><img src="{json:image.url}" alt="{json:image.title}"></a>`,
		client.LinkBBCode:        `[url={json:image.url_viewer}][img]{json:image.url}[/img][/url]`,
		client.LinkMarkdownThumb: `[![{json:image.title}]({json:image.thumb.url})]({json:image.url_viewer})`,
		client.LinkHTMLThumb:     `<a href="{json:image.url_viewer}"><img src="{json:image.thumb.url}" alt="{json:image.title}"></a>`,
		client.LinkBBCodeThumb:   `[url={json:image.url_viewer}][img]{json:image.thumb.url}[/img][/url]`,
	}
}

// part is a piece of a link: plain text, or a field of the answer's image by
// its path in there.
type part struct {
	text string
	path []string
}

var (
	direct = []string{"url"}
	viewer = []string{"url_viewer"}
)

// link takes over what ShareX would hand back.
func (rd *reader) link() {
	rd.out.Link = client.LinkDirect
	parts, reason := rd.parts()
	if reason != "" {
		rd.notes.addf("URL is not taken over: %s; the direct link is set", reason)
		return
	}
	text := sharex(parts)
	for kind, known := range linkTexts() {
		if text == known {
			rd.out.Link = kind
			return
		}
	}
	t := template(parts)
	if client.CheckTemplate(t) != nil {
		rd.notes.addf("URL is not taken over: it cannot be said as a template; the direct link is set")
		return
	}
	rd.out.Link, rd.out.Template = "", t
}

// parts reads URL. Without one ShareX takes the whole answer, or, in its old
// versions, what ResponseType names.
func (rd *reader) parts() (parts []part, reason string) {
	if strings.TrimSpace(rd.file.URL) == "" {
		return rd.whole()
	}
	nodes, ok := parseText(strings.TrimSpace(rd.file.URL), rd.file.Version)
	if !ok {
		return nil, "its syntax is broken"
	}
	for i, n := range nodes {
		if n.call == nil {
			parts = append(parts, part{text: n.text})
			continue
		}
		if text, ok := constant(nodes[i : i+1]); ok {
			parts = append(parts, part{text: text})
			continue
		}
		path, reason := rd.field(*n.call)
		if reason != "" {
			return nil, reason
		}
		// A real host redirects to a path: its origin stands before it.
		if n.call.name == "header" && len(parts) == 1 && rd.isOrigin(parts[0].text) {
			parts = nil
		}
		parts = append(parts, part{path: path})
	}
	if !slices.ContainsFunc(parts, func(p part) bool { return p.path != nil }) {
		return nil, "it is the same for every file"
	}
	return parts, ""
}

// whole is what an empty URL means.
func (rd *reader) whole() ([]part, string) {
	switch {
	case rd.format == "redirect":
		return []part{{path: viewer}}, ""
	case rd.format == "txt":
		return []part{{path: direct}}, ""
	default:
		return nil, "there is none, and the host's answer is no link by itself"
	}
}

// isOrigin reports whether a text is the host's own scheme, name and port.
func (rd *reader) isOrigin(text string) bool {
	u, err := url.Parse(rd.out.Address)
	return err == nil && strings.EqualFold(strings.TrimSuffix(text, "/"), u.Scheme+"://"+u.Host)
}

// field returns the field of the answer's image that a call is replaced by.
// A host that is asked for txt answers with the direct link alone, one that is
// asked for a redirect points to the viewer.
func (rd *reader) field(c call) (path []string, reason string) {
	arg := ""
	if len(c.args) > 0 {
		arg, _ = constant(c.args[len(c.args)-1])
	}
	switch {
	case c.name == "json" && len(c.args) == 2 && !isResponse(c.args[0]), c.name == "json" && (len(c.args) == 0 || len(c.args) > 2):
		return nil, "{json:...} reads something else than the answer"
	case c.name == "json":
		return imageField(arg)
	case c.name == "response" && rd.format == "txt":
		return direct, ""
	case c.name == "response":
		return nil, "{response} is the whole answer, which is a link only with format txt"
	case c.name == "responseurl" && rd.format == "redirect", c.name == "header" && strings.EqualFold(arg, "Location") && rd.format == "redirect":
		return viewer, ""
	case c.name == "responseurl":
		return nil, "{responseurl} is a link only with format redirect"
	case c.name == "header":
		return nil, "a Chevereto host says no link in that header"
	default:
		return nil, "it is put together by ShareX with " + rd.quote("{"+c.name+"}")
	}
}

// isResponse reports whether nodes are {response} and nothing else.
func isResponse(nodes []node) bool {
	return len(nodes) == 1 && nodes[0].call != nil && nodes[0].call.name == "response"
}

// imageField is the path within the answer's "image" object.
func imageField(jsonPath string) (path []string, reason string) {
	path, ok := parsePath(jsonPath)
	switch {
	case !ok:
		return nil, "its {json:...} is more than a path of names"
	case len(path) < 2 || path[0] != "image":
		return nil, "its {json:...} is not about the image"
	}
	path = path[1:]
	for _, name := range path {
		if strings.EqualFold(strings.ReplaceAll(name, "_", ""), "deleteurl") {
			return nil, "it is the link that deletes the file, which is not for sharing"
		}
	}
	if slices.Equal(path, []string{"image", "url"}) {
		return direct, "" // the same under another name
	}
	return path, ""
}

var (
	dotName     = regexp.MustCompile(`^\.?([\pL_][\pL\pN_-]*)`)
	bracketName = regexp.MustCompile(`^\[(?:([0-9]{1,6})|'([^'\\\]]+)'|"([^"\\\]]+)")\]`)
	plainName   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// parsePath reads a JSONPath of names and numbers. What searches or filters
// is none of them.
func parsePath(s string) ([]string, bool) {
	if s = strings.TrimSpace(s); strings.HasPrefix(s, "$.") || strings.HasPrefix(s, "$[") {
		s = s[1:]
	}
	var path []string
	for first := true; s != ""; first = false {
		if m := bracketName.FindStringSubmatch(s); m != nil {
			path, s = append(path, m[1]+m[2]+m[3]), s[len(m[0]):]
			continue
		}
		m := dotName.FindStringSubmatch(s)
		if m == nil || !first && s[0] != '.' {
			return nil, false
		}
		path, s = append(path, m[1]), s[len(m[0]):]
	}
	return path, len(path) > 0
}

// sharex writes parts in ShareX's newer syntax.
func sharex(parts []part) string {
	var b strings.Builder
	for _, p := range parts {
		if p.path == nil {
			b.WriteString(escape(p.text))
			continue
		}
		b.WriteString("{json:image")
		for _, name := range p.path {
			switch {
			case isNumber(name):
				b.WriteString("[" + name + "]")
			case dotName.FindString(name) == name && name[0] != '.':
				b.WriteString("." + name)
			default:
				b.WriteString(escape("['" + name + "']"))
			}
		}
		b.WriteString("}")
	}
	return b.String()
}

func isNumber(s string) bool { return strings.Trim(s, "0123456789") == "" }

// template writes parts as a text/template for Image.Template.
func template(parts []part) string {
	var b strings.Builder
	for _, p := range parts {
		switch {
		case p.path == nil:
			b.WriteString(strings.ReplaceAll(p.text, "{", `{{"{"}}`))
		case !slices.ContainsFunc(p.path, func(n string) bool { return !plainName.MatchString(n) }):
			b.WriteString("{{." + strings.Join(p.path, ".") + "}}")
		default:
			b.WriteString("{{index .")
			for _, name := range p.path {
				b.WriteString(" " + strconv.Quote(name))
			}
			b.WriteString("}}")
		}
	}
	return b.String()
}
