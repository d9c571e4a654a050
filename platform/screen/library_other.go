//go:build !linux

package screen

import (
	"context"
	"fmt"
	"image"
	"runtime"

	"github.com/kbinani/screenshot"
)

func portalOnly() bool { return false }

func portalCapture(context.Context, int, bool) ([]byte, error) { return nil, errNoScreen }

// library is kbinani/screenshot.
type library struct {
	bounds  []image.Rectangle
	restore func()
}

func open() (source, error) {
	// Windows answers in pixels of the monitor only to a thread that says it
	// knows about different scales, and wants its handles back on that thread.
	runtime.LockOSThread()
	l := library{restore: truePixels()}
	for i := range screenshot.NumActiveDisplays() {
		l.bounds = append(l.bounds, screenshot.GetDisplayBounds(i))
	}
	if len(l.bounds) == 0 {
		l.close()
		return nil, errNoScreen
	}
	return l, nil
}

func (l library) close() {
	l.restore()
	runtime.UnlockOSThread()
}

func (l library) monitors() []image.Rectangle { return l.bounds }

func (l library) grab(r image.Rectangle) (*frame, error) {
	m, err := screenshot.CaptureRect(r)
	if err != nil {
		return nil, fmt.Errorf("take the picture: %w", err)
	}
	return &frame{size: r.Size(), rgb: func(y int, row []byte) {
		line := m.Pix[y*m.Stride:]
		for i, j := 0, 0; i+3 <= len(row); i, j = i+3, j+4 {
			copy(row[i:i+3], line[j:j+3])
		}
	}}, nil
}
