package marker

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// output runs a tool and returns what it prints; what it complains of fails
// the test.
func output(t *testing.T, tool string, args ...string) string {
	t.Helper()
	cmd := exec.Command(tool, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("%s: %v\n%s", tool, err, stderr.String())
	}
	return string(out)
}

// pair writes a file and the marked one.
func pair(t *testing.T, s sample) (before, after string) {
	t.Helper()
	before = filepath.Join(t.TempDir(), "before."+s.kind())
	after = filepath.Join(t.TempDir(), "after."+s.kind())
	for path, data := range map[string][]byte{before: s.data, after: marked(t, marked(t, s.data, "first"), text)} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return before, after
}

func TestFFmpegDecodesTheSameFrames(t *testing.T) {
	needs(t, "ffmpeg")
	for _, s := range samples(t) {
		switch {
		case s.name == "animated.webp": // FFmpeg does not read it
			continue
		case s.name != "animated.gif" && s.kind() != "webp" && s.kind() != "mp4" && s.kind() != "mov":
			continue // Go and ImageMagick look at these
		}
		t.Run(s.name, func(t *testing.T) {
			before, after := pair(t, s)
			frames := func(path string) string {
				return output(t, "ffmpeg", "-v", "error", "-threads", "1", "-i", path, "-f", "framemd5", "-")
			}
			want, got := frames(before), frames(after)
			if want != got {
				t.Errorf("the frames are others\n%s\n%s", want, got)
			}
		})
	}
}

func TestImageMagickSeesTheSame(t *testing.T) {
	needs(t, "convert")
	for _, s := range samples(t) {
		if s.sized() || s.kind() == "mp4" || s.kind() == "mov" {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			before, after := pair(t, s)
			const each = "%m %wx%h %T %D %#\n" // kind, size, delay, disposal, sum of the pixels
			want := output(t, "convert", before, "-format", each, "info:")
			if got := output(t, "convert", after, "-format", each, "info:"); got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

// A real Chevereto saves a JPEG with an orientation anew, by ImageMagick, and
// compares the result as well.
func TestTheMarkOfAJPEGOutlivesImageMagick(t *testing.T) {
	needs(t, "convert")
	jpg := jpegOf(t, 30)
	turned := segmentOf(app0+1, "Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00")
	for name, data := range map[string][]byte{
		"without a comment":      slices.Concat(jpg[:2], turned, jpg[2:]),
		"with one":               slices.Concat(jpg[:2], turned, segmentOf(com, "of its own"), jpg[2:]),
		"with one in front":      slices.Concat(jpg[:2], segmentOf(com, "of its own"), turned, jpg[2:]),
		"with an earlier mark":   marked(t, slices.Concat(jpg[:2], turned, jpg[2:]), "first"),
		"with JFIF in front too": slices.Concat(jpg[:2], segmentOf(app0, "JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00"), turned, jpg[2:]),
	} {
		t.Run(name, func(t *testing.T) {
			before, after := pair(t, sample{"turned.jpg", data})
			saved := func(path string) string { return output(t, "convert", path, "-auto-orient", "jpg:-") }
			was, is := saved(before), saved(after)
			if was == is || !bytes.Contains([]byte(is), []byte(text)) {
				t.Error("the mark is lost, and the host would say duplicate again")
			}
			samePixels(t, []byte(was), []byte(is))
		})
	}
}
