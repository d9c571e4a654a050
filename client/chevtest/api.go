package chevtest

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
)

// errCrash is a fault in the code of the site: a 500 page instead of JSON.
var errCrash = errors.New("something went wrong")

// errWarning is PHP's message for a missing member, which a real server sends
// instead of the link when it answers a moderated upload as text.
const errWarning = `Undefined array key "url"`

// format is how the client wants its answer: json unless it asked for another
// form that exists.
func (x *exchange) format() string {
	if x.form != nil {
		switch wanted := x.form.get("format"); wanted {
		case "txt", "redirect":
			return wanted
		}
	}
	return "json"
}

// api answers /api/<version>/<action>; what follows is ignored.
func (x *exchange) api(parts []string) *reply {
	row, imgBB, err := x.upload(parts)
	if err != nil {
		x.host.count(func(s *Stats) { s.Refused++ })
		var why *refusal
		if errors.As(err, &why) {
			return x.refused(why)
		}
		return x.crash()
	}
	switch x.format() {
	case "txt":
		if !row.Approved {
			return &reply{status: http.StatusOK, kind: typeHTML, body: errWarning}
		}
		return &reply{status: http.StatusOK, kind: typeHTML, body: x.fileURL(row.Path)}
	case "redirect":
		if x.site.Generation == V3 {
			return &reply{status: http.StatusFound, kind: typeHTML, location: x.base + x.viewerPath(row)}
		}
		return &reply{status: http.StatusFound, kind: typeHTML, location: x.host.dir + x.viewerPath(row)}
	}
	image := x.answer(row)
	if imgBB {
		return &reply{status: http.StatusOK, kind: typeJSON, body: object{
			{"status_code", 200},
			{"status", 200},
			{"success", object{{"message", "file uploaded"}, {"code", 200}}},
			{"data", append(image, field{"id", row.ID})},
			{"status_txt", "OK"},
		}.json()}
	}
	return &reply{status: http.StatusOK, kind: typeJSON, body: object{
		{"status_code", 200},
		{"success", object{{"message", "file uploaded"}, {"code", 200}}},
		{"image", image},
		{"status_txt", "OK"},
	}.json()}
}

// upload is the only action of the API.
func (x *exchange) upload(parts []string) (kept *row, imgBB bool, err error) {
	if x.form.arrays {
		return nil, false, errCrash
	}
	user, err := x.admit(parts)
	if err != nil {
		return nil, false, err
	}
	source, imgBB, err := x.source(user)
	if err != nil {
		return nil, false, err
	}
	x.form.file = source // dropped with the form if it is not kept
	x.host.note(x, func(r *Request) { r.FileName = source.name })
	if x.host.cfg.Discard {
		return x.discard(user, source), imgBB, nil
	}
	kept, err = x.keep(user, source)
	return kept, imgBB, err
}

// admit makes sure that the request says all it must, of a user who may
// upload. Only who may is told that there is no such action.
func (x *exchange) admit(parts []string) (User, error) {
	action := ""
	if len(parts) > 1 {
		action = parts[1]
	}
	switch {
	case parts[0] == "":
		return User{}, &refusal{code: 100, message: "No version provided"}
	case action == "":
		return User{}, &refusal{code: 100, message: "No action provided"}
	}
	user, err := x.authorize(parts[0])
	if err != nil {
		return User{}, err
	}
	if s := x.site; s.UploadsOff && !user.Admin || (s.GuestsOff || s.Private) && user.Guest {
		return User{}, &refusal{code: 401, message: "Request denied"}
	}
	if action != "upload" {
		return User{}, &refusal{code: 120, message: "Invalid API action."}
	}
	return user, nil
}

// authorize finds the user of the key. The header wins over the parameter; an
// Authorization header is not looked at. Without a key nobody learns whether
// there is such a version.
func (x *exchange) authorize(version string) (User, error) {
	key := x.r.Header.Get("X-API-Key")
	if key == "" || x.site.Generation == V3 {
		key = x.form.get("key")
	}
	x.host.note(x, func(r *Request) { r.Key = key })
	user, known := x.user(key)
	switch {
	case !known && x.site.Generation == V3: // it looks at the key first, and does not miss one
		return User{}, &refusal{code: 100, message: "Invalid API v1 key."}
	case key == "":
		return User{}, &refusal{code: 100, message: "No key provided"}
	}
	if version != "1" {
		return User{}, &refusal{code: 110, message: "Invalid API version."}
	}
	if !known {
		return User{}, &refusal{code: 100, message: "Invalid API key."}
	}
	return user, nil
}

// user finds whose key it is.
func (x *exchange) user(key string) (user User, known bool) {
	for own, user := range x.host.cfg.Keys {
		if key != "" && keyBytes(x.site.Generation, own) == keyBytes(x.site.Generation, key) {
			return user, true
		}
	}
	return User{}, false
}

// keyBytes is the part of a key that counts: bcrypt, which Chevereto used up
// to 4.3, sees 72 bytes.
func keyBytes(g Generation, key string) string {
	if g == V43 {
		return key
	}
	return key[:min(len(key), 72)]
}

// source finds what is to be uploaded: the file part source, else the
// parameter source, else the parameter image. That there is a parameter image
// at all asks for the answer in the shape of another service, ImgBB.
func (x *exchange) source(user User) (p *part, imgBB bool, err error) {
	imgBB = x.form.has("image")
	if x.form.file != nil {
		return x.form.file, imgBB, nil
	}
	name := "source"
	if !x.form.has(name) {
		name = "image"
	}
	if !x.form.has(name) {
		return nil, imgBB, &refusal{code: 130, message: "Empty upload source"}
	}
	text := x.form.get(name)
	switch {
	case strings.HasPrefix(text, "http://"), strings.HasPrefix(text, "https://"):
		if !user.Admin || !x.site.URLUploads {
			return nil, imgBB, &refusal{code: 403, message: "URL uploading is disabled"}
		}
		p, err = x.fetch(text)
	case x.r.Method != http.MethodPost:
		return nil, imgBB, &refusal{code: 130, message: "Upload using base64 source must be done using POST method."}
	case strings.TrimSpace(text) == "":
		return nil, imgBB, &refusal{code: 130, message: "Empty source"}
	default:
		p, err = x.fromBase64(text)
	}
	return p, imgBB, err
}

// fromBase64 takes white space out and wants the rest in the very form that
// encoding it again gives.
func (x *exchange) fromBase64(text string) (*part, error) {
	data, err := base64.StdEncoding.Strict().DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return nil, &refusal{code: 120, message: "Invalid base64 string"}
	}
	p := &part{}
	if err := x.readFile(p, strings.NewReader(string(data))); err != nil {
		p.content.drop()
		return nil, errReading("/tmp/chvtemp_" + randomHex(6))
	}
	p.nameByContent(randomHex(12))
	return p, nil
}

// nameByContent names a file that came without a name and without a type.
func (p *part) nameByContent(stem string) {
	f := sniff(p.head)
	if p.name = stem; f != formatUnknown {
		p.name += "." + string(f)
	}
	if f.video() {
		p.mime = formatMIME[string(f)]
	}
}
