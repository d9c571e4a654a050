package clipboard

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"unicode/utf8"

	"golang.design/x/clipboard"
)

// library is golang.design's clipboard, where it is sound. It knows no context
// while it waits for another program, and takes one call at a time.
type library struct{}

// openLibrary prepares it. Its Init chooses a way once and for all, so it must
// not be called before that way is there.
func openLibrary() (library, error) {
	if err := clipboard.Init(); err != nil {
		return library{}, fmt.Errorf("the clipboard cannot be reached: %w", errors.ErrUnsupported)
	}
	return library{}, nil
}

func (library) targets(ctx context.Context) ([]string, error) {
	formats, err := bounded(ctx, func() ([]clipboard.Format, error) { return clipboard.Formats(ctx) })
	if err != nil {
		return nil, inWords(err)
	}
	if len(formats) == 0 {
		return nil, errNothing
	}
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.MIME()
	}
	return names, nil
}

func (library) read(ctx context.Context, target string) ([]byte, error) {
	data, err := bounded(ctx, func() ([]byte, error) { return clipboard.Read(ctx, format(target)) })
	return data, inWords(err)
}

func (library) concealed(ctx context.Context) (bool, error) {
	secret, err := bounded(ctx, func() (bool, error) { return clipboard.Sensitive(ctx) })
	return secret, inWords(err)
}

func (library) own(ctx context.Context, items []item) (*held, error) {
	var all []clipboard.Option
	for _, it := range items {
		target, data := it.targets[0], it.data
		if target == htmlTarget && runtime.GOOS == "windows" && utf8.Valid(data) && !bytes.Contains(data, []byte{0}) { // not another program's UTF-16, on its way back
			target, data = "HTML Format", htmlFormat(data)
		}
		all = append(all, clipboard.Item{Format: format(target), Bytes: data})
	}
	changed, err := bounded(ctx, func() (<-chan struct{}, error) { return clipboard.WriteAll(ctx, all...) })
	if err != nil {
		return nil, inWords(err)
	}
	if systemKeeps {
		return &held{}, nil
	}
	return &held{lost: changed}, nil
}

// htmlFormat is HTML as Windows keeps it: a page, with a head that counts its
// bytes (learn.microsoft.com, "HTML Clipboard Format").
func htmlFormat(part []byte) []byte {
	const head = "Version:0.9\r\nStartHTML:%010d\r\nEndHTML:%010d\r\nStartFragment:%010d\r\nEndFragment:%010d\r\n"
	const before, after = "<html><body>\r\n<!--StartFragment-->", "<!--EndFragment-->\r\n</body></html>"
	start := len(fmt.Sprintf(head, 0, 0, 0, 0))
	from := start + len(before)
	to := from + len(part)
	return fmt.Appendf(nil, head+before+"%s"+after, start, to+len(after), from, to, part)
}

// format is the library's word for a target.
func format(target string) clipboard.Format {
	switch {
	case slices.Contains(textTargets, target):
		return clipboard.FmtText
	case target == "image/png":
		return clipboard.FmtImage
	case target == "text/uri-list":
		return clipboard.FmtFiles
	default:
		return clipboard.Register(target)
	}
}

func inWords(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, clipboard.ErrNoData):
		return errNothing
	case errors.Is(err, clipboard.ErrUnsupported):
		return fmt.Errorf("the clipboard cannot do that here: %w", errors.ErrUnsupported)
	case errors.Is(err, clipboard.ErrUnavailable):
		return errUnavailable
	case errors.Is(err, fs.ErrNotExist):
		// A socket that has gone, not an empty clipboard.
		return fmt.Errorf("the clipboard cannot be reached: %w", errors.ErrUnsupported)
	default:
		return err
	}
}
