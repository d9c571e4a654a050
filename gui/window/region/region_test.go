package region

import (
	"image"
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
)

// screenOf is the picture of a monitor on which every pixel is another.
func screenOf(at image.Rectangle) Monitor {
	m := image.NewNRGBA(image.Rectangle{Max: at.Size()})
	for y := range at.Dy() {
		for x := range at.Dx() {
			m.SetNRGBA(x, y, color.NRGBA{uint8(x), uint8(y), uint8(x >> 8), 255})
		}
	}
	return Monitor{at, m}
}

// table is a picker on two monitors, the second of them left of the first.
type table struct {
	*Picker
	answers []image.Rectangle
}

func newTable(t *testing.T) *table {
	t.Helper()
	a := test.NewTempApp(t)
	tb := &table{}
	tb.Picker = New(Config{
		App:      a,
		Monitors: []Monitor{screenOf(image.Rect(0, 0, 400, 300)), screenOf(image.Rect(-200, 50, 0, 250))},
		Done:     func(r image.Rectangle) { tb.answers = append(tb.answers, r) },
	})
	tb.boards[0].Resize(fyne.NewSize(400, 300))
	tb.boards[1].Resize(fyne.NewSize(400, 400)) // shown twice as large
	return tb
}

// drag moves the mouse with its button down over a board.
func (tb *table) drag(board int, from, to fyne.Position) {
	b := tb.boards[board]
	at := func(p fyne.Position) *desktop.MouseEvent {
		return &desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: p}, Button: desktop.MouseButtonPrimary}
	}
	b.MouseMoved(at(from))
	b.MouseDown(at(from))
	b.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: to}})
	b.DragEnd()
	b.MouseUp(at(to))
}

func (tb *table) keys(held fyne.KeyModifier, keys ...fyne.KeyName) {
	for _, k := range keys {
		tb.Type(k, held)
	}
}

func (tb *table) want(t *testing.T, r image.Rectangle) {
	t.Helper()
	if got := tb.Region(); got != r {
		t.Errorf("selected is %v, want %v", got, r)
	}
}

func TestARectangleIsDraggedFromAnyCornerAndTakenByEnter(t *testing.T) {
	for name, ends := range map[string][2]fyne.Position{
		"down to the right": {fyne.NewPos(10, 20), fyne.NewPos(29, 49)},
		"up to the left":    {fyne.NewPos(29, 49), fyne.NewPos(10, 20)},
		"up to the right":   {fyne.NewPos(10, 49), fyne.NewPos(29, 20)},
	} {
		t.Run(name, func(t *testing.T) {
			tb := newTable(t)
			tb.drag(0, ends[0], ends[1])
			tb.want(t, image.Rect(10, 20, 30, 50))
			if len(tb.answers) > 0 {
				t.Fatalf("taken before Enter: %v", tb.answers)
			}
			tb.keys(0, fyne.KeyReturn, fyne.KeyReturn)
			if len(tb.answers) != 1 || tb.answers[0] != image.Rect(10, 20, 30, 50) {
				t.Errorf("answered %v", tb.answers)
			}
		})
	}
}

func TestAPlaceOnAnotherMonitorIsToldInThePlaneTheyShare(t *testing.T) {
	tb := newTable(t)
	tb.drag(1, fyne.NewPos(0, 0), fyne.NewPos(399, 399))
	tb.want(t, image.Rect(-200, 50, 0, 250))
	tb.drag(1, fyne.NewPos(20, 40), fyne.NewPos(41, 61))
	tb.want(t, image.Rect(-190, 70, -179, 81))
	tb.drag(0, fyne.NewPos(0, 0), fyne.NewPos(9, 9))
	tb.want(t, image.Rect(0, 0, 10, 10))
	if tb.boards[1].border.Visible() || !tb.boards[0].border.Visible() {
		t.Error("the border stands on the wrong monitor")
	}
}

func TestADragThatLeavesTheMonitorEndsAtItsEdge(t *testing.T) {
	tb := newTable(t)
	tb.drag(0, fyne.NewPos(350, 250), fyne.NewPos(900, -40))
	tb.want(t, image.Rect(350, 0, 400, 251))
}

