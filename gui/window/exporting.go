package window

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window/parts"
	"images-uploader.com/upshot/gui/window/presenter"
)

// exportFormat is how history is written, and the ending of the file's name.
type exportFormat string

const (
	exportLines exportFormat = "jsonl"
	exportCSV   exportFormat = "csv"
)

// askExport asks how and where history is to be written: what the filter
// leaves of it.
func (w *Window) askExport(f presenter.Filter) {
	formats := []exportFormat{exportLines, exportCSV}
	format := parts.NewSelect([]string{"JSON Lines (.jsonl)", "CSV (.csv)"}, nil)
	format.SetSelectedIndex(0)
	text := widget.NewLabel(lang.L("Names, links, checksums and times of what is listed now. Delete links are not written."))
	text.Wrapping = wrapWord
	var hide func()
	next := parts.NewButton(lang.L("Choose a folder…"), func() {
		hide()
		chosen := formats[format.SelectedIndex()]
		w.pickFolder(func(dir string) { w.export(dir, chosen, f) })
	})
	next.Importance = widget.HighImportance
	hide = w.sheetOf(lang.L("Export history"), parts.Column(380, vbox(text, format)), next)
}

// export writes history into a folder, beside Fyne's thread.
func (w *Window) export(dir string, format exportFormat, f presenter.Filter) {
	path := filepath.Join(dir, "upshot-history-"+time.Now().Format("20060102-150405")+"."+string(format))
	count := 0
	w.order(func(ctx context.Context, up uploader.Uploader) (err error) {
		count, err = exportTo(ctx, up, path, format, f)
		return err
	}, func() {
		w.say(many("exported", count) + ": " + clean(filepath.Base(path)))
	})
}

// exportTo writes a file that is there whole or not at all.
func exportTo(ctx context.Context, h uploader.History, path string, format exportFormat, f presenter.Filter) (count int, err error) {
	file, err := os.CreateTemp(filepath.Dir(path), ".upshot-export-*")
	if err != nil {
		return 0, fmt.Errorf("export: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	buffer := bufio.NewWriter(file)
	count, err = exportJobs(ctx, h, buffer, format, f)
	if err = errors.Join(err, buffer.Flush(), file.Close()); err != nil {
		return 0, err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return 0, fmt.Errorf("export: %w", err)
	}
	return count, nil
}

func exportJobs(ctx context.Context, h uploader.History, to *bufio.Writer, format exportFormat, f presenter.Filter) (count int, err error) {
	jobs := uploader.EachEnded(ctx, h, f.Jobs([]job.State{job.Done}, true, 0, 0))
	write := job.WriteJSONLines
	if format == exportCSV {
		write = job.WriteCSV
	}
	return write(to, jobs)
}
