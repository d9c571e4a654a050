package client

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

// LinkKinds are all kinds, in the order shown to people.
func LinkKinds() []LinkKind {
	return []LinkKind{LinkDirect, LinkViewer, LinkShort, LinkThumb, LinkMedium, LinkMarkdown, LinkHTML, LinkBBCode}
}

// Link returns the image's link of kind, escaped as its form needs. It is
// empty when the host gave none (a moderated upload has no direct link) or
// when what it gave is not http or https or holds control characters.
// A video's Markdown and HTML forms link to it instead of embedding it.
func (im Image) Link(kind LinkKind) string {
	panic("not written yet")
}

// Template applies a text/template over the answer: the fields of the
// host's "image" object by their JSON names ({{.url_viewer}},
// {{.thumb.url}}), and {{.Name}} and the like for the typed ones.
func (im Image) Template(text string) (string, error) {
	panic("not written yet")
}
