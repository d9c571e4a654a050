package chevtest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"image"
	"io"
	"strconv"
	"strings"
)

// previews are the small pictures that go with a file.
type previews struct {
	thumb, medium, frame []byte
	same                 bool // thumb and medium are the file itself
}

// save makes the previews, finds a free name, stores all and makes the row.
func (w *work) save() (*row, error) {
	small, err := w.previews()
	if err != nil {
		return nil, err
	}
	r, err := w.row()
	if err != nil {
		return nil, err
	}
	w.host.reserve(r)
	if err := w.storeFiles(r, small); err != nil {
		w.host.release(r)
		return nil, errReading("/var/www/chevereto/" + r.path())
	}
	h := w.host
	h.mu.Lock()
	defer h.mu.Unlock()
	for url, where := range r.where {
		h.paths[url] = where
	}
	h.rows = append(h.rows, r)
	h.byID[r.ID] = r
	h.stats.Stored++
	h.wake()
	return r, nil
}

// previews draws the small pictures. What cannot be decoded here serves as
// its own preview, a video gets a placeholder.
func (w *work) previews() (previews, error) {
	var p previews
	var picture image.Image
	var err error
	switch {
	case w.media.video:
		longest := max(w.media.width, w.media.height, 1)
		shrink := max(1, (longest+639)/640)
		picture = placeholder(w.media.width/shrink, w.media.height/shrink, true)
		if p.frame, err = encode(picture, "jpeg"); err != nil {
			return p, w.unreadable()
		}
	case w.format == formatWebP || w.format == formatAVIF:
		p.same = true
		return p, nil
	default:
		picture, err = w.decode()
		switch {
		case err == nil:
		case w.format == formatJPEG || errors.Is(err, errors.ErrUnsupported):
			picture = placeholder(mediumWidth, scaledHeight(w.media.width, w.media.height, mediumWidth), false)
		default: // whole by its looks, but not inside
			return p, w.unreadable()
		}
	}
	if p.thumb, err = encode(thumbnail(picture), w.previewExt()); err != nil {
		return p, w.unreadable()
	}
	if w.hasMedium() {
		p.medium, err = encode(toWidth(picture, min(mediumWidth, picture.Bounds().Dx())), w.previewExt())
		if err != nil {
			return p, w.unreadable()
		}
	}
	return p, nil
}

// previewExt is the format of the previews: that of the file, JPEG for video.
func (w *work) previewExt() string {
	if w.media.video {
		return "jpeg"
	}
	return w.media.ext
}

// hasMedium: a medium size is made of wide and of moving pictures.
func (w *work) hasMedium() bool {
	return !w.media.video && (w.media.width > mediumWidth || w.media.animated)
}

// row fills in what is known before the file has its name and number.
func (w *work) row() (*row, error) {
	stem, _ := splitExt(w.part.name)
	p, e := w.params, w.media.exif
	dropEXIF := w.site.DropEXIF || w.user.DropEXIF
	title, description := p.title, p.description
	if title == "" && !dropEXIF {
		title = e.title
	}
	if title == "" {
		title = titleOf(stem)
	}
	if description == "" && !dropEXIF {
		description = e.description
	}
	if err := assertRow(title, description, w.part.name, p); err != nil {
		return nil, err
	}
	told := w.body.sums
	if w.told != nil {
		told = *w.told
	}
	r := &row{
		media: w.media, ext: w.media.ext, stem: cleanStem(stem), description: description, tags: p.tags,
		category: p.category, nsfw: p.nsfw, checksum: told.reported(w.site.Generation), toldMD5: told.MD5, sourceSum: w.source,
		date: w.now,
	}
	r.File = File{
		Title: title, Original: w.part.name, MIME: w.media.mime, Width: w.media.width, Height: w.media.height, Video: w.media.video,
		Approved: !w.site.Moderated || w.user.Admin,
		Received: w.part.content.sums, Stored: w.body.sums,
		Params: p.sent, Album: p.album, User: w.user.Name, Remote: w.record.Remote, At: w.now, Expires: w.expires(w.user),
	}
	if w.user.CameraTag && len(e.camera) > 0 && !w.user.Guest {
		r.tags = append(r.tags, strings.Join(e.camera, " "))
	}
	if taken, ok := e.takenAt(); ok && p.useFileDate && w.part.mime == "image/jpeg" {
		r.date = taken
	}
	if w.format == formatJPEG && !dropEXIF {
		r.exifText = w.exifText()
	}
	w.deleteKey = randomHex(48)
	r.deleteHash = sha256.Sum256([]byte(w.deleteKey))
	r.dir = "images/" + r.date.In(w.site.Zone).Format("2006/01/02")
	return r, nil
}

