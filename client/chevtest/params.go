package chevtest

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// params are the optional parameters as the site understands them.
type params struct {
	title, description string
	tags               []string
	album              string
	category           *int
	categoryText       string // what was sent if it is no number
	width              float64
	hasWidth           bool
	nsfw               bool
	useFileDate        bool
	sent               map[string]string
}

// given returns a parameter; "0" counts as not given, as in PHP.
func (f *form) given(name string) string {
	if value := f.get(name); value != "0" {
		return value
	}
	return ""
}

func (x *exchange) params(user User) params {
	f := x.form
	p := params{
		title:       f.given("title"),
		description: f.given("description"),
		nsfw:        f.get("nsfw") == "1",
		useFileDate: user.Admin && f.given("use_file_date") != "",
		sent:        map[string]string{},
	}
	maps.Copy(p.sent, f.query)
	maps.Copy(p.sent, f.post)
	maps.DeleteFunc(p.sent, func(name, _ string) bool { return name == "key" || name == "source" || name == "image" })
	if p.title == "" {
		p.title = f.given("name")
	}
	if r := []rune(p.title); utf8.ValidString(p.title) && len(r) > 100 {
		p.title = string(r[:100])
	}
	if !user.Guest { // the tags of guests are not used
		p.tags = cleanTags(f.get("tags"))
	}
	if album := f.given("album_id"); slices.Contains(user.Albums, album) {
		p.album = album // any other is forgotten without a word
	}
	if category := f.given("category_id"); category != "" {
		if n, err := strconv.Atoi(strings.TrimSpace(category)); err == nil {
			p.category = &n
		} else {
			p.categoryText = category
		}
	}
	p.width, p.hasWidth = numeric(f.given("width"))
	return p
}

// numeric reads a number as PHP's is_numeric does. 0 counts as none.
func numeric(s string) (float64, bool) {
	s = strings.TrimSpace(s)
	if strings.ContainsAny(s, "xXpP_iInN") { // forms that only Go knows
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil && n != 0
}

// tagSigns are what a tag cannot consist of, alone or repeated.
const tagSigns = `/\,.?&=#%+@!*;: `

// cleanTags splits a list at its commas and drops, without a word, tags that
// are too long, hold what no tag may, or are one sign over and over. White
// space becomes single; "0" is no tag to PHP.
func cleanTags(list string) []string {
	tags := []string{}
	for tag := range strings.SplitSeq(strings.Join(strings.Fields(list), " "), ",") {
		tag = strings.TrimSpace(tag)
		if tag == "" || tag == "0" || utf8.RuneCountInString(tag) > 32 || strings.ContainsAny(tag, `/#`) || slices.Contains(tags, tag) {
			continue
		}
		if strings.Contains(tagSigns, tag[:1]) && strings.Trim(tag, tag[:1]) == "" {
			continue
		}
		tags = append(tags, tag)
	}
	return tags
}

// assertWords refuses texts with a stop word.
func (s Site) assertWords(p params) error {
	texts := strings.ToLower(strings.Join(append([]string{p.title, p.description}, p.tags...), "\n"))
	for _, word := range s.StopWords {
		if strings.Contains(texts, strings.ToLower(word)) {
			return &refusal{code: 400, message: "Stop words found"}
		}
	}
	return nil
}

// assertRow refuses what the database would: it says so at the very end, when
// the file has been worked on already.
func assertRow(title, description, original string, p params) error {
	switch {
	case p.categoryText != "":
		return &refusal{code: "22007", message: "SQLSTATE[22007]: Invalid datetime format: 1366 Incorrect integer value: '" +
			strings.ToValidUTF8(p.categoryText, "?") + "' for column `chevereto`.`chv_images`.`image_category_id` at row 1"}
	case !utf8.ValidString(title):
		return incorrect("image_title")
	case !utf8.ValidString(description):
		return incorrect("image_description")
	case !utf8.ValidString(original):
		return incorrect("image_original_filename")
	case len(description) > 65535:
		return tooLong("image_description")
	case utf8.RuneCountInString(original) > 255:
		return tooLong("image_original_filename")
	}
	return nil
}

func incorrect(column string) error {
	return &refusal{code: "22007", message: `SQLSTATE[22007]: Invalid datetime format: 1366 Incorrect string value: '\xE9 x' for column ` +
		"`chevereto`.`chv_images`.`" + column + "` at row 1"}
}

func tooLong(column string) error {
	return &refusal{code: "22001", message: "SQLSTATE[22001]: String data, right truncated: 1406 Data too long for column '" + column + "' at row 1"}
}
