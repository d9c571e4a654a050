package chevtest

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
	"time"
)

// fileURL is the direct address of a stored path.
func (x *exchange) fileURL(path string) string {
	if storage := x.site.StorageURL; storage != "" {
		return strings.TrimRight(storage, "/") + path
	}
	return x.base + path
}

func (x *exchange) route(r *row) string {
	if r.media.video {
		return x.site.VideoRoute
	}
	return x.site.ImageRoute
}

// viewerPath is the address of the page about a file: with its title, unless
// the site has that switched off or nothing of the title is left.
func (x *exchange) viewerPath(r *row) string {
	if s := slug(r.Title); s != "" && !x.site.NoSEO {
		return "/" + x.route(r) + "/" + rawURLEncode(s) + "." + r.ID
	}
	return x.shortPath(r)
}

func (x *exchange) shortPath(r *row) string { return "/" + x.route(r) + "/" + r.ID }

// nullable turns an empty text into null.
func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// answer is the object that tells a client all about its file. Key order,
// types and oddities are those of a real one: display_width is a text when
// there is a medium size, frame is there for videos only, medium is an object
// of nulls when there is none, and a file that waits for approval has no
// address but that of its page.
func (x *exchange) answer(r *row) object {
	m := r.media
	o := object{
		{"name", r.stem},
		{"extension", r.ext},
		{"size", r.Stored.Size},
		{"width", m.width},
		{"height", m.height},
		{"date", dateText(r.date, x.site.Zone)},
		{"date_gmt", dateText(r.date, time.UTC)},
		{"title", nullable(r.Title)},
		{"description", nullable(r.description)},
		{"nsfw", flag(r.nsfw)},
		{"storage_mode", "datefolder"},
		{x.sumKey(""), nullable(r.checksum)},
		{x.sumKey("source_"), nullable(r.sourceSum)},
		{"original_filename", r.Original},
		{"original_exifdata", nullable(r.exifText)},
		{"views", 0},
		{"category_id", r.category},
		{"chain", r.chain()},
		{"thumb_size", r.thumb},
		{"medium_size", r.medium},
		{"frame_size", r.frame},
		{"expiration_date_gmt", nil},
		{"likes", 0},
		{"is_animated", flag(m.animated)},
		{"is_approved", flag(r.Approved)},
		{"is_360", 0},
		{"duration", m.seconds},
		{"type", r.kind()},
		{"tags", tagObjects(r.tags)},
		{"tags_string", strings.Join(r.tags, ", ")},
		{"file", object{{"resource", object{{"type", x.resourceType()}}}}},
		{"id_encoded", r.ID},
		{"filename", r.stem + "." + r.ext},
		{"mime", m.mime},
		{"url", x.fileURL(r.Path)},
		{"ratio", ratio(m.width, m.height)},
		{"size_formatted", sizeText(r.Stored.Size)},
	}
	if !r.Expires.IsZero() {
		o.set("expiration_date_gmt", dateText(r.Expires, time.UTC))
	}
	frameURL := ""
	if m.video {
		frame := x.variant(r, "fr", r.frame)
		o = append(o, field{"frame", frame})
		frameURL = x.fileURL("/" + r.previewPath("fr"))
	}
	return x.approvedOnly(r, append(append(o,
		field{"image", x.original(r)},
		field{"thumb", x.variant(r, "th", r.thumb)},
		field{"url_frame", frameURL},
		field{"medium", x.variant(r, "md", r.medium)},
		field{"duration_time", durationText(m)},
		field{"url_viewer", x.base + x.viewerPath(r)},
		field{"path_viewer", x.host.dir + x.viewerPath(r)},
		field{"url_short", x.base + x.shortPath(r)},
	), x.display(r)...))
}