// exifText is what a real server tells of a JPEG, with EXIF data or without:
// all values are texts, and FileSize is what was received.
func (w *work) exifText() string {
	e := w.media.exif
	width, height := strconv.Itoa(w.media.width), strconv.Itoa(w.media.height)
	o := object{
		{"FileName", "chvtemp_" + randomHex(6)},
		{"FileDateTime", strconv.FormatInt(w.now.Unix(), 10)},
		{"FileSize", strconv.FormatInt(w.part.size, 10)},
		{"FileType", "2"},
		{"MimeType", "image/jpeg"},
	}
	sections := ""
	if e.found {
		sections = "ANY_TAG, IFD0, EXIF"
	}
	o = append(o, field{"SectionsFound", sections}, field{"COMPUTED", object{
		{"html", `width="` + width + `" height="` + height + `"`},
		{"Height", height},
		{"Width", width},
		{"IsColor", "1"},
	}})
	add := func(key, value string) {
		if value != "" {
			o = append(o, field{key, value})
		}
	}
	add("ImageDescription", e.description)
	if len(e.camera) > 0 {
		add("Make", e.camera[0])
	}
	if len(e.camera) > 1 {
		add("Model", e.camera[1])
	}
	if e.orientation > 0 {
		add("Orientation", strconv.Itoa(e.orientation))
	}
	add("DateTimeOriginal", e.taken)
	return append(o, field{"IPTC", []string{}}, field{"width", width}, field{"height", height}).json()
}

// reserve gives the row its number and a name that no other file has; on a
// clash the name grows by random digits.
func (h *Host) reserve(r *row) {
	h.mu.Lock()
	defer h.mu.Unlock()
	wanted := r.stem
	for {
		if _, clash := h.paths["/"+r.path()]; !clash && r.stem != "" {
			break
		}
		r.stem = wanted + randomHex(16)
	}
	h.paths["/"+r.path()] = ""
	h.taken++
	r.ID = encodeID(h.taken)
	r.Name = r.stem + "." + r.ext
	r.Path = "/" + r.path()
}

func (h *Host) release(r *row) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.paths, r.Path)
}

// previewPath is where a preview of a kind ("th", "md", "fr") lies.
func (r *row) previewPath(kind string) string {
	ext := r.ext
	if r.media.video {
		ext = "jpeg"
	}
	return r.dir + "/" + r.stem + "." + kind + "." + ext
}

// storeFiles stores the file and its previews.
func (w *work) storeFiles(r *row, small previews) error {
	r.where = map[string]string{}
	if small.same {
		r.thumb = w.body.sums.Size
		r.where["/"+r.previewPath("th")] = r.path()
		if w.hasMedium() {
			r.medium = w.body.sums.Size
			r.where["/"+r.previewPath("md")] = r.path()
		}
	}
	for _, preview := range []struct {
		kind string
		data []byte
		size *int64
	}{{"th", small.thumb, &r.thumb}, {"md", small.medium, &r.medium}, {"fr", small.frame, &r.frame}} {
		if preview.data == nil {
			continue
		}
		b, err := w.host.store.blobOf(preview.data)
		if err == nil {
			err = b.keep(r.previewPath(preview.kind))
		}
		if err != nil {
			w.host.erase(r)
			return err
		}
		*preview.size = int64(len(preview.data))
		r.where["/"+r.previewPath(preview.kind)] = r.previewPath(preview.kind)
	}
	if err := w.body.keep(r.path()); err != nil {
		w.host.erase(r)
		return err
	}
	r.where[r.Path] = r.path()
	return nil
}

// erase takes a row's files out of the store.
func (h *Host) erase(r *row) {
	for _, where := range r.where {
		h.store.remove(where)
	}
}

// remove deletes a row and its files. The database forgets first.
func (h *Host) remove(r *row) {
	h.mu.Lock()
	known := h.byID[r.ID] == r
	if known {
		delete(h.byID, r.ID)
		for i := range h.rows {
			if h.rows[i] == r {
				h.rows = append(h.rows[:i:i], h.rows[i+1:]...)
				break
			}
		}
		for url := range r.where {
			delete(h.paths, url)
		}
	}
	h.mu.Unlock()
	if known {
		h.erase(r)
	}
}

// readAll returns the bytes under a path.
func (s *store) readAll(name string) ([]byte, error) {
	f, err := s.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	var data bytes.Buffer
	_, err = io.Copy(&data, f)
	return data.Bytes(), err
}
