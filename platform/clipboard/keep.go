package clipboard

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

// The most that is kept for Undo.
const (
	keepText  = 64 << 10
	keepImage = 8 << 20
)

const htmlTarget = "text/html"

var errNotKept = fmt.Errorf("the clipboard has nothing that may be kept: %w", fs.ErrNotExist)

// Keep remembers in memory what is on the clipboard, and restore puts it back:
// text with its HTML, a picture, a list of files, each in the forms in which it
// was offered. It is fs.ErrNotExist when there is nothing, when it is more than
// 64 KB of text or an 8 MB picture, and when a password manager has marked it.
func (c *Clipboard) Keep(ctx context.Context) (restore func(context.Context) error, err error) {
	if err := c.mayKeep(ctx); err != nil {
		return nil, err
	}
	small := &Clipboard{limit: keepImage} // reads no more than that
	b, err := small.open(ctx)
	if err != nil {
		return nil, err
	}
	offered, err := b.targets(ctx)
	if err != nil {
		return nil, err
	}
	items, err := kept(ctx, b, offered)
	if err != nil {
		return nil, err
	}
	// Another program may have taken the clipboard meanwhile.
	if err := c.mayKeep(ctx); err != nil {
		return nil, err
	}
	return func(ctx context.Context) error { return c.set(ctx, items) }, nil
}

func (c *Clipboard) mayKeep(ctx context.Context) error {
	secret, err := c.Concealed(ctx)
	if err == nil && secret {
		return errNotKept
	}
	return err
}

// kept reads the forms that are worth keeping: a part of what was there would
// be a lie, so one that is too large leaves nothing.
func kept(ctx context.Context, b backend, offered []string) ([]item, error) {
	var items []item
	for _, target := range pick(offered, imageTargets) {
		raw, err := readSmall(ctx, b, target, keepImage)
		if err != nil {
			return nil, err
		}
		if _, _, err := asUpload(raw); err == nil {
			items = append(items, item{[]string{target}, raw})
			break
		}
	}
	for _, target := range append(pick(offered, fileTargets), pick(offered, []string{htmlTarget})...) {
		raw, err := readSmall(ctx, b, target, keepText)
		if err != nil {
			return nil, err
		}
		if len(raw) > 0 {
			items = append(items, item{[]string{target}, raw})
		}
	}
	for _, target := range pick(offered, textTargets) {
		raw, err := readSmall(ctx, b, target, keepText)
		if err != nil {
			return nil, err
		}
		if text := decodeText(raw); text != "" {
			items = append(items, textItems(text)...)
			break
		}
	}
	if len(items) == 0 {
		return nil, errNotKept
	}
	return items, nil
}

// readSmall reads a form; one that is not there after all is empty, one that
// is too large is errNotKept.
func readSmall(ctx context.Context, b backend, target string, most int) ([]byte, error) {
	raw, err := b.read(ctx, target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case errors.Is(err, errTooLarge), err == nil && len(raw) > most:
		return nil, errNotKept
	case err != nil:
		return nil, err
	}
	return slices.Clip(raw), nil
}

// errTooLarge is an item that is larger than the clipboard's limit.
var errTooLarge = errors.New("too much to read")
