package client

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// warnings compares what was asked with what the host says it did: a real
// Chevereto drops much of what it does not like without a word. What an
// answer does not tell (the album) cannot be compared.
func warnings(u Upload, im Image, now time.Time) []string {
	if u.Format != FormatJSON {
		return nil
	}
	o := object{}
	if p := u.Params; p.Expiration != "" || len(p.Tags) > 0 || p.Category > 0 || p.NSFW {
		var ok bool
		if o, ok = membersOf(im.Raw); !ok { // as marshal wrote it
			return nil
		}
	}
	var list []string
	warn := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	p := u.Params

	from := created(o, now)
	if p.UseFileDate {
		from = now // date_gmt is that of the photo then
	}
	if sentence := compareExpiration(p.Expiration, im, from); sentence != "" {
		list = append(list, sentence)
	}
	if p.Title == "0" || p.Description == "0" {
		warn("the host takes a title or description of 0 for none")
	}
	if o.has("tags") || o.has("tags_string") {
		stored := storedTags(o)
		for _, tag := range p.Tags {
			if !slices.ContainsFunc(stored, func(kept string) bool { return sameTag(kept, tag) }) {
				warn("the host did not take over the tag %s", oneLine(tag))
			}
		}
	}
	if p.Category > 0 && o.has("category_id") && o.integer("category_id") != int64(p.Category) {
		warn("the host put the file into category %s instead of %d", o.line("category_id"), p.Category)
	}
	if p.NSFW && o.has("nsfw") && o.integer("nsfw") == 0 {
		warn("the host did not mark the file as not safe for work")
	}
	if p.Width > 0 && im.Width > 0 && im.Width != p.Width {
		warn("the host stored a width of %d pixels instead of %d", im.Width, p.Width)
	}
	return list
}

// compareExpiration compares with the host's own clock. The tolerance grows
// with the interval: presets count calendar days and months, in the host's
// time zone.
func compareExpiration(asked string, im Image, from time.Time) string {
	if asked == "" {
		if im.Expires.IsZero() {
			return ""
		}
		return fmt.Sprintf("nobody asked for it, but the host will delete the file on %s (a default of the account)", im.Expires.Format("2006-01-02 15:04 UTC"))
	}
	iv, err := parseInterval(asked)
	if err != nil {
		return ""
	}
	if im.Expires.IsZero() {
		return "the host did not take over the expiration: it keeps the file"
	}
	tolerance := 2 * time.Minute
	switch {
	case iv.years > 0 || iv.months > 0:
		tolerance = 4 * 24 * time.Hour
	case iv.days > 0:
		tolerance = 2 * time.Hour
	}
	if off := im.Expires.Sub(iv.after(from)); off > tolerance || off < -tolerance {
		return fmt.Sprintf("the host will delete the file on %s, which is not what was asked for", im.Expires.Format("2006-01-02 15:04 UTC"))
	}
	return ""
}

// storedTags returns the names of an answer's tags.
func storedTags(o object) []string {
	var names []string
	items := o.list("tags")
	for _, item := range o.child("tags") { // PHP writes a list with gaps as an object
		items = append(items, item)
	}
	for _, raw := range items {
		if tag, ok := membersOf(raw); ok {
			names = append(names, tag.line("name"))
		} else if whole := (object{"name": raw}); whole.text("name") != "" {
			names = append(names, whole.line("name"))
		}
	}
	return append(names, strings.Split(o.line("tags_string"), ",")...)
}

// sameTag compares as a real host does: it makes white space single, and its
// database (utf8mb4_general_ci) takes "Été" and "ete" for the same tag and
// answers with the one that it met first.
func sameTag(a, b string) bool {
	ra, rb := []rune(strings.ToLower(oneLine(a))), []rune(strings.ToLower(oneLine(b)))
	return slices.EqualFunc(ra, rb, func(x, y rune) bool {
		return x == y || unicode.Is(unicode.Latin, x) && unicode.Is(unicode.Latin, y) && max(x, y) > unicode.MaxASCII
	})
}
