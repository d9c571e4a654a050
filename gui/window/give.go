package window

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/presenter"
)

// deliver are orders that found nobody to take them; they are given again,
// under the same batch, as soon as somebody answers.
type deliver struct{ waiting []uploader.Order }

// dropped takes what was let go over the window.
func (w *Window) dropped(uris []fyne.URI) {
	var paths []string
	var items []uploader.Item
	for _, u := range uris {
		switch u.Scheme() {
		case "file":
			paths = append(paths, u.Path())
		case "http", "https":
			items = append(items, uploader.Item{URL: u.String(), Input: u.String()})
		}
	}
	if len(items) > 0 {
		w.submit(items)
	}
	if len(paths) > 0 {
		w.give(paths)
	}
}

// given is what somebody gave, told apart.
type given struct {
	items   []uploader.Item
	folders []string
	refused []error
}

// give submits files; about folders it asks, once for all of them.
func (w *Window) give(paths []string) {
	var g given
	w.away(func(context.Context) { g = sortOut(paths) }, func() {
		if len(g.refused) > 0 {
			e := uploader.Explain(g.refused[0])
			w.failed(e, func() { w.give(paths) })
		}
		if len(g.items) > 0 {
			w.submit(g.items)
		}
		if len(g.folders) > 0 {
			w.stopPicking()
			w.askFolders(g.folders)
		}
	})
}

// sortOut makes paths absolute with their links resolved, as an order wants
// them, and tells files from folders.
func sortOut(paths []string) given {
	var g given
	for _, input := range paths {
		path, err := filepath.Abs(input)
		if err == nil {
			path, err = filepath.EvalSymlinks(path)
		}
		var info fs.FileInfo
		if err == nil {
			info, err = os.Stat(path)
		}
		switch {
		case err != nil:
			g.refused = append(g.refused, err)
		case info.IsDir():
			g.folders = append(g.folders, path)
		default: // what is no regular file is refused by the engine, in words
			g.items = append(g.items, uploader.Item{Path: path, Input: input, Name: filepath.Base(input)})
		}
	}
	return g
}

// mostFromFolder bounds how many files of a folder are given at once: more is
// what watching is for.
const mostFromFolder = 2000

// mediaIn finds pictures and videos in folders. Links are not followed.
func mediaIn(ctx context.Context, folders []string) []uploader.Item {
	var items []uploader.Item
	for _, folder := range folders {
		_ = filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
			switch {
			case ctx.Err() != nil || len(items) >= mostFromFolder:
				return fs.SkipAll
			case err != nil:
				return nil // what cannot be read is not counted
			case e.Type().IsRegular() && isMedia(e.Name()):
				items = append(items, uploader.Item{Path: path, Input: path, Name: e.Name()})
			}
			return nil
		})
	}
	return items
}

// askFolders asks what shall happen with folders that were given.
func (w *Window) askFolders(folders []string) {
	var items []uploader.Item
	w.away(func(ctx context.Context) { items = mediaIn(ctx, folders) }, func() {
		name := clean(filepath.Base(folders[0]))
		headline := lang.L("What shall happen with the folder {{.Name}}?", map[string]any{"Name": name})
		if len(folders) > 1 {
			headline = lang.L("What shall happen with these {{.N}} folders?", map[string]any{"N": len(folders)})
		}
		watch := button{lang.L("Watch from now on"), widget.MediumImportance, func() {
			for _, folder := range folders {
				w.addFolder(uploader.Folder{Path: folder, Existing: uploader.ExistingSkip})
			}
		}}
		answers := []button{watch}
		if len(items) > 0 {
			answers = append(answers, button{
				many("upload_them", len(items)), widget.HighImportance, func() { w.submit(items) },
			})
		}
		w.ask(headline, many("folder_files", len(items))+" "+
			lang.L("Watched, every new one is uploaded by itself."), answers...)
	})
}

// submit gives items as one batch; their links come to the clipboard together.
func (w *Window) submit(items []uploader.Item) {
	w.send(uploader.Order{
		Batch: job.NewBatchID(), Items: items, Via: job.ViaWindow,
		Copy: true, Notify: true,
	})
}

func (w *Window) send(o uploader.Order) {
	var r uploader.Receipt
	w.present.Do(func(ctx context.Context, up uploader.Uploader) (err error) {
		r, err = up.Submit(ctx, o)
		return err
	}, func(err error) {
		w.cfg.Do(func() {
			switch {
			case errors.Is(err, uploader.ErrGone):
				w.stopPicking()
				w.deliver.waiting = append(w.deliver.waiting, o)
				w.say(lang.L("Added as soon as the uploader is back"))
			case err != nil:
				w.fail(err, func() { w.send(o) })
			default:
				w.received(r)
			}
		})
	})
}

// deliverAgain gives what nobody took. An order that did arrive before its
// answer was lost is known by its batch and not taken twice.
func (w *Window) deliverAgain() {
	waiting := w.deliver.waiting
	w.deliver.waiting = nil
	for _, o := range waiting {
		w.send(o)
	}
}

// received says what became of an order.
func (w *Window) received(r uploader.Receipt) {
	taken := 0
	var refused []uploader.Entry
	for _, e := range r.Entries {
		if e.Failure != nil {
			refused = append(refused, e)
		} else {
			taken++
		}
	}
	if w.picking && len(refused) == 0 {
		w.cfg.App.Quit()
		return
	}
	if taken > 0 {
		w.say(many("added_files", taken))
	}
	if len(refused) > 0 {
		e := uploader.ExplainFailure(*refused[0].Failure)
		e.Hint = clean(filepath.Base(refused[0].Input)) + ": " + joinHint(e)
		e.Headline, e.Action = many("refused_files", len(refused)), uploader.ActionNone
		w.failed(e, nil)
	}
	if taken > 0 && w.view.Link == presenter.Live {
		w.shell.open(placeQueue)
	}
}

// paste submits what is on the clipboard.
func (w *Window) paste() {
	o := uploader.Order{Batch: job.NewBatchID(), Via: job.ViaClipboard, Copy: true, Notify: true}
	var r uploader.Receipt
	w.order(func(ctx context.Context, up uploader.Uploader) (err error) {
		r, err = up.SubmitClipboard(ctx, o)
		return err
	}, func() { w.received(r) })
}
