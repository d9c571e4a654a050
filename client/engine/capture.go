package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// captureQuality is that of a JPEG: text on a screen stays readable.
const captureQuality = 92

// mostDelay bounds how long a capture waits for its moment.
const mostDelay = time.Hour

// Capture takes a picture of the screen; it is on disk before anything else
// happens with it, and stays there if it cannot be given.
func (e *Engine) Capture(ctx context.Context, c uploader.CaptureOrder) (uploader.Receipt, error) {
	if e.cfg.Screen == nil {
		return uploader.Receipt{}, unsupported("screen capture")
	}
	e.mu.Lock()
	how := e.settings.Capture
	e.mu.Unlock()
	shot, err := e.shot(ctx, c, how)
	if err != nil {
		return uploader.Receipt{}, err
	}
	if c.Order.Account != "" && !c.NoUpload {
		// A mistyped name is said before the picture is taken; whatever else is
		// wrong, after it, with the picture kept.
		if _, err := e.resolve(ctx, c.Order.Account, c.Order.Server); err != nil {
			return uploader.Receipt{}, err
		}
	}
	if err := e.awaitMoment(ctx, cmp.Or(c.Delay, how.Delay)); err != nil {
		return uploader.Receipt{}, err
	}
	var taken Taken
	var failed error // to take it, rather than to write it
	path, err := e.spool("screen."+extension(shot), func(w io.Writer) error {
		if c.Shot == uploader.ShotRegion && shot.Region.Empty() {
			taken, failed = e.pickRegion(ctx, w, shot.JPEG)
		} else {
			taken, failed = e.cfg.Screen.Take(ctx, shot, w)
		}
		return failed
	})
	if err != nil {
		return uploader.Receipt{}, explainShot(c, cmp.Or(failed, err))
	}
	name := captureName(how.Name, taken.Window, time.Now()) + "." + extension(shot)
	return e.give(ctx, c, path, name)
}

// awaitMoment waits for the moment of a capture; snapshots tell of it.
func (e *Engine) awaitMoment(ctx context.Context, delay time.Duration) error {
	if delay <= 0 {
		return ctx.Err()
	}
	at := time.Now().Add(min(delay, mostDelay))
	tell := func(was, now time.Time) {
		e.mu.Lock()
		if e.captureAt.Equal(was) || was.IsZero() {
			e.captureAt = now
		}
		e.mu.Unlock()
		e.changes.touch()
	}
	tell(time.Time{}, at)
	defer tell(at, time.Time{})
	return await(ctx, delay)
}

// give saves and submits a picture that lies in the spool.
func (e *Engine) give(ctx context.Context, c uploader.CaptureOrder, path, name string) (uploader.Receipt, error) {
	if c.Save != "" {
		if err := copyNew(path, c.Save); err != nil {
			e.keepCapture(ctx, path, "")
			return uploader.Receipt{}, err
		}
	}
	if c.NoUpload {
		if c.Save == "" {
			return uploader.Receipt{Saved: path}, nil
		}
		removeSpooled(path, e.log)
		return uploader.Receipt{Saved: c.Save}, nil
	}
	c.Order.Via = job.ViaCapture
	c.Order.Items = []uploader.Item{{Path: path, Input: name, Name: name, Adopt: true}}
	receipt, err := e.Submit(ctx, c.Order)
	if err != nil {
		e.keepCapture(ctx, path, c.Save)
		return receipt, err
	}
	e.dropNotice(uploader.NoticeCapture)
	receipt.Saved = c.Save
	return receipt, nil
}

// keepCapture says where a picture lies that could not be given. It goes only
// if it was saved elsewhere, or if the person took the order back.
func (e *Engine) keepCapture(ctx context.Context, path, saved string) {
	if ctx.Err() != nil || saved != "" {
		removeSpooled(path, e.log)
		return
	}
	e.addNotice(uploader.Notice{
		ID: uploader.NoticeCapture, Headline: "A picture of the screen was taken, but not given to the queue",
		Hint: "it is kept as " + path + "; upload or remove it as you like",
	})
}

// shot is what a capture order asks of the screen.
func (e *Engine) shot(ctx context.Context, c uploader.CaptureOrder, how uploader.Capturing) (Shot, error) {
	var s Shot
	switch cmp.Or(c.Format, how.Format, uploader.CapturePNG) {
	case uploader.CapturePNG:
	case uploader.CaptureJPEG:
		s.JPEG = captureQuality
	default:
		return s, invalid("captures are png or jpeg, not %q", cmp.Or(c.Format, how.Format))
	}
	switch c.Shot {
	case uploader.ShotAll, "":
	case uploader.ShotScreen:
		n, err := e.cfg.Screen.Displays(ctx)
		if err != nil {
			return s, fmt.Errorf("count the monitors: %w", err)
		}
		if s.Display = c.Screen; s.Display < 1 || s.Display > n {
			return s, invalid("there is no screen %d; there are %d", c.Screen, n)
		}
	case uploader.ShotWindow:
		s.Window = true
	case uploader.ShotRegion:
		if s.Region = c.Region.Canon(); c.Region != (image.Rectangle{}) && s.Region.Empty() {
			return s, invalid("a region has a width and a height")
		}
	case uploader.ShotLast:
		s.Last = true
	default:
		return s, invalid("there is no capture of %q", c.Shot)
	}
	return s, nil
}

