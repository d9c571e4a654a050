package client

import (
	"testing"
)

func TestLinksAreEscapedAsTheirFormNeeds(t *testing.T) {
	im := Image{
		Type: "image", Title: `A "b" <c> [d] *e* & ](x)`, URL: "https://h/i/a_(1)[2].png?x=1&y='2'", ViewerURL: "https://h/image/a.b",
		ShortURL: "https://h/image/b", ThumbURL: "https://h/i/a.th.png", MediumURL: "https://h/i/a.md.png",
	}
	video := im
	video.Type, video.MediumURL = "video", ""
	moderated := Image{Type: "image", Title: "t", ViewerURL: "https://h/image/a"}
	for _, c := range []struct {
		name string
		im   Image
		kind LinkKind
		want string
	}{
		{"direct", im, LinkDirect, im.URL},
		{"viewer", im, LinkViewer, im.ViewerURL},
		{"short", im, LinkShort, im.ShortURL},
		{"thumb", im, LinkThumb, im.ThumbURL},
		{"medium", im, LinkMedium, im.MediumURL},
		{"medium of a small picture", video, LinkMedium, im.URL},
		{"markdown", im, LinkMarkdown, `![A \"b\" \<c\> \[d\] \*e\* \& \]\(x\)](https://h/i/a_%281%29%5B2%5D.png?x=1&y='2')`},
		{"html", im, LinkHTML, `<a href="https://h/image/a.b"><img src="https://h/i/a_(1)[2].png?x=1&amp;y=&#39;2&#39;" alt="A &#34;b&#34; &lt;c&gt; [d] *e* &amp; ](x)"></a>`},
		{"bbcode", im, LinkBBCode, `[url=https://h/image/a.b][img]https://h/i/a_(1)%5B2%5D.png?x=1&y=%272%27[/img][/url]`},
		{"markdown of a video", video, LinkMarkdown, `[A \"b\" \<c\> \[d\] \*e\* \& \]\(x\)](https://h/i/a_%281%29%5B2%5D.png?x=1&y='2')`},
		{"html of a video", video, LinkHTML, `<a href="https://h/i/a_(1)[2].png?x=1&amp;y=&#39;2&#39;">A &#34;b&#34; &lt;c&gt; [d] *e* &amp; ](x)</a>`},
		{"bbcode of a video", video, LinkBBCode, `[url=https://h/i/a_(1)%5B2%5D.png?x=1&y=%272%27]A "b" <c> (d) *e* & )(x)[/url]`},
		{"markdown with a preview", video, LinkMarkdownThumb, `[![A \"b\" \<c\> \[d\] \*e\* \& \]\(x\)](https://h/i/a.th.png)](https://h/image/a.b)`},
		{"html with a preview", video, LinkHTMLThumb, `<a href="https://h/image/a.b"><img src="https://h/i/a.th.png" alt="A &#34;b&#34; &lt;c&gt; [d] *e* &amp; ](x)"></a>`},
		{"bbcode with a preview", video, LinkBBCodeThumb, `[url=https://h/image/a.b][img]https://h/i/a.th.png[/img][/url]`},
		{"direct of a moderated file", moderated, LinkDirect, ""},
		{"markdown of a moderated file", moderated, LinkMarkdown, ""},
		{"html of a moderated file", moderated, LinkHTML, ""},
		{"bbcode of a moderated file", moderated, LinkBBCode, ""},
		{"viewer of a moderated file", moderated, LinkViewer, "https://h/image/a"},
		{"html without a viewer", Image{URL: "https://h/a.png"}, LinkHTML, `<img src="https://h/a.png" alt="https://h/a.png">`},
		{"bbcode without a viewer", Image{URL: "https://h/a.png"}, LinkBBCode, `[img]https://h/a.png[/img]`},
		{"markdown without a title", Image{URL: "https://h/a.png", Name: "a\nb.png"}, LinkMarkdown, `![a b.png](https://h/a.png)`},
		{"a kind nobody knows", im, "x", ""},
		{"a script", Image{URL: "javascript:alert(1)"}, LinkDirect, ""},
		{"an escape sequence", Image{URL: "https://h/\x1b[2J"}, LinkHTML, ""},
		{"two lines", Image{URL: "https://h/\nhttps://g/"}, LinkDirect, ""},
		{"a user", Image{URL: "https://h@g/"}, LinkDirect, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.im.Link(c.kind); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}
