package window

import (
	"fmt"
	"image/color"
	"math"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/look"
	"images-uploader.com/upshot/gui/window/windowtest"
)

// area is a part of the window.
type area struct{ at, end fyne.Position }

func (a area) holds(p fyne.Position) bool {
	return p.X >= a.at.X && p.Y >= a.at.Y && p.X < a.end.X && p.Y < a.end.Y
}

func (a area) within(b area) area {
	return area{
		fyne.NewPos(max(a.at.X, b.at.X), max(a.at.Y, b.at.Y)),
		fyne.NewPos(min(a.end.X, b.end.X), min(a.end.Y, b.end.Y)),
	}
}

// ground is something painted that text may stand on.
type ground struct {
	area
	fill color.Color
}

// text is a text as it is painted.
type text struct {
	words string
	fill  color.Color
	on    []ground // from below
}

// painted are the texts of o that can be seen, with what is painted below them.
func painted(o fyne.CanvasObject, whole fyne.Size) []text {
	var texts []text
	var grounds []ground
	where := fyne.CurrentApp().Driver().AbsolutePositionForObject
	var in func(o fyne.CanvasObject, seen area)
	in = func(o fyne.CanvasObject, seen area) {
		if !o.Visible() {
			return
		}
		at := where(o)
		own := area{at, at.Add(o.Size())}.within(seen)
		switch o := o.(type) {
		case *canvas.Rectangle:
			grounds = append(grounds, ground{own, o.FillColor})
		case *canvas.Text:
			middle := at.AddXY(min(o.MinSize().Width, o.Size().Width)/2, o.Size().Height/2)
			if strings.TrimSpace(o.Text) == "" || !seen.holds(middle) {
				return
			}
			t := text{words: o.Text, fill: o.Color}
			for _, g := range grounds {
				if g.holds(middle) {
					t.on = append(t.on, g)
				}
			}
			texts = append(texts, t)
		case *fyne.Container:
			for _, child := range o.Objects {
				in(child, seen)
			}
		case *container.Scroll:
			for _, child := range test.WidgetRenderer(o).Objects() {
				in(child, own)
			}
		case fyne.Widget:
			for _, child := range test.WidgetRenderer(o).Objects() {
				in(child, seen)
			}
		}
	}
	in(o, area{end: fyne.NewPos(whole.Width, whole.Height)})
	return texts
}

// over paints a colour over another.
func over(below, above color.Color) color.Color {
	a, b := color.NRGBAModel.Convert(above).(color.NRGBA), color.NRGBAModel.Convert(below).(color.NRGBA)
	mix := func(x, y uint8) uint8 { return uint8((int(x)*int(a.A) + int(y)*(255-int(a.A))) / 255) }
	return color.NRGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
}

func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	lin := func(v uint32) float64 {
		f := float64(v) / 0xffff
		if f <= 0.04045 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*lin(r) + 0.7152*lin(g) + 0.0722*lin(b)
}

func contrast(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

// readable fails where a text that can be seen has too little contrast. It
// returns how many texts there are.
func (d *desk) readable(name string, o fyne.CanvasObject) int {
	d.t.Helper()
	texts := painted(o, d.win.Canvas().Size())
	for _, text := range texts {
		below := look.Color(theme.ColorNameBackground)
		for _, g := range text.on {
			below = over(below, g.fill)
		}
		if got := contrast(over(below, text.fill), below); got < 4.5 {
			d.t.Errorf("%s: %q has a contrast of %.2f: %v on %v", name, text.words, got, text.fill, below)
		}
	}
	return len(texts)
}

func TestEveryTextOfEveryScreenCanBeRead(t *testing.T) {
	for _, choice := range []string{"light", "dark"} {
		t.Run(choice, func(t *testing.T) {
			fake := rich(t)
			s := fake.KeptSettings()
			s.Theme = choice
			fake.SetSettings(s)
			fake.Change(func(s *uploader.Snapshot, _ *[]job.Job) {
				s.Limit = 500_000
				s.Notices = []uploader.Notice{{ID: "a", Headline: "Something is to be known", Hint: "and something to be done"}}
				s.Undo = &uploader.UndoOffer{IDs: []job.ID{1}, Name: "a.png", Until: time.Now().Add(time.Hour)}
			})
			sit(t, fake, func(d *desk) {
				screens := 0
				d.everything(func(name string, o fyne.CanvasObject) {
					screens++
					if n := d.readable(name, o); n < 3 {
						t.Errorf("%s has %d texts: are they found?", name, n)
					}
				})
				if screens < 10 {
					t.Errorf("only %d screens were looked at", screens)
				}
				d.ctrl(fyne.Key3)
				d.win.Canvas().Focus(d.shell.history.list.List)
				d.key(fyne.KeySpace)
				d.key(fyne.KeyDown)
				d.readable("history with a mark", d.win.Canvas().Content())
				d.shell.history.toggle()
				d.wait()
				d.readable("history as pictures", d.win.Canvas().Content())
				fake.Refuse(errSomething)
				d.ctrl(fyne.Key1)
				d.press("Paste")
				d.readable("a failure", d.win.Canvas().Content())
				d.answer(nil)
				fake.Go()
				d.wait()
				d.readable("nobody answers", d.win.Canvas().Content())
			})
			empty := &windowtest.Fake{}
			empty.SetSettings(uploader.Settings{Theme: choice})
			sit(t, empty, func(d *desk) {
				d.readable("first run", d.win.Canvas().Content())
				test.Type(d.first.form.key, "wrong")
				d.press("Check")
				d.readable("first run with a wrong key", d.win.Canvas().Content())
				d.press("Later")
				for _, key := range []fyne.KeyName{fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4} {
					d.ctrl(key)
					d.readable(fmt.Sprint("with nothing, Ctrl+", key), d.win.Canvas().Content())
				}
			})
		})
	}
}

// What is painted over is found, or the test above could not fail.
func TestATextOnItsOwnColourIsFound(t *testing.T) {
	test.NewTempApp(t)
	pale := color.NRGBA{240, 240, 240, 255}
	o := container.NewStack(canvas.NewRectangle(color.Black), canvas.NewRectangle(color.White), canvas.NewText("pale", pale))
	win := test.NewTempWindow(t, o)
	win.Resize(fyne.NewSize(200, 100))
	texts := painted(o, fyne.NewSize(200, 100))
	if len(texts) != 1 || len(texts[0].on) != 2 || contrast(over(texts[0].on[1].fill, texts[0].fill), texts[0].on[1].fill) > 1.2 {
		t.Errorf("found %+v", texts)
	}
}
