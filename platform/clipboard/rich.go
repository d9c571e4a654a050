package clipboard

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/url"
	"path/filepath"
	"strings"
	"unicode"
)

// SetText puts text on the clipboard. What is links only, or the HTML that
// shows a picture, is offered as HTML, too: a program that can paste that gets
// links to click and the picture itself, any other the text as it is. On X11 and
// Wayland it stays there while this process lives and nobody else takes the
// clipboard; see Lost.
func (c *Clipboard) SetText(ctx context.Context, text string) error {
	if rich := richOf(text); rich != "" {
		return c.SetRich(ctx, text, rich)
	}
	return c.set(ctx, textItems(text))
}

// SetRich puts text on the clipboard together with the same as HTML, for
// programs that can paste it.
func (c *Clipboard) SetRich(ctx context.Context, text, rich string) error {
	return c.set(ctx, append([]item{{[]string{htmlTarget}, []byte(rich)}}, textItems(text)...))
}

// SetImage puts a PNG on the clipboard, which stays there as text does.
func (c *Clipboard) SetImage(ctx context.Context, data []byte) error {
	if _, ext, err := asUpload(data); err != nil || ext != "png" {
		return errNoPNG
	}
	return c.set(ctx, []item{{[]string{"image/png"}, data}})
}

// SetFiles puts a list of files on the clipboard, which stays there as text
// does; a file manager pastes copies of them. The paths are absolute.
func (c *Clipboard) SetFiles(ctx context.Context, paths []string) error {
	uris := make([]string, len(paths))
	for i, p := range paths {
		if !filepath.IsAbs(p) {
			return fmt.Errorf("put files on the clipboard: %q is not an absolute path", p)
		}
		path := filepath.ToSlash(p)
		if !strings.HasPrefix(path, "/") {
			path = "/" + path // a drive of Windows
		}
		uris[i] = (&url.URL{Scheme: "file", Path: path}).String()
	}
	if len(uris) == 0 {
		return errors.New("put files on the clipboard: there are none")
	}
	return c.set(ctx, []item{
		{[]string{fileTargets[0]}, []byte(strings.Join(uris, "\r\n") + "\r\n")},
		{fileTargets[1:], []byte("copy\n" + strings.Join(uris, "\n"))},
	})
}

var errNoPNG = errors.New("put a picture on the clipboard: it is not a PNG")

// richOf is a text as HTML, empty where it is no more than text.
func richOf(text string) string {
	if tag, rest := strings.TrimSpace(text), ""; strings.HasSuffix(tag, ">") {
		for _, start := range []string{"<a ", "<img ", "<video "} {
			if strings.HasPrefix(tag, start) {
				rest = tag
			}
		}
		return rest
	}
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		u, err := url.Parse(line)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" ||
			strings.ContainsFunc(line, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
			return ""
		}
		lines = append(lines, `<a href="`+html.EscapeString(line)+`">`+html.EscapeString(line)+`</a>`)
	}
	return strings.Join(lines, "<br>\n")
}
