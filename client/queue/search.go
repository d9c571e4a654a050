package queue

import (
	"strings"
	"time"

	"images-uploader.com/upshot/client"
)

// wordsOf is the text that a search looks through: names, title, tags,
// links and the day, folded to lower case.
func wordsOf(name, input string, p client.Params, im *client.Image, added time.Time) string {
	parts := []string{name}
	if input != name {
		parts = append(parts, input)
	}
	parts = append(parts, p.Title)
	parts = append(parts, p.Tags...)
	if im != nil {
		parts = append(parts, im.Title, im.URL, im.ViewerURL, im.ShortURL)
	}
	parts = append(parts, added.Local().Format(time.DateOnly))
	var b strings.Builder
	last := ""
	for _, part := range parts {
		if part == "" || part == last {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(part)
		last = part
	}
	return strings.ToLower(b.String())
}

// likeWords is the condition that text holds every word of a search, and its
// arguments; empty for an empty search.
func likeWords(search string) (condition string, args []any) {
	escape := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
	var terms []string
	for _, word := range strings.Fields(strings.ToLower(search)) {
		terms = append(terms, `text LIKE ? ESCAPE '\'`)
		args = append(args, "%"+escape.Replace(word)+"%")
	}
	return strings.Join(terms, " AND "), args
}
