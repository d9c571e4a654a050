package window

import (
	"context"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/parts"
	"images-uploader.com/upshot/gui/window/presenter"
)

// sampleAnswer is what links are shown of while there is no upload to show
// them of.
const sampleAnswer = `{
"name":"sunset","original_filename":"sunset.png","title":"Sunset","id_encoded":"a1b2","mime":"image/png","type":"image",
"width":1920,"height":1080,"size":482133,
"url":"https://images-uploader.com/i/sunset.png","url_viewer":"https://images-uploader.com/image/sunset.a1b2",
"url_short":"https://images-uploader.com/image/a1b2",
"thumb":{"url":"https://images-uploader.com/i/sunset.th.png"},"medium":{"url":"https://images-uploader.com/i/sunset.md.png"},
"is_approved":1}`

// sampleImage is the newest upload that has a link, or the sample.
func (w *Window) sampleImage() client.Image {
	list := w.view.Lists[presenter.History]
	for i := range min(list.Total, 20) {
		if j, ok := list.At(i); ok && j.State == job.Done && j.Image != nil && j.Image.URL != "" {
			return *j.Image
		}
	}
	im, _ := client.DecodeImage([]byte(sampleAnswer))
	return im
}

// linkChoice lets a kind of link be chosen, or a template be written, and
// shows what comes of it.
type linkChoice struct {
	w        *Window
	object   fyne.CanvasObject
	kind     *parts.Select
	template *parts.Input
	preview  *widget.Label
	kinds    []client.LinkKind // as the select lists them; the last is the template's
	usual    bool              // the first stands for no choice of its own
	of       func() client.Image
	changed  func()
	setting  bool
	typed    int
}

// kindTemplate stands in the select for a template.
const kindTemplate client.LinkKind = "template"

// newLinkChoice makes one. With usual, none may be chosen. changed is told of
// every choice that can be used, once the typing has stopped for a moment.
func newLinkChoice(w *Window, usual bool, of func() client.Image, changed func()) *linkChoice {
	l := &linkChoice{w: w, usual: usual, of: of, changed: changed, template: w.input("", "{{.url_viewer}}  {{.title}}"), preview: widget.NewLabel("")}
	l.preview.SizeName = theme.SizeNameCaptionText
	l.preview.Importance = widget.LowImportance
	l.preview.Wrapping = fyne.TextWrapBreak
	l.template.OnChanged = func(string) { l.edited(searchAfter) }
	if usual {
		l.kinds = append(l.kinds, "")
	}
	l.kinds = append(append(l.kinds, client.LinkKinds()...), kindTemplate)
	words := make([]string, len(l.kinds))
	for i, kind := range l.kinds {
		words[i] = linkWord(kind)
	}
	l.kind = parts.NewSelect(words, func(string) { l.edited(0) })
	l.object = container.NewVBox(l.kind, l.template, l.preview)
	return l
}

// set shows a choice.
func (l *linkChoice) set(c job.LinkChoice) {
	l.setting = true
	kind := c.Kind
	switch {
	case c.Template != "":
		kind = kindTemplate
	case kind == "" && !l.usual:
		kind = client.LinkDirect
	}
	l.kind.SetSelectedIndex(max(0, slices.Index(l.kinds, kind)))
	l.template.SetText(c.Template)
	l.setting = false
	l.show()
}

// get is the choice, or why it cannot be used.
func (l *linkChoice) get() (job.LinkChoice, error) {
	kind := l.kinds[max(0, l.kind.SelectedIndex())]
	if kind != kindTemplate {
		return job.LinkChoice{Kind: kind}, nil
	}
	_, err := l.of().Template(l.template.Text)
	return job.LinkChoice{Template: l.template.Text}, err
}

// show shows what comes of the choice.
func (l *linkChoice) show() {
	choice, err := l.get()
	show(l.template, l.kinds[max(0, l.kind.SelectedIndex())] == kindTemplate)
	text := ""
	switch {
	case err != nil:
		text = sentence(uploader.Explain(err).Headline)
	case choice.WantsDeleteLink():
		text = lang.L("This template gives delete links away: who has one can delete the file")
	case choice == (job.LinkChoice{}):
	default:
		text = choice.Of(l.of())
	}
	l.preview.Importance = widget.LowImportance
	if err != nil || choice.WantsDeleteLink() {
		l.preview.Importance = widget.DangerImportance
	}
	l.preview.SetText(text)
	show(l.preview, text != "")
}

func (l *linkChoice) edited(after time.Duration) {
	if l.setting {
		return
	}
	l.show()
	if l.changed == nil {
		return
	}
	l.typed++
	number := l.typed
	l.w.later(after, func() {
		if _, err := l.get(); number == l.typed && err == nil {
			l.changed()
		}
	})
}

// later does something on Fyne's thread after a while.
func (w *Window) later(after time.Duration, do func()) {
	if after <= 0 {
		do()
		return
	}
	w.away(func(ctx context.Context) {
		select {
		case <-ctx.Done():
		case <-time.After(after):
		}
	}, do)
}

// linkWord is a kind of link in words.
func linkWord(kind client.LinkKind) string {
	switch kind {
	case "":
		return lang.L("As everywhere")
	case client.LinkDirect:
		return lang.L("Direct link")
	case client.LinkViewer:
		return lang.L("Page on the host")
	case client.LinkShort:
		return lang.L("Short link")
	case client.LinkThumb:
		return lang.L("Thumbnail")
	case client.LinkMedium:
		return lang.L("Medium size")
	case client.LinkMarkdown:
		return "Markdown"
	case client.LinkHTML:
		return "HTML"
	case client.LinkBBCode:
		return "BBCode"
	case kindTemplate:
		return lang.L("A template of my own")
	default:
		return string(kind)
	}
}
