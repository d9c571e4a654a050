package clipboard_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"images-uploader.com/upshot/platform/clipboard"
	"images-uploader.com/upshot/platform/platformtest"
)

func open(t *testing.T) *clipboard.Clipboard {
	c := clipboard.New(clipboard.Config{})
	t.Cleanup(func() { c.Close() })
	return c
}

func desktop(t *testing.T) *platformtest.Desktop {
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{NoBus: true})
	d.Setenv()
	return d
}

func TestClipboardKeepsTheContract(t *testing.T) {
	platformtest.Need(t, platformtest.GTK)
	platformtest.TestClipboard(t, func(t *testing.T) (platformtest.ClipboardPort, platformtest.ClipboardPeer) {
		d := desktop(t)
		return open(t), &gtk{t: t, d: d}
	})
}

func TestKeptClipboardKeepsTheContract(t *testing.T) {
	platformtest.Need(t, platformtest.GTK)
	platformtest.TestKeptClipboard(t, func(t *testing.T) (platformtest.KeepingClipboard, platformtest.ClipboardPeer) {
		d := desktop(t)
		return open(t), &gtk{t: t, d: d}
	})
}

func TestRichTextIsKeptInBothForms(t *testing.T) {
	platformtest.Need(t, platformtest.GTK)
	d := desktop(t)
	c, g := open(t), &gtk{t: t, d: d}
	g.own("raw", "UTF8_STRING", g.file([]byte("plain")), "text/html", g.file([]byte("<b>plain</b>")))
	restore, err := c.Keep(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SetText(t.Context(), "our link"); err != nil {
		t.Fatal(err)
	}
	if err := restore(t.Context()); err != nil {
		t.Fatal(err)
	}
	if text, html := g.SeenText(), string(g.read("text/html")); text != "plain" || html != "<b>plain</b>" {
		t.Errorf("another program pastes %q and %q", text, html)
	}
}

func TestPasswordIsNotKept(t *testing.T) {
	platformtest.Need(t, platformtest.GTK)
	d := desktop(t)
	c, g := open(t), &gtk{t: t, d: d}
	g.own("raw", "UTF8_STRING", g.file([]byte("hunter2")), "x-kde-passwordManagerHint", g.file([]byte("secret")))
	if _, err := c.Keep(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Keep: %v", err)
	}
}

// gtk is a program that is not ours.
type gtk struct {
	t *testing.T
	d *platformtest.Desktop
}

func (g *gtk) PutText(text string) {
	g.own("raw", "UTF8_STRING", g.file([]byte(text)))
}

func (g *gtk) PutFiles(paths ...string) {
	var list strings.Builder
	for _, p := range paths {
		list.WriteString((&url.URL{Scheme: "file", Path: p}).String() + "\r\n")
	}
	g.own("raw", "text/uri-list", g.file([]byte(list.String())))
}

func (g *gtk) PutImage(data []byte) { g.own("image", g.file(data)) }

func (g *gtk) SeenText() string { return string(g.read("UTF8_STRING")) }

func (g *gtk) SeenImage() []byte { return g.read("image/png") }

func (g *gtk) SeenFiles() string { return string(g.read("text/uri-list")) }

func (g *gtk) read(target string) []byte {
	g.t.Helper()
	out := filepath.Join(g.t.TempDir(), "read")
	g.d.Run(platformtest.Python, script(g.t, "reader.py"), target, out)
	b, err := os.ReadFile(out)
	if err != nil {
		g.t.Fatal(err)
	}
	return b
}

func (g *gtk) file(data []byte) string {
	path := filepath.Join(g.t.TempDir(), "item")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		g.t.Fatal(err)
	}
	return path
}

