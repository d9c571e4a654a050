package icons

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"testing"
)

func decode(t *testing.T, data []byte) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func TestTheAppMarkHasEverySizeItPromises(t *testing.T) {
	for _, size := range AppSizes() {
		if got := decode(t, AppPNG(size)).Bounds().Size(); got != image.Pt(size, size) {
			t.Errorf("size %d is %v", size, got)
		}
	}
	if AppPNG(17) != nil {
		t.Error("a size that is not there gave a picture")
	}
	if got := decode(t, App()).Bounds().Dx(); got != 256 {
		t.Errorf("App is %d wide", got)
	}
}

func TestTrayPicturesAreThereForEveryStateAndIdleForOthers(t *testing.T) {
	idle, _ := Tray(Idle)
	for _, s := range States() {
		p, ico := Tray(s)
		if got := decode(t, p).Bounds().Dx(); got != 44 {
			t.Errorf("%s is %d wide", s, got)
		}
		checkICO(t, ico, 6)
		if s != Idle && bytes.Equal(p, idle) {
			t.Errorf("%s looks idle", s)
		}
	}
	if p, _ := Tray("nonsense"); !bytes.Equal(p, idle) {
		t.Error("an unknown state does not look idle")
	}
	checkICO(t, AppICO(), 7)
}

// checkICO walks the directory of a Windows icon.
func checkICO(t *testing.T, ico []byte, want int) {
	t.Helper()
	le := binary.LittleEndian
	if le.Uint16(ico) != 0 || le.Uint16(ico[2:]) != 1 || int(le.Uint16(ico[4:])) != want {
		t.Fatalf("header %v, want an icon with %d pictures", ico[:6], want)
	}
	end := 6 + 16*want
	for i := range want {
		entry := ico[6+16*i:]
		size, length, at := int(entry[0]), int(le.Uint32(entry[8:])), int(le.Uint32(entry[12:]))
		if at != end {
			t.Errorf("picture %d starts at %d, want %d", i, at, end)
		}
		end += length
		if size == 0 { // 256: a PNG
			decode(t, ico[at:at+length])
			continue
		}
		if got := int(le.Uint32(ico[at+4:])); got != size {
			t.Errorf("picture %d says %d pixels inside, %d outside", i, got, size)
		}
	}
	if end != len(ico) {
		t.Errorf("ends at %d of %d bytes", end, len(ico))
	}
}

func TestTrayPicturesAreToldApartWithoutColour(t *testing.T) {
	const size = 22
	grey := map[State][]float64{}
	for _, s := range States() {
		grey[s] = onPanel(t, s, color.White)
	}
	for i, a := range States() {
		for _, b := range States()[i+1:] {
			var clear int
			for p := range grey[a] {
				if math.Abs(grey[a][p]-grey[b][p]) > 0.25 {
					clear++
				}
			}
			if clear < size*size/8 {
				t.Errorf("%s and %s differ clearly in only %d of %d pixels", a, b, clear, size*size)
			}
		}
	}
}

func TestTrayPicturesStandOutOnLightAndDarkPanels(t *testing.T) {
	for _, panel := range []color.Gray{{0xff}, {0xf0}, {0x20}, {0x00}} {
		ground := luminance(panel)
		for _, s := range States() {
			// the graphic as a whole needs 3:1 to the panel (WCAG 1.4.11):
			// enough of its pixels have it
			var seen int
			for _, p := range onPanel(t, s, panel) {
				if contrast(p, ground) >= 3 {
					seen++
				}
			}
			if seen < 22*22/8 {
				t.Errorf("%s on %02x: only %d pixels stand out", s, panel.Y, seen)
			}
		}
	}
}

// onPanel gives the luminance of each pixel of a tray picture at 22 px on a panel.
func onPanel(t *testing.T, s State, panel color.Color) []float64 {
	t.Helper()
	data, err := os.ReadFile("png/tray-" + string(s) + "-22.png")
	if err != nil {
		t.Fatal(err)
	}
	img := decode(t, data)
	pr, pg, pb, _ := panel.RGBA()
	var out []float64
	for y := range 22 {
		for x := range 22 {
			r, g, b, a := img.At(x, y).RGBA()
			rest := 0xffff - a
			mix := func(c, p uint32) uint16 { return uint16(c + p*rest/0xffff) }
			out = append(out, luminance(color.RGBA64{mix(r, pr), mix(g, pg), mix(b, pb), 0xffff}))
		}
	}
	return out
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

func contrast(a, b float64) float64 {
	return (math.Max(a, b) + 0.05) / (math.Min(a, b) + 0.05)
}
