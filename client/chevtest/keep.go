package chevtest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"io"
	"slices"
	"strings"
	"time"
)

// row is what the database of a real server holds of a file.
type row struct {
	File
	dir, stem, ext string // of the files: "images/2026/11/23", "cat", "png"
	media          media
	description    string
	tags           []string
	category       *int
	nsfw           bool
	checksum       string // as reported; empty: null
	toldMD5        string // MD5 of the same
	sourceSum      string // of what was sent, if it was made smaller
	exifText       string // original_exifdata; empty: null
	thumb, medium  int64  // sizes of the previews; 0: there is none
	frame          int64
	date           time.Time // shown as the file's date
	deleteHash     [sha256.Size]byte
	where          map[string]string
}

// path is where the file itself lies, in the store and behind the address.
func (r *row) path() string { return r.dir + "/" + r.stem + "." + r.ext }

// work is an upload on its way to be a row.
type work struct {
	*exchange
	user   User
	part   *part
	params params
	format format
	media  media
	body   *blob  // what is to be stored
	source string // sum of what was sent, once it was made smaller
	told   *Sums  // the sums to tell if they are not those of body
}

// keep stores an upload, with the checks of a real server in its order.
func (x *exchange) keep(user User, p *part) (*row, error) {
	w := &work{exchange: x, user: user, part: p, params: x.params(user), body: p.content}
	defer func() { w.body.drop() }() // if it was not kept
	for _, step := range []func() error{
		w.assertReadable, w.assertFew, w.assertParams, w.assertNew(101), x.assertCalm, w.assertWhole, w.assertFormat, w.assertSize,
		w.upright, w.assertNew(102), w.assertWidth, w.convert, w.assertNew(103), w.resize, w.watermark,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return w.save()
}

func (w *work) assertParams() error { return w.site.assertWords(w.params) }

// assertReadable: what PHP did not take in whole is not there, over which a
// real server stumbles when it looks for duplicates. It does not look for
// those of administrators.
func (w *work) assertReadable() error {
	if (w.part.tooBig || w.part.cut) && !w.user.Admin {
		return errCrash
	}
	return nil
}

// assertWhole tells what PHP noted when it took the file in.
func (w *work) assertWhole() error {
	switch {
	case w.part.tooBig:
		return &refusal{code: 601, message: "File too big (UPLOAD_ERR_INI_SIZE)"}
	case w.part.cut:
		return &refusal{code: 601, message: "File was partially uploaded (UPLOAD_ERR_PARTIAL)"}
	}
	return nil
}

func (w *work) assertFew() error {
	limit := w.site.MaxFiles
	w.host.mu.Lock()
	defer w.host.mu.Unlock()
	if limit > 0 && len(w.host.rows) >= limit {
		return &refusal{code: 999, message: fmt.Sprintf("Maximum CHEVERETO_MAX_FILES reached (limit %d).", limit)}
	}
	return nil
}

func (w *work) assertSize() error {
	limit := w.site.Limits.SiteMB
	if w.user.Guest && w.site.Limits.GuestMB > 0 {
		limit = w.site.Limits.GuestMB
	}
	if limit > 0 && w.part.size > limit*1e6 {
		return &refusal{code: 400, message: fmt.Sprintf("File too big - max %d MB", limit)}
	}
	return nil
}

// assertNew refuses bytes that came from the same address within 24 hours,
// from whatever user under whatever name. Administrators are exempt. The
// check and the storing are not one step: of two that come at once both may
// be stored.
func (w *work) assertNew(code int) func() error {
	return func() error {
		if w.site.AllowDuplicates || w.user.Admin {
			return nil
		}
		sum := w.body.sums.MD5
		w.host.mu.Lock()
		defer w.host.mu.Unlock()
		for _, r := range w.host.rows {
			same := r.toldMD5 == sum || r.sourceSum != "" && r.Received.MD5 == sum
			if same && r.Remote == w.record.Remote && w.now.Sub(r.At) < 24*time.Hour {
				return &refusal{code: code, message: "Duplicated upload"}
			}
		}
		return nil
	}
}

// assertCalm refuses more files from an address than the site wants in a
// minute, an hour, a day, a week, a month. Administrators are not exempt.
func (x *exchange) assertCalm() error {
	f := x.site.Flood
	if f.Off {
		return nil
	}
	periods := []struct {
		name  string
		life  time.Duration
		limit int
		count int
	}{
		{"minute", time.Minute, f.Minute, 0},
		{"hour", time.Hour, f.Hour, 0},
		{"day", 24 * time.Hour, f.Day, 0},
		{"week", 7 * 24 * time.Hour, f.Week, 0},
		{"month", 30 * 24 * time.Hour, f.Month, 0},
	}
	x.host.mu.Lock()
	defer x.host.mu.Unlock()
	for _, r := range x.host.rows {
		for i := range periods {
			if r.Remote == x.record.Remote && x.now.Sub(r.At) < periods[i].life {
				periods[i].count++
			}
		}
	}
	for _, p := range periods {
		if p.count >= p.limit {
			what := "images"
			if p.limit == 1 {
				what = "image"
			}
			return &refusal{code: 130, message: fmt.Sprintf("Flooding detected. You can only upload %d %s per %s", p.limit, what, p.name)}
		}
	}
	return nil
}

// assertFormat finds out what the file is. Video is seen only by the part's
// Content-Type, everything else by content.
func (w *work) assertFormat() error {
	temp := "/tmp/chvtemp_" + randomHex(6)
	w.format = sniff(w.part.head)
	if strings.HasPrefix(w.part.mime, "video/") {
		if w.format != formatUnknown && !w.format.video() {
			return &refusal{code: 100, message: "Invalid video file provided"}
		}
		if w.format == formatMKV {
			return &refusal{code: 613, message: "Unavailable image format"}
		}
	} else {
		switch {
		case len(w.part.head) < 12: // PHP wants to read so many
			return errReading(temp)
		case w.format == formatUnknown || w.format.video():
			return &refusal{code: 610, message: "Can't get target upload source info"}
		case w.format == formatTIFF:
			return &refusal{code: 613, message: "Unavailable image format"}
		}
	}
	var err error
	w.media, err = probe(w.format, w.body, w.body.sums.Size)
	if _, sentExt := splitExt(w.part.name); w.format == formatJPEG && strings.EqualFold(sentExt, "jpg") {
		w.media.ext = "jpg"
	}
	if slices.Contains(w.site.DisabledFormats, w.media.ext) {
		return &refusal{code: 614, message: "Disabled image format (" + w.media.ext + ")"}
	}
	switch {
	case errors.Is(err, errNoVideo):
		return &refusal{code: 100, message: "Invalid video file provided"}
	case err != nil && w.media.video:
		return &refusal{code: 600, message: "FFprobe error: Unable to probe " + temp + ": ffprobe failed to execute command " +
			"'/usr/bin/ffprobe' '" + temp + "' '-show_format' '-print_format' 'json':\n\nError Output:\n\n moov atom not found"}
	case errors.Is(err, errNoSize):
		return &refusal{code: 610, message: "Can't get target upload source info"}
	case err != nil || max(w.media.width, w.media.height) > maxSide:
		return w.unreadable()
	case w.media.animated && w.format == formatWebP && w.site.GD:
		return &refusal{code: 400, message: "Animated WebP is not supported"}
	}
	return nil
}

// unreadable is the refusal of a picture that ImageMagick cannot read.
func (w *work) unreadable() error {
	stem, _ := splitExt(w.part.name)
	return &refusal{code: 0, message: fmt.Sprintf("Unable to read image from path (/var/www/chevereto/images/%s/%s.%s).",
		w.now.In(w.site.Zone).Format("2006/01/02"), cleanStem(stem), w.media.ext)}
}

// replace puts other bytes in the place of the file.
func (w *work) replace(data []byte) error {
	b, err := w.host.store.blobOf(data)
	if err != nil {
		return errReading("/var/www/chevereto/images/" + w.part.name)
	}
	w.body.drop()
	w.body = b
	return nil
}

// upright rewrites a JPEG that has an Orientation tag, be it 1 for "as it is",
// and one whose EXIF data are to go. The sums change; the answer does not say
// so, for the sum of the source is told only of pictures made smaller.
func (w *work) upright() error {
	drop := w.site.DropEXIF || w.user.DropEXIF
	if w.format != formatJPEG || w.media.exif.orientation == 0 && !drop {
		return nil
	}
	if w.media.exif.orientation >= 5 {
		w.media.width, w.media.height = w.media.height, w.media.width
	}
	picture, err := w.decode()
	if err != nil { // cut, most likely: ImageMagick mends what it can
		data, err := io.ReadAll(w.body.reader())
		if err != nil {
			return w.unreadable()
		}
		return w.replace(append(bytes.Clone(data), 0xff, 0xd9))
	}
	data, err := encode(upright(picture, w.media.exif.orientation), "jpg")
	if err != nil {
		return w.unreadable()
	}
	return w.replace(data)
}

// decode reads the picture if that is possible here.
func (w *work) decode() (image.Image, error) {
	if w.media.width*w.media.height > maxDecoded {
		return nil, errors.ErrUnsupported
	}
	return decode(w.format, w.body.reader())
}

// assertWidth refuses a target width that is no smaller picture.
func (w *work) assertWidth() error {
	p := &w.params
	if w.media.video || w.media.animated {
		p.hasWidth = false
	}
	if limit := w.site.MaxWidth; limit > 0 && !w.media.video && !w.media.animated && w.media.width > limit && !p.hasWidth {
		p.width, p.hasWidth = float64(limit), true
	}
	switch {
	case !p.hasWidth:
	case p.width < 0:
		return &refusal{code: 1, message: "Invalid image geometry"}
	case int(p.width) > w.media.width:
		return &refusal{code: 610, message: "Target width is greater than the original image width"}
	case int(p.width) == w.media.width || int(p.width) == 0:
		p.hasWidth = false
	}
	return nil
}

// convert makes a PNG of a BMP.
func (w *work) convert() error {
	if w.format != formatBMP {
		return nil
	}
	picture, err := w.decode()
	if err != nil {
		picture = placeholder(w.media.width, w.media.height, false)
	}
	data, err := encode(picture, "png")
	if err != nil {
		return w.unreadable()
	}
	w.format, w.media.ext, w.media.mime = formatPNG, "png", "image/png"
	return w.replace(data)
}

// resize makes the picture smaller; the answer then has the sum of the source.
func (w *work) resize() error {
	if !w.params.hasWidth {
		return nil
	}
	w.source = w.part.content.sums.reported(w.site.Generation)
	width := int(w.params.width)
	height := scaledHeight(w.media.width, w.media.height, width)
	if err := w.redraw(func(picture image.Image) image.Image { return toWidth(picture, width) }); err != nil {
		return err
	}
	w.media.width, w.media.height = width, height
	return nil
}

// watermark changes a picture but, as a real server, tells the sum of its
// source.
func (w *work) watermark() error {
	if !w.site.Watermark || w.media.video || w.media.animated {
		return nil
	}
	sums := w.body.sums
	w.told = &sums
	return w.redraw(func(picture image.Image) image.Image {
		b := picture.Bounds()
		return scale(picture, b, b.Dx(), b.Dy())
	})
}

// redraw encodes the picture again. Of one that cannot be decoded here the
// bytes change, which is what a client can see, by a tail that no decoder
// looks at.
func (w *work) redraw(change func(image.Image) image.Image) error {
	picture, err := w.decode()
	if err != nil {
		data, err := io.ReadAll(w.body.reader())
		if err != nil {
			return w.unreadable()
		}
		return w.replace(append(bytes.Clone(data), "\x00\x00\x00\x08free"...))
	}
	data, err := encode(change(picture), w.media.ext)
	if err != nil {
		return w.unreadable()
	}
	return w.replace(data)
}

// discard makes the row of a file that was counted only.
func (x *exchange) discard(user User, p *part) *row {
	r := &row{media: media{ext: "png", mime: "image/png"}, stem: cleanStem(p.name), dir: "images/discarded", date: x.now}
	if f := sniff(p.head); f != formatUnknown {
		r.media, _ = probe(f, bytes.NewReader(p.head), int64(len(p.head))) // what the head shows
	}
	r.ext = r.media.ext
	x.deleteKey = randomHex(48)
	x.host.mu.Lock()
	x.host.taken++
	r.ID = encodeID(x.host.taken)
	x.host.stats.Stored++
	x.host.wake()
	x.host.mu.Unlock()
	r.File = File{
		ID: r.ID, Title: titleOf(r.stem), Original: p.name, User: user.Name, At: x.now, Approved: true,
		Path: "/" + r.path(), MIME: r.media.mime, Video: r.media.video, Stored: Sums{Size: p.size},
	}
	return r
}