// own starts an owner and waits until it is the one.
func (g *gtk) own(args ...string) {
	g.t.Helper()
	cmd := g.d.Command(platformtest.Python, append([]string{script(g.t, "owner.py")}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		g.t.Fatal(err)
	}
	p := g.d.Start(cmd)
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "own\n" {
		g.t.Fatalf("the owner said %q, %v: %s", line, err, p.Log())
	}
}

func script(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// large is 20 MB that begin as a PNG does, which is all that is looked at.
func large() []byte {
	data := make([]byte, 20_000_000)
	rand.NewChaCha8([32]byte{20}).Read(data)
	copy(data, "\x89PNG\r\n\x1a\n")
	return data
}

func TestLargePictureOfAnotherProgramIsWhole(t *testing.T) {
	platformtest.Need(t, platformtest.GTK)
	d := desktop(t)
	want := large()
	g := &gtk{t: t, d: d}
	g.own("raw", "image/png", g.file(want))
	got, ext, err := open(t).Image(t.Context())
	if err != nil || ext != "png" || !bytes.Equal(got, want) {
		t.Errorf("%d bytes of %q, %v; want %d", len(got), ext, err, len(want))
	}
}

func TestLargePictureOfOursIsWholeForAnotherProgram(t *testing.T) {
	platformtest.Need(t, platformtest.GTK)
	d := desktop(t)
	want := large()
	if err := open(t).SetImage(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	if got := (&gtk{t: t, d: d}).SeenImage(); !bytes.Equal(got, want) {
		t.Errorf("it pastes %d bytes; want %d", len(got), len(want))
	}
}

func TestWhatCannotBePutThereLeavesWhatIs(t *testing.T) {
	desktop(t)
	c := open(t)
	if err := c.SetText(t.Context(), "as it was"); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"a picture that is none": c.SetImage(t.Context(), []byte("GIF, it says")),
		"no files":               c.SetFiles(t.Context(), nil),
		"a relative path":        c.SetFiles(t.Context(), []string{"a.png"}),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if got, err := c.Text(t.Context()); err != nil || got != "as it was" {
		t.Errorf("Text: %q, %v", got, err)
	}
}

func TestFileManagersArePastedCopies(t *testing.T) {
	platformtest.Need(t, platformtest.GTK)
	d := desktop(t)
	if err := open(t).SetFiles(t.Context(), []string{"/tmp/a b.png"}); err != nil {
		t.Fatal(err)
	}
	if got := string((&gtk{t: t, d: d}).read("x-special/gnome-copied-files")); got != "copy\nfile:///tmp/a%20b.png" {
		t.Errorf("GNOME's pastes %q", got)
	}
}

func TestPicturesAreTakenAsOffered(t *testing.T) {
	platformtest.Need(t, platformtest.GTK)
	m := image.NewPaletted(image.Rect(0, 0, 40, 30), color.Palette{color.White, color.RGBA{200, 0, 0, 255}})
	m.SetColorIndex(7, 9, 1)
	encoded := map[string][]byte{}
	for name, enc := range map[string]func(*bytes.Buffer) error{
		"png":  func(b *bytes.Buffer) error { return png.Encode(b, m) },
		"jpg":  func(b *bytes.Buffer) error { return jpeg.Encode(b, m, nil) },
		"gif":  func(b *bytes.Buffer) error { return gif.Encode(b, m, nil) },
		"bmp":  func(b *bytes.Buffer) error { return bmp.Encode(b, m) },
		"tiff": func(b *bytes.Buffer) error { return tiff.Encode(b, m, nil) },
	} {
		var b bytes.Buffer
		if err := enc(&b); err != nil {
			t.Fatal(err)
		}
		encoded[name] = b.Bytes()
	}
	encoded["webp"] = []byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00")
	encoded["garbage"] = []byte("this is no picture")
	encoded["bomb"] = hugeBMP()

	cases := []struct {
		name    string
		offered []string // target and name of the bytes, in turn
		ext     string   // "" is fs.ErrNotExist
		same    string   // the bytes come as they are
	}{
		{"PNG", []string{"image/png", "png"}, "png", "png"},
		{"JPEG", []string{"image/jpeg", "jpg"}, "jpg", "jpg"},
		{"GIF", []string{"image/gif", "gif"}, "gif", "gif"},
		{"WebP", []string{"image/webp", "webp"}, "webp", "webp"},
		{"BMP becomes PNG", []string{"image/bmp", "bmp"}, "png", ""},
		{"TIFF becomes PNG", []string{"image/tiff", "tiff"}, "png", ""},
		{"PNG before BMP", []string{"image/bmp", "bmp", "image/png", "png"}, "png", "png"},
		{"bytes that are something else than they say", []string{"image/png", "jpg"}, "jpg", "jpg"},
		{"garbage in the first form", []string{"image/png", "garbage", "image/jpeg", "jpg"}, "jpg", "jpg"},
		{"garbage only", []string{"image/png", "garbage"}, "", ""},
		{"a BMP that says it is larger than any memory", []string{"image/bmp", "bomb"}, "", ""},
	}
	d := desktop(t)
	c := open(t)
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			g := &gtk{t: t, d: d}
			args := []string{"raw"}
			for pair := range slices.Chunk(test.offered, 2) {
				args = append(args, pair[0], g.file(encoded[pair[1]]))
			}
			g.own(args...)
			data, ext, err := c.Image(t.Context())
			if test.ext == "" {
				if !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("got %q, %v, want fs.ErrNotExist", ext, err)
				}
				return
			}
			if err != nil || ext != test.ext {
				t.Fatalf("got %q, %v, want %q", ext, err, test.ext)
			}
			if test.same != "" {
				if !bytes.Equal(data, encoded[test.same]) {
					t.Error("the bytes were changed")
				}
				return
			}
			got, err := png.Decode(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			if r, g, b, _ := got.At(7, 9).RGBA(); r>>8 != 200 || g != 0 || b != 0 || got.Bounds() != m.Bounds() {
				t.Errorf("the picture is %v with %v at the mark", got.Bounds(), got.At(7, 9))
			}
		})
	}
}

