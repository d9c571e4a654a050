package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"images-uploader.com/upshot/client/engine"
	"images-uploader.com/upshot/platform/dirs"
	"images-uploader.com/upshot/platform/instance"
	"images-uploader.com/upshot/platform/screen"
)

// newScreen is this system's screen. The last region is kept in a file, so
// that another run of the program finds it.
func newScreen() monitors {
	last := ""
	if d, err := dirs.New(dirs.Config{Getenv: os.Getenv}); err == nil {
		last = filepath.Join(d.State, "last-region")
	}
	return monitors{screen.New(screen.Config{LastFile: last})}
}

// monitors speak of shots in the engine's words.
type monitors struct{ *screen.Screen }

// Take takes a picture.
func (m monitors) Take(ctx context.Context, shot engine.Shot, w io.Writer) (engine.Taken, error) {
	taken, err := m.Screen.Take(ctx, screen.Shot(shot), w)
	return engine.Taken(taken), err
}

// Freeze takes one to choose a part of.
func (m monitors) Freeze(ctx context.Context) (engine.Frozen, error) {
	f, err := m.Screen.Freeze(ctx)
	if err != nil {
		return nil, err
	}
	return frozen{f}, nil
}

// frozen is a frozen screen in the engine's words.
type frozen struct{ *screen.Frozen }

// Write writes a region.
func (f frozen) Write(w io.Writer, region image.Rectangle, quality int) (engine.Taken, error) {
	taken, err := f.Frozen.Write(w, region, quality)
	return engine.Taken(taken), err
}

// WriteMonitor writes a monitor.
func (f frozen) WriteMonitor(w io.Writer, display, quality int) (engine.Taken, error) {
	taken, err := f.Frozen.WriteMonitor(w, display, quality)
	return engine.Taken(taken), err
}

// PickFlag has upshot-gui let the person pick a region. Each argument is a
// monitor, X,Y,W,H=FILE; the region comes back on its standard output in the
// same form, nothing when the person does not want to.
const PickFlag = "--pick-region"

// pickTime bounds how long a region is picked: nobody may be there.
const pickTime = 10 * time.Minute

// endTime is how long a window may take to end that is not needed any more.
const endTime = 2 * time.Second

// window picks regions in a window, which is a program of its own.
type window struct{}

// Pick shows the pictures and waits for the person.
func (window) Pick(ctx context.Context, monitors []image.Rectangle, files []string) (image.Rectangle, error) {
	none := image.Rectangle{}
	path, err := instance.Sibling("upshot-gui")
	if err != nil {
		return none, fmt.Errorf("a region is picked in the window, but %v; give it as X,Y,W,H: %w", err, errors.ErrUnsupported) //nolint:errorlint // that it does not exist is not what is wrong with the region
	}
	ctx, cancel := context.WithTimeout(ctx, pickTime)
	defer cancel()
	args := []string{PickFlag}
	for i, m := range monitors {
		args = append(args, screen.FormatRegion(m)+"="+files[i])
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = instance.WithoutSecrets(os.Environ())
	cmd.Dir = string(filepath.Separator)
	cmd.WaitDelay = endTime
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &limited{w: &out, left: 1 << 10}, &limited{w: &said, left: 4 << 10}
	err = cmd.Run()
	switch {
	case ctx.Err() != nil:
		return none, ctx.Err()
	case err != nil && said.Len() > 0:
		first, _, _ := strings.Cut(said.String(), "\n")
		return none, fmt.Errorf("the window did not pick a region (%w): %s", err, first)
	case err != nil:
		return none, fmt.Errorf("the window did not pick a region: %w", err)
	}
	answer := strings.TrimSpace(out.String())
	if answer == "" {
		return none, nil
	}
	region, err := screen.ParseRegion(answer)
	if err != nil {
		return none, fmt.Errorf("the window's answer is no region: %w", err)
	}
	return region, nil
}

// limited takes so many bytes and drops the rest.
type limited struct {
	w    io.Writer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	n := min(len(p), l.left)
	l.left -= n
	if _, err := l.w.Write(p[:n]); err != nil {
		return 0, err
	}
	return len(p), nil
}
