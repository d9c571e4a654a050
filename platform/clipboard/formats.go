package clipboard

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// The names of forms on a clipboard, best first. X11's own names and MIME
// types share one list: they cannot be mistaken for each other.
var (
	textTargets  = []string{"UTF8_STRING", "text/plain;charset=utf-8", "text/plain", "STRING", "TEXT"}
	fileTargets  = []string{"text/uri-list", "x-special/gnome-copied-files", "x-special/mate-copied-files"}
	imageTargets = []string{
		"image/png", "image/jpeg", "image/jpg", "image/webp", "image/gif", "image/tiff",
		"image/bmp", "image/x-bmp", "image/x-MS-bmp", "image/x-ms-bmp", "image/x-win-bitmap",
	}
)

// textItems are the forms in which text is offered. STRING is Latin-1 by the
// X11 conventions, so not every text has that form.
func textItems(text string) []item {
	items := []item{{[]string{"UTF8_STRING", "text/plain;charset=utf-8", "text/plain", "TEXT"}, []byte(text)}}
	latin1 := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xff {
			return items
		}
		latin1 = append(latin1, byte(r))
	}
	return append(items, item{[]string{"STRING"}, latin1})
}

// concealedTarget is the mark of password managers (KeePassXC, KDE).
const concealedTarget = "x-kde-passwordManagerHint"

// maxPixels bounds the memory that decoding a picture takes.
const maxPixels = 100_000_000

var errNoPicture = errors.New("not a picture of a known encoding")

// asUpload looks at the first bytes of a picture and returns it in an encoding
// that hosts take.
func asUpload(raw []byte) (data []byte, ext string, err error) {
	has := func(prefix string) bool { return bytes.HasPrefix(raw, []byte(prefix)) }
	switch {
	case has("\x89PNG\r\n\x1a\n"):
		return raw, "png", nil
	case has("\xff\xd8\xff"):
		return raw, "jpg", nil
	case has("GIF87a"), has("GIF89a"):
		return raw, "gif", nil
	case has("RIFF") && len(raw) > 12 && string(raw[8:12]) == "WEBP":
		return raw, "webp", nil
	case has("BM"):
		return asPNG(raw, bmp.DecodeConfig, bmp.Decode)
	case has("II*\x00"), has("MM\x00*"):
		return asPNG(raw, tiff.DecodeConfig, tiff.Decode)
	default:
		return nil, "", errNoPicture
	}
}

func asPNG(raw []byte,
	config func(io.Reader) (image.Config, error), decode func(io.Reader) (image.Image, error),
) ([]byte, string, error) {
	c, err := config(bytes.NewReader(raw))
	if err != nil {
		return nil, "", err
	}
	if c.Width <= 0 || c.Height <= 0 || c.Width > maxPixels/c.Height {
		return nil, "", fmt.Errorf("a picture of %d x %d pixels is too large to decode", c.Width, c.Height)
	}
	m, err := decode(bytes.NewReader(raw))
	if err != nil {
		return nil, "", err
	}
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(&out, m); err != nil {
		return nil, "", err
	}
	return out.Bytes(), "png", nil
}

// filePaths reads a list of file URIs (RFC 2483), or what GNOME's file manager
// makes of one: the same behind a line that says copy or cut.
func filePaths(list string) []string {
	var paths []string
	for line := range strings.Lines(list) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if p, ok := localPath(line); ok {
			paths = append(paths, p)
		}
	}
	return paths
}

// localPath is the path of a file URI of this machine.
func localPath(uri string) (string, bool) {
	u, err := url.Parse(uri)
	if err != nil || !strings.EqualFold(u.Scheme, "file") || u.Path == "" || strings.ContainsRune(u.Path, 0) {
		return "", false
	}
	if u.Host != "" && !strings.EqualFold(u.Host, "localhost") {
		if name, err := os.Hostname(); err != nil || !strings.EqualFold(u.Host, name) {
			return "", false
		}
	}
	path := u.Path
	if runtime.GOOS == "windows" {
		path = filepath.FromSlash(strings.TrimPrefix(path, "/"))
	}
	return path, filepath.IsAbs(path)
}