// hugeBMP is a header that promises 60000 x 60000 pixels, and nothing more.
func hugeBMP() []byte {
	b := make([]byte, 54)
	copy(b, "BM")
	b[10], b[14] = 54, 40
	b[18], b[19] = 0x60, 0xea // width
	b[22], b[23] = 0x60, 0xea // height
	b[26], b[28] = 1, 24
	return b
}

func TestTextOfXclip(t *testing.T) {
	platformtest.Need(t, "xclip")
	d := desktop(t)
	c := open(t)
	cmd := d.Command("xclip", "-selection", "clipboard", "-in", "-quiet")
	cmd.Stdin = strings.NewReader("from xclip: ä")
	d.Start(cmd)
	platformtest.Eventually(t, "the text of xclip is there", func() bool {
		got, err := c.Text(t.Context())
		return err == nil && got == "from xclip: ä"
	})
	t.Run("which answers any request with it, and is not believed", func(t *testing.T) {
		if data, ext, err := c.Image(t.Context()); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Image: %d bytes of %q, %v", len(data), ext, err)
		}
		if paths, err := c.Files(t.Context()); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Files: %q, %v", paths, err)
		}
	})
	t.Run("which reads ours", func(t *testing.T) {
		if err := c.SetText(t.Context(), "to xclip: ü"); err != nil {
			t.Fatal(err)
		}
		for _, target := range []string{"UTF8_STRING", "text/plain;charset=utf-8", "TEXT"} {
			if got := d.Run("xclip", "-selection", "clipboard", "-out", "-target", target); got != "to xclip: ü" {
				t.Errorf("%s: %q", target, got)
			}
		}
		if got := d.Run("xclip", "-selection", "clipboard", "-out", "-target", "STRING"); got != "to xclip: \xfc" {
			t.Errorf("STRING, which is Latin-1: %q", got)
		}
	})
}

func TestRichTextIsOfferedAsBoth(t *testing.T) {
	platformtest.Need(t, platformtest.GTK)
	d := desktop(t)
	c := open(t)
	if err := c.SetRich(t.Context(), "https://example.com/a.png", `<img src="https://example.com/a.png">`); err != nil {
		t.Fatal(err)
	}
	g := &gtk{t: t, d: d}
	if got := string(g.read("text/html")); got != `<img src="https://example.com/a.png">` {
		t.Errorf("html: %q", got)
	}
	if got := g.SeenText(); got != "https://example.com/a.png" {
		t.Errorf("text: %q", got)
	}
}

func TestLinksAreOfferedAsHTMLToo(t *testing.T) {
	platformtest.Need(t, platformtest.GTK)
	d := desktop(t)
	c, g := open(t), &gtk{t: t, d: d}
	const embed = `<a href="https://example.com/i"><img src="https://example.com/a.png" alt="a"></a>`
	for text, html := range map[string]string{
		"https://example.com/a.png?b=1&c=%22": `<a href="https://example.com/a.png?b=1&amp;c=%22">https://example.com/a.png?b=1&amp;c=%22</a>`,
		"https://a.example/1\nhttp://b.example/2": `<a href="https://a.example/1">https://a.example/1</a><br>` + "\n" +
			`<a href="http://b.example/2">http://b.example/2</a>`,
		embed: embed,
	} {
		if err := c.SetText(t.Context(), text); err != nil {
			t.Fatal(err)
		}
		if got := g.SeenText(); got != text {
			t.Errorf("as text it is %q, want %q", got, text)
		}
		if got := string(g.read("text/html")); got != html {
			t.Errorf("as HTML it is %q, want %q", got, html)
		}
	}
	for _, text := range []string{
		"![a](https://example.com/a.png)", "see https://example.com/", "https://example.com/\nand more", "javascript:alert(1)",
		"https://example.com/\" onclick=\"x", "<b>no link of ours</b>", "https:///a", "ftp://example.com/a",
	} {
		if err := c.SetText(t.Context(), text); err != nil {
			t.Fatal(err)
		}
		if offered := d.Run("xclip", "-selection", "clipboard", "-o", "-t", "TARGETS"); strings.Contains(offered, "html") {
			t.Errorf("%q is offered as %q", text, offered)
		}
	}
}

