package chevtest

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"embed"
	"errors"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

//go:embed web
var web embed.FS

// parsePages reads the templates of the gallery and of a file's page.
func parsePages() (*template.Template, error) {
	return template.ParseFS(web, "web/*.html")
}

// galleryLength is how many files the gallery shows.
const galleryLength = 120

// card is a file as the pages show it.
type card struct {
	Title, Viewer, Direct, Preview, Original string
	Size, Mime, When, Expires                string
	Width, Height                            int
	Video, Approved                          bool
}

func (x *exchange) card(r *row) card {
	c := card{
		Title: r.Title, Original: r.Original, Size: sizeText(r.Stored.Size), Mime: r.media.mime,
		Width: r.media.width, Height: r.media.height, Video: r.media.video, Approved: r.Approved,
		When: r.At.In(x.site.Zone).Format("2 January 2006, 15:04"), Viewer: x.base + x.viewerPath(r),
	}
	if c.Title == "" {
		c.Title = r.Name
	}
	if !r.Expires.IsZero() {
		c.Expires = r.Expires.In(x.site.Zone).Format("2 January 2006, 15:04")
	}
	if r.Approved {
		c.Direct, c.Preview = x.fileURL(r.Path), x.fileURL(r.Path)
		if r.medium > 0 {
			c.Preview = x.fileURL("/" + r.previewPath("md"))
		}
	}
	return c
}

// Markdown is the Markdown that shows the file: a picture, or a link to a
// video.
func (c card) Markdown() string {
	title := strings.NewReplacer("\n", " ", `\`, `\\`, "[", `\[`, "]", `\]`).Replace(c.Title)
	if c.Video {
		return "[" + title + "](" + c.Viewer + ")"
	}
	return "![" + title + "](" + c.Direct + ")"
}

// render fills a template in.
func (x *exchange) render(name string, data any) *reply {
	var b bytes.Buffer
	if err := x.host.pages.ExecuteTemplate(&b, name, data); err != nil {
		return x.crash()
	}
	return &reply{status: http.StatusOK, kind: typeHTML, body: b.String()}
}

// gallery is the first page: the newest files.
func (x *exchange) gallery() *reply {
	h := x.host
	h.mu.Lock()
	total := len(h.rows)
	newest := slices.Clone(h.rows[max(0, total-galleryLength):])
	h.mu.Unlock()
	slices.Reverse(newest)
	cards := make([]card, 0, len(newest))
	for _, r := range newest {
		cards = append(cards, x.card(r))
	}
	return x.render("gallery.html", map[string]any{"Dir": h.dir, "Total": total, "Cards": cards})
}

// viewer is /<route>/<slug>.<id> and /<route>/<id>, the page about a file, and
// /<route>/<id>/delete/<key>, which deletes it.
func (x *exchange) viewer(route string, parts []string) *reply {
	id := parts[0][strings.LastIndexByte(parts[0], '.')+1:]
	x.host.mu.Lock()
	r, ok := x.host.byID[id]
	x.host.mu.Unlock()
	switch {
	case !ok || x.route(r) != route:
		return x.notFound()
	case len(parts) == 3 && parts[1] == "delete":
		return x.delete(r, parts[2])
	case len(parts) > 1:
		return x.notFound()
	}
	return x.render("viewer.html", map[string]any{"Dir": x.host.dir, "Card": x.card(r)})
}

// delete deletes by the link that the answer gave: whatever the method, HEAD
// too, at once and without a question.
func (x *exchange) delete(r *row, key string) *reply {
	hash := sha256.Sum256([]byte(key))
	if subtle.ConstantTimeCompare(hash[:], r.deleteHash[:]) != 1 {
		return x.notFound()
	}
	to := x.base + x.viewerPath(r) + "?deleted"
	x.host.remove(r)
	x.host.count(func(s *Stats) { s.Deleted++ })
	return &reply{status: http.StatusMovedPermanently, kind: typeHTML, location: to}
}

// serveStatic serves stored files, and the style and script of the pages.
func (x *exchange) serveStatic() error {
	if name, ok := strings.CutPrefix(x.path, "/content/"); ok && !strings.Contains(name, "/") && !strings.HasSuffix(name, ".html") {
		if data, err := fs.ReadFile(web, path.Join("web", name)); err == nil {
			x.w.Header().Set("Cache-Control", "no-cache")
			http.ServeContent(x.w, x.r, name, time.Time{}, bytes.NewReader(data))
			return nil
		}
	}
	err := x.serveStored()
	if errors.Is(err, fs.ErrNotExist) {
		return x.write(&reply{status: http.StatusNotFound, kind: typeNginx, body: nginxPage(http.StatusNotFound)})
	}
	return err
}

// serveStored serves a stored file, with ranges, so that videos can be sought.
func (x *exchange) serveStored() error {
	x.host.mu.Lock()
	where := x.host.paths[x.path]
	x.host.mu.Unlock()
	if where == "" {
		return fs.ErrNotExist
	}
	f, err := x.host.store.open(where)
	if err != nil {
		return fs.ErrNotExist // deleted a moment ago
	}
	defer f.Close() //nolint:errcheck // read only
	_, ext := splitExt(where)
	head := x.w.Header()
	head.Set("Server", "nginx/1.22.1")
	head.Set("Content-Type", formatMIME[ext])
	head.Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(x.w, x.r, "", time.Time{}, f)
	return nil
}
