package client

import (
	"html"
	"strings"
	"unicode"
)

// LinkKind names a way to give an image's link to somebody.
type LinkKind string

// The kinds of link.
const (
	LinkDirect   LinkKind = "direct"   // the file itself
	LinkViewer   LinkKind = "viewer"   // the host's page about it
	LinkShort    LinkKind = "short"    // the page by its short address
	LinkThumb    LinkKind = "thumb"    // the small preview
	LinkMedium   LinkKind = "medium"   // the middle size, or the file itself when there is none
	LinkMarkdown LinkKind = "markdown" // ![title](direct)
	LinkHTML     LinkKind = "html"     // <a href=viewer><img src=direct alt=title></a>
	LinkBBCode   LinkKind = "bbcode"   // [url=viewer][img]direct[/img][/url]
)

// The same forms with the small preview in place of the file; they are not
// among LinkKinds.
const (
	LinkMarkdownThumb LinkKind = "markdown-thumb" // [![title](thumb)](viewer)
	LinkHTMLThumb     LinkKind = "html-thumb"     // <a href=viewer><img src=thumb alt=title></a>
	LinkBBCodeThumb   LinkKind = "bbcode-thumb"   // [url=viewer][img]thumb[/img][/url]
)

// LinkKinds are all kinds, in the order shown to people.
func LinkKinds() []LinkKind {
	return []LinkKind{LinkDirect, LinkViewer, LinkShort, LinkThumb, LinkMedium, LinkMarkdown, LinkHTML, LinkBBCode}
}

// Link returns the image's link of kind, escaped as its form needs. It is
// empty when the host gave none (a moderated upload has no direct link) or
// when what it gave is not http or https or holds control characters.
// A video's Markdown, HTML and BBCode forms link to it instead of embedding it.
func (im Image) Link(kind LinkKind) string {
	direct, viewer := safeLink(im.URL), safeLink(im.ViewerURL)
	thumb, medium := safeLink(im.ThumbURL), safeLink(im.MediumURL)
	switch kind {
	case LinkDirect:
		return direct
	case LinkViewer:
		return viewer
	case LinkShort:
		return safeLink(im.ShortURL)
	case LinkThumb:
		return thumb
	case LinkMedium:
		return first(medium, direct)
	case LinkMarkdown:
		return im.markdown(direct, "")
	case LinkHTML:
		return im.html(direct, viewer)
	case LinkBBCode:
		return im.bbcode(direct, viewer)
	case LinkMarkdownThumb:
		return still(im).markdown(thumb, first(viewer, direct))
	case LinkHTMLThumb:
		return still(im).html(thumb, first(viewer, direct))
	case LinkBBCodeThumb:
		return still(im).bbcode(thumb, first(viewer, direct))
	}
	return ""
}

// still returns im as a picture: the preview of a video is one.
func still(im Image) Image {
	im.Type = "image"
	return im
}

func (im Image) markdown(src, to string) string {
	if src == "" {
		return ""
	}
	text := "[" + markdownText(im.caption(src)) + "](" + markdownURL(src) + ")"
	if im.Type != "video" {
		text = "!" + text
	}
	if to != "" {
		text = "[" + text + "](" + markdownURL(to) + ")"
	}
	return text
}

func (im Image) html(src, to string) string {
	if src == "" {
		return ""
	}
	caption := html.EscapeString(im.caption(src))
	if im.Type == "video" {
		return `<a href="` + html.EscapeString(src) + `">` + caption + `</a>`
	}
	text := `<img src="` + html.EscapeString(src) + `" alt="` + caption + `">`
	if to != "" {
		text = `<a href="` + html.EscapeString(to) + `">` + text + `</a>`
	}
	return text
}

func (im Image) bbcode(src, to string) string {
	if src == "" {
		return ""
	}
	if im.Type == "video" {
		return "[url=" + bbcodeURL(src) + "]" + bbcodeText(im.caption(src)) + "[/url]"
	}
	text := "[img]" + bbcodeURL(src) + "[/img]"
	if to != "" {
		text = "[url=" + bbcodeURL(to) + "]" + text + "[/url]"
	}
	return text
}

// caption is what stands for the file in words.
func (im Image) caption(link string) string {
	return first(oneLine(im.Title), oneLine(im.Name), link)
}

// markdownText escapes all punctuation, as CommonMark allows.
func markdownText(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r < unicode.MaxASCII && (unicode.IsPunct(r) || unicode.IsSymbol(r)) && !strings.ContainsRune(".,:;'/?%", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// The addresses below have passed safeLink: no white space, no control
// characters. What would end them in the form they stand in is encoded.
func markdownURL(s string) string {
	return strings.NewReplacer("(", "%28", ")", "%29", "<", "%3C", ">", "%3E", `"`, "%22", `\`, "%5C", "[", "%5B", "]", "%5D").Replace(s)
}

func bbcodeURL(s string) string {
	return strings.NewReplacer("[", "%5B", "]", "%5D", `"`, "%22", "'", "%27").Replace(s)
}

func bbcodeText(s string) string { return strings.NewReplacer("[", "(", "]", ")").Replace(s) }