// display is the part of the answer that a page would show.
func (x *exchange) display(r *row) object {
	var width any = r.media.width
	height, path := r.media.height, r.Path
	switch {
	case r.media.video:
		path = "/" + r.previewPath("fr")
	case r.medium > 0:
		width, path = strconv.Itoa(mediumWidth), "/"+r.previewPath("md")
		height = scaledHeight(r.media.width, r.media.height, mediumWidth)
	}
	short := shorten(r.Title, 28)
	return object{
		{"display_url", x.fileURL(path)},
		{"display_width", width},
		{"display_height", height},
		{"views_label", translate(x.lang, "views")},
		{"likes_label", translate(x.lang, "likes")},
		{"how_long_ago", translate(x.lang, "moments ago")},
		{"date_fixed_peer", dateText(r.date, time.UTC)},
		{"title_truncated", short},
		{"title_truncated_html", phpEscape(short)},
		{"is_use_loader", false},
		{"display_title", r.Title},
		{"delete_url", x.base + x.shortPath(r) + "/delete/" + x.deleteKey},
	}
}

// approvedOnly takes the addresses of a file that waits for approval out.
func (x *exchange) approvedOnly(r *row, o object) object {
	if r.Approved {
		return o
	}
	o = o.without("url", "display_url")
	for i, f := range o {
		if inner, ok := f.value.(object); ok && (f.key == "image" || f.key == "thumb" || f.key == "medium") {
			o[i].value = inner.without("url")
		}
	}
	return o
}

// original describes the file itself in the form of its variants.
func (x *exchange) original(r *row) object {
	return object{
		{"filename", r.stem + "." + r.ext},
		{"name", r.stem},
		{"mime", r.media.mime},
		{"extension", r.ext},
		{"url", x.fileURL(r.Path)},
		{"size", r.Stored.Size},
	}
}

// variant describes a preview; nulls, and no size, if there is none.
func (x *exchange) variant(r *row, kind string, size int64) object {
	if size == 0 {
		return object{{"filename", nil}, {"name", nil}, {"mime", nil}, {"extension", nil}, {"url", nil}}
	}
	path := r.previewPath(kind)
	name, ext := splitExt(baseName(path))
	return object{
		{"filename", baseName(path)},
		{"name", name},
		{"mime", formatMIME[ext]},
		{"extension", ext},
		{"url", x.fileURL("/" + path)},
		{"size", size},
	}
}

func (o object) set(key string, value any) {
	for i := range o {
		if o[i].key == key {
			o[i].value = value
		}
	}
}

// sumKey is the name of a checksum, which the generations call differently.
func (x *exchange) sumKey(prefix string) string {
	if x.site.Generation == V43 {
		return prefix + "checksum"
	}
	return prefix + "md5"
}

func (x *exchange) resourceType() string {
	if x.site.StorageURL != "" {
		return "url"
	}
	return "path"
}

func (r *row) kind() string {
	if r.media.video {
		return "video"
	}
	return "image"
}

// chain has a bit for each file that there is: thumb, medium, the file, frame.
func (r *row) chain() int {
	return 5 + 2*flag(r.medium > 0) + 16*flag(r.frame > 0)
}

func tagObjects(tags []string) []object {
	list := []object{}
	for _, tag := range tags {
		key := rawURLEncode(tag)
		list = append(list, object{{"name", tag}, {"name_safe_html", phpEscape(tag)}, {"url_key", key}, {"url", "/tag/" + key}})
	}
	return list
}

// phpEscape escapes for HTML as PHP does.
func phpEscape(s string) string {
	return strings.NewReplacer("&#34;", "&quot;", "&#39;", "&#039;").Replace(html.EscapeString(s))
}

// ratio is a number with a fraction, or without one if there is none.
func ratio(width, height int) any {
	if height == 0 {
		return 0
	}
	r := float64(width) / float64(height)
	if r == math.Trunc(r) {
		return int(r)
	}
	return r
}

// sizeText writes a size in decimal units, "2 KB" or "4.4 KB".
func sizeText(size int64) string {
	units := []string{"B", "KB", "MB", "GB", "TB"}
	n := float64(size)
	for n >= 1000 && len(units) > 1 {
		n, units = n/1000, units[1:]
	}
	return strconv.FormatFloat(math.Round(n*10)/10, 'f', -1, 64) + " " + units[0]
}

func durationText(m media) string {
	if !m.video {
		return ""
	}
	if m.seconds >= 3600 {
		return fmt.Sprintf("%02d:%02d:%02d", m.seconds/3600, m.seconds/60%60, m.seconds%60)
	}
	return fmt.Sprintf("%02d:%02d", m.seconds/60, m.seconds%60)
}
