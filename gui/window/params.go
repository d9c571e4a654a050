package window

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/gui/window/parts"
)

// paramsForm lets what is sent along with every file be chosen.
type paramsForm struct {
	album, tags, expires, width *parts.Input
	nsfw                        *parts.Check
	kept                        client.Params // what is not shown goes along
}

func newParamsForm(w *Window, p client.Params) *paramsForm {
	f := &paramsForm{kept: p}
	f.album = w.input(p.Album, lang.L("the album's id, as in its address"))
	f.tags = w.input(strings.Join(p.Tags, ", "), lang.L("a word, another word"))
	f.expires = w.input(p.Expiration, lang.L("never; or 30m, 12h, 3d, 2w"))
	f.width = w.input(numberText(p.Width), lang.L("as it is; or pixels"))
	f.nsfw = parts.NewCheck(lang.L("Mark as not safe for work"), nil)
	f.nsfw.Checked = p.NSFW
	return f
}

// pairs are the fields for parts.Pairs.
func (f *paramsForm) pairs() []fyne.CanvasObject {
	return []fyne.CanvasObject{
		widget.NewLabel(lang.L("Album")), f.album,
		widget.NewLabel(lang.L("Tags")), f.tags,
		widget.NewLabel(lang.L("Deleted after")), f.expires,
		widget.NewLabel(lang.L("Resized to a width of")), f.width,
		widget.NewLabel(""), f.nsfw,
	}
}

func (f *paramsForm) get() (client.Params, error) {
	p := f.kept
	p.Album, p.Tags, p.NSFW, p.Expiration = strings.TrimSpace(f.album.Text), listOf(f.tags.Text), f.nsfw.Checked, ""
	if typed := strings.TrimSpace(f.expires.Text); typed != "" {
		var err error
		if p.Expiration, err = client.ParseExpiration(typed); err != nil {
			return p, err
		}
	}
	var ok bool
	if p.Width, ok = number(f.width.Text); !ok {
		return p, invalid(lang.L("The width is a number of pixels"))
	}
	return p, p.Validate()
}

// invalid is an error that says what was typed wrong.
func invalid(words string) error { return &client.Error{Kind: client.KindInvalid, Message: words} }

// input is an entry that hands the window's shortcuts on.
func (w *Window) input(text, placeholder string) *parts.Input {
	i := parts.NewInput()
	i.SetText(text)
	i.SetPlaceHolder(placeholder)
	i.OnShortcut, i.OnEscape = w.onShortcut, w.escape
	i.OnSubmitted = func(string) { w.enter() }
	return i
}

// listOf are the words between commas.
func listOf(text string) []string {
	var out []string
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word != "" {
			out = append(out, word)
		}
	}
	return out
}

func numberText(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// number reads a number as it is typed; of nothing, 0.
func number(text string) (int, bool) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0
}

// amount reads a number of bytes as it is typed: 500 kB, 2 MB, 1.5G, 64 KiB. Of
// nothing, 0.
func amount(text string) (int64, bool) {
	text = strings.ToUpper(strings.ReplaceAll(text, " ", ""))
	text = strings.TrimSuffix(strings.TrimSuffix(text, "/S"), "B")
	if text == "" {
		return 0, true
	}
	unit, thousand := 1.0, 1000.0
	if rest, ok := strings.CutSuffix(text, "I"); ok {
		text, thousand = rest, 1024
	}
	for i, letter := range "KMGT" {
		if rest, ok := strings.CutSuffix(text, string(letter)); ok {
			text = rest
			for range i + 1 {
				unit *= thousand
			}
			break
		}
	}
	value, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64)
	if err != nil || value < 0 || value*unit > 1e15 {
		return 0, false
	}
	return int64(value * unit), true
}

// amountText is how a number of bytes is typed.
func amountText(n int64) string {
	if n == 0 {
		return ""
	}
	for _, unit := range []struct {
		bytes int64
		name  string
	}{{1e9, "GB"}, {1 << 30, "GiB"}, {1e6, "MB"}, {1 << 20, "MiB"}, {1e3, "kB"}, {1 << 10, "KiB"}} {
		if n%unit.bytes == 0 {
			return strconv.FormatInt(n/unit.bytes, 10) + " " + unit.name
		}
	}
	return strconv.FormatInt(n, 10) + " B"
}