func TestFileListOfGNOME(t *testing.T) {
	platformtest.Need(t, platformtest.GTK)
	d := desktop(t)
	g := &gtk{t: t, d: d}
	g.own("raw", "x-special/gnome-copied-files", g.file([]byte("copy\nfile:///tmp/a%20b.png\nfile://elsewhere.example/tmp/remote.png\nhttps://example.com/c.png")))
	if got, err := open(t).Files(t.Context()); err != nil || !slices.Equal(got, []string{"/tmp/a b.png"}) {
		t.Errorf("Files: %q, %v", got, err)
	}
}

func TestPasswordManagersMarkIsSeen(t *testing.T) {
	platformtest.Need(t, platformtest.GTK)
	d := desktop(t)
	c := open(t)
	if secret, err := c.Concealed(t.Context()); secret || err != nil {
		t.Errorf("an empty clipboard: %v, %v", secret, err)
	}
	g := &gtk{t: t, d: d}
	g.own("raw", "UTF8_STRING", g.file([]byte("hunter2")), "x-kde-passwordManagerHint", g.file([]byte("secret")))
	if secret, err := c.Concealed(t.Context()); !secret || err != nil {
		t.Errorf("a marked one: %v, %v", secret, err)
	}
	g.PutText("plain")
	if secret, err := c.Concealed(t.Context()); secret || err != nil {
		t.Errorf("an unmarked one: %v, %v", secret, err)
	}
}

func TestNoClipboard(t *testing.T) {
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{Headless: true, NoBus: true})
	d.Setenv()
	for name, env := range map[string][2]string{
		"without a display":                  {"", ""},
		"with an X server that has gone":     {":4711", ""},
		"with a compositor that has gone":    {"", "wayland-4711"},
		"with both that have gone":           {":4711", "wayland-4711"},
		"with a display that makes no sense": {"nonsense", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("DISPLAY", env[0])
			t.Setenv("WAYLAND_DISPLAY", env[1])
			c := open(t)
			_, textErr := c.Text(t.Context())
			_, filesErr := c.Files(t.Context())
			_, _, imageErr := c.Image(t.Context())
			for doing, err := range map[string]error{
				"Text": textErr, "Files": filesErr, "Image": imageErr, "SetText": c.SetText(t.Context(), "x"),
			} {
				if !errors.Is(err, errors.ErrUnsupported) {
					t.Errorf("%s: %v, want errors.ErrUnsupported", doing, err)
				}
			}
			if err := c.Lost(t.Context()); err != nil {
				t.Errorf("Lost: %v", err)
			}
		})
	}
}

func TestDisplayThatDiesAndAnotherThatComes(t *testing.T) {
	first := desktop(t)
	c := open(t)
	if err := c.SetText(t.Context(), "on the first"); err != nil {
		t.Fatal(err)
	}
	first.KillScreen()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := c.Lost(ctx); err != nil {
		t.Fatalf("Lost: %v", err)
	}
	if err := c.SetText(ctx, "nowhere"); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("SetText without the display: %v", err)
	}
	desktop(t)
	if err := c.SetText(ctx, "on the second"); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Text(ctx); err != nil || got != "on the second" {
		t.Errorf("Text: %q, %v", got, err)
	}
}

func TestOwnerThatDoesNotAnswerEndsWithTheContext(t *testing.T) {
	platformtest.Need(t, platformtest.GTK)
	d := desktop(t)
	// A program that owns the clipboard and is stopped, as a frozen one is.
	cmd := d.Command(platformtest.Python, script(t, "owner.py"), "raw", "UTF8_STRING", os.DevNull)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p := d.Start(cmd)
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	stop(t, p.Cmd)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := open(t).Text(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with a deadline: %v", err)
	}
	// Without one it gives up by itself.
	if _, err := open(t).Text(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("without a deadline: %v", err)
	}
}

func TestReaderThatDiesInTheMiddleDoesNoHarm(t *testing.T) {
	platformtest.Need(t, platformtest.GTK)
	d := desktop(t)
	c := open(t)
	text := strings.Repeat("0123456789", 500_000)
	if err := c.SetText(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		cmd := d.Command(platformtest.Python, script(t, "reader.py"), "UTF8_STRING", os.DevNull)
		p := d.Start(cmd)
		select {
		case <-p.Done():
		case <-time.After(150 * time.Millisecond): // somewhere in its reading
			p.Kill()
		}
	}
	if got := (&gtk{t: t, d: d}).SeenText(); got != text {
		t.Errorf("the next reader got %d bytes of %d", len(got), len(text))
	}
}

func TestClosingGivesTheClipboardUp(t *testing.T) {
	desktop(t)
	c := open(t)
	if err := c.SetText(t.Context(), "gone with us"); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	platformtest.Eventually(t, "the clipboard is empty", func() bool {
		_, err := open(t).Text(t.Context())
		return errors.Is(err, fs.ErrNotExist)
	})
}

func stop(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
}