func invalid(format string, args ...any) error {
	return &client.Error{Kind: client.KindInvalid, Message: fmt.Sprintf(format, args...)}
}

// explainShot says in words what is not there.
func explainShot(c uploader.CaptureOrder, err error) error {
	words := map[uploader.ShotKind]string{
		uploader.ShotWindow: "no window is active",
		uploader.ShotRegion: "that region lies on no monitor",
		uploader.ShotLast:   "no region was captured yet; capture one first",
	}[c.Shot]
	picks := c.Shot == uploader.ShotRegion && c.Region.Empty()
	if words != "" && !picks && errors.Is(err, fs.ErrNotExist) {
		return &client.Error{Kind: client.KindInvalid, Message: words, Err: err}
	}
	return fmt.Errorf("capture the screen: %w", err)
}

// await waits, unless d is none.
func await(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(min(d, mostDelay)):
		return nil
	}
}

// pickRegion freezes the screen and writes the part of it that the person
// picks. The pictures that they pick on lie in the spool until then.
func (e *Engine) pickRegion(ctx context.Context, w io.Writer, quality int) (Taken, error) {
	if e.cfg.Regions == nil {
		return Taken{}, unsupported("picking a region")
	}
	if !e.picking.TryLock() {
		return Taken{}, invalid("a region is being picked already")
	}
	defer e.picking.Unlock()
	frozen, err := e.cfg.Screen.Freeze(ctx)
	if err != nil {
		return Taken{}, err
	}
	monitors := frozen.Monitors()
	files := make([]string, len(monitors))
	for i := range monitors {
		if files[i], err = e.frozenFile(frozen, i+1); err != nil {
			return Taken{}, err
		}
		defer removeSpooled(files[i], e.log)
	}
	region, err := e.cfg.Regions.Pick(ctx, monitors, files)
	if err != nil {
		return Taken{}, fmt.Errorf("pick a region: %w", err)
	}
	if region.Empty() {
		return Taken{}, uploader.ErrNoRegion
	}
	return frozen.Write(w, region, quality)
}

// frozenPattern names the pictures of the frozen screen in the spool.
const frozenPattern = "frozen-*.part"

// dropFrozen removes the pictures that a program left that died while a
// region was picked: nobody asked for them to be kept. Nobody picks yet.
func (e *Engine) dropFrozen() {
	left, _ := filepath.Glob(filepath.Join(e.cfg.Spool, frozenPattern)) // the pattern is right
	for _, path := range left {
		removeSpooled(path, e.log)
	}
}

// frozenFile is the picture of one monitor as a file, for its owner alone.
func (e *Engine) frozenFile(frozen Frozen, display int) (path string, err error) {
	f, err := os.CreateTemp(e.cfg.Spool, frozenPattern)
	if err != nil {
		return "", fmt.Errorf("keep the frozen screen: %w", err)
	}
	defer func() {
		if cerr := f.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("keep the frozen screen: %w", cerr)
		}
		if err != nil {
			removeSpooled(f.Name(), e.log)
		}
	}()
	if _, err = frozen.WriteMonitor(f, display, 0); err != nil {
		return "", fmt.Errorf("keep the frozen screen: %w", err)
	}
	return f.Name(), nil
}

func extension(s Shot) string {
	if s.JPEG > 0 {
		return "jpg"
	}
	return "png"
}

// usualName is how captures are named unless the settings say else.
const usualName = "screenshot-{date}-{time}"

// captureName fills a template in: {date}, {time} and {window}.
func captureName(template, window string, now time.Time) string {
	fill := strings.NewReplacer("{date}", now.Format("2006-01-02"), "{time}", now.Format("150405"), "{window}", window).Replace
	if name := fileName(fill(template)); name != "" {
		return name
	}
	return fileName(fill(usualName))
}

// mostName bounds a file name, in bytes: file systems take 255 with the rest.
const mostName = 120

// fileName makes a text what every system takes as a file name: window titles
// hold anything. What is left may be empty.
func fileName(text string) string {
	var b strings.Builder
	space := false
	for _, r := range text {
		switch {
		case unicode.IsSpace(r):
			space = true
			continue
		case r == unicode.ReplacementChar, !unicode.IsPrint(r):
			continue // control characters, and those that turn the direction of text
		case strings.ContainsRune(`<>:"/\|?*`, r):
			r = '_'
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		if b.Len()+utf8.RuneLen(r) > mostName {
			break
		}
		b.WriteRune(r)
	}
	name := strings.Trim(b.String(), " .")
	switch base, _, _ := strings.Cut(strings.ToUpper(name), "."); base {
	case "CON", "PRN", "AUX", "NUL", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9",
		"LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9":
		return "_" + name // names of devices on Windows
	}
	return name
}