func TestArrowKeysMoveAndWithShiftResizeWithinTheMonitor(t *testing.T) {
	tb := newTable(t)
	tb.drag(0, fyne.NewPos(10, 20), fyne.NewPos(19, 29))
	tb.keys(0, fyne.KeyRight, fyne.KeyRight, fyne.KeyDown)
	tb.want(t, image.Rect(12, 21, 22, 31))
	tb.keys(fyne.KeyModifierShift, fyne.KeyRight, fyne.KeyUp)
	tb.want(t, image.Rect(12, 21, 23, 30))
	for range 50 {
		tb.keys(0, fyne.KeyLeft, fyne.KeyUp)
		tb.keys(fyne.KeyModifierShift, fyne.KeyLeft, fyne.KeyUp)
	}
	if got := tb.Region(); got.Size() != image.Pt(1, 1) || got.Min != image.Pt(0, 0) {
		t.Errorf("at the edge it is %v", got)
	}
}

func TestWithoutAMouseArrowKeysBeginInTheMiddle(t *testing.T) {
	tb := newTable(t)
	tb.keys(0, fyne.KeyEnter)
	if len(tb.answers) > 0 {
		t.Fatalf("nothing is selected, and %v was taken", tb.answers)
	}
	tb.keys(0, fyne.KeyDown)
	tb.want(t, image.Rect(75, 75, 325, 225))
}

func TestEscTakesNothing(t *testing.T) {
	tb := newTable(t)
	tb.drag(0, fyne.NewPos(10, 20), fyne.NewPos(19, 29))
	tb.keys(0, fyne.KeyEscape, fyne.KeyReturn)
	if len(tb.answers) != 1 || !tb.answers[0].Empty() {
		t.Errorf("answered %v", tb.answers)
	}
}

func TestAClickLeavesWhatIsSelectedAndTwoTakeIt(t *testing.T) {
	tb := newTable(t)
	tb.drag(0, fyne.NewPos(10, 20), fyne.NewPos(19, 29))
	e := &desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(15, 25)}, Button: desktop.MouseButtonPrimary}
	tb.boards[0].MouseDown(e)
	tb.boards[0].MouseUp(e)
	tb.want(t, image.Rect(10, 20, 20, 30))
	tb.boards[0].DoubleTapped(&e.PointEvent)
	if len(tb.answers) != 1 || tb.answers[0] != image.Rect(10, 20, 20, 30) {
		t.Errorf("answered %v", tb.answers)
	}
}

func TestTheMagnifierShowsThePixelUnderTheMouse(t *testing.T) {
	tb := newTable(t)
	b := tb.boards[0]
	b.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(300, 120)}})
	if !b.lens.lens.Visible() || b.lens.words.Text != "300, 120" {
		t.Fatalf("it says %q", b.lens.words.Text)
	}
	middle := lensPixels / 2 * lensZoom
	got := color.NRGBAModel.Convert(b.lens.lens.Image.At(middle+lensZoom/2, middle+lensZoom/2))
	want := color.NRGBAModel.Convert(b.monitor.Picture.At(300, 120))
	if got != want {
		t.Errorf("its middle is %v, want %v", got, want)
	}
	b.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(399, 299)}})
	if end := b.lens.frame.Position().Add(b.lens.frame.Size()); end.X > 400 || end.Y > 300 {
		t.Errorf("in the corner it ends at %v, outside of the window", end)
	}
	b.MouseOut()
	if b.lens.lens.Visible() {
		t.Error("it stays when the mouse goes")
	}
	tb.drag(1, fyne.NewPos(20, 40), fyne.NewPos(41, 61))
	if got := tb.boards[1].lens.words.Text; got != "-180, 80   11 × 11" {
		t.Errorf("beside a selection it says %q", got)
	}
}

func TestAPictureOfOtherProportionsIsShownWhole(t *testing.T) {
	f := fitIn(image.Rect(0, 0, 1000, 500), fyne.NewSize(500, 500))
	if f.place != fyne.NewPos(0, 125) || f.size != fyne.NewSize(500, 250) {
		t.Errorf("it lies at %v, %v", f.place, f.size)
	}
	for _, p := range []image.Point{{0, 0}, {999, 499}, {333, 77}} {
		if got := f.pixel(f.spot(p)); got != p {
			t.Errorf("%v comes back as %v", p, got)
		}
	}
	if got := fitIn(image.Rectangle{}, fyne.NewSize(5, 5)).pixel(fyne.NewPos(3, 3)); got != (image.Point{}) {
		t.Errorf("without a picture: %v", got)
	}
}
