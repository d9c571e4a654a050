package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
	"images-uploader.com/upshot/client/uploader"
)

// Submit makes every item of the order durable.
func (e *Engine) Submit(ctx context.Context, o uploader.Order) (uploader.Receipt, error) {
	if len(o.Items) == 0 {
		return uploader.Receipt{}, uploader.ErrNothing
	}
	a, err := e.resolve(ctx, o.Account, o.Server)
	if err != nil {
		return uploader.Receipt{}, err
	}
	if o.Batch == "" {
		o.Batch = job.NewBatchID()
	}
	params := over(a.conf().Params, o.Params)
	if err := params.Validate(); err != nil {
		return uploader.Receipt{}, err
	}
	if err := checkTemplate(o.Link); err != nil {
		return uploader.Receipt{}, err
	}
	if err := checkSending(o, a); err != nil {
		return uploader.Receipt{}, err
	}
	// An order given again (its giver lost the answer) finds its batch.
	if _, jobs, err := e.cfg.Queue.Batch(ctx, o.Batch); err == nil {
		e.enlist(o, false)
		e.goAbout()
		return again(o, jobs), nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return uploader.Receipt{}, fmt.Errorf("look for the batch: %w", err)
	}
	entries := make([]uploader.Entry, len(o.Items))
	var items []queue.New
	var at []int // items[i] is entry at[i]
	for i, it := range o.Items {
		entries[i].Input = inputOf(it)
		n, err := e.prepare(ctx, it, o.HandOff)
		if err != nil {
			if isKind(err, client.KindCanceled) || ctx.Err() != nil {
				e.unspool(items)
				return uploader.Receipt{}, err
			}
			entries[i].Failure = job.FailureOf(err)
			continue
		}
		if err := fits(n, params); err != nil {
			e.unspool(append(items, n))
			return uploader.Receipt{}, err
		}
		n.Account, n.Via, n.Params, n.MaxAttempts = a.id, o.Via, params, o.MaxAttempts
		n.Link = e.linkFor(o.Link, a)
		n.Transfer.As, n.Transfer.Format = o.As, o.Format
		if n.Transfer.URL != "" {
			n.Transfer.As = client.AsFile
		}
		items, at = append(items, n), append(at, i)
	}
	receipt := uploader.Receipt{Batch: o.Batch, Entries: entries}
	if len(items) == 0 {
		return receipt, nil
	}
	added, err := e.add(ctx, job.Batch{ID: o.Batch, Copy: o.Copy, Notify: o.Notify, Added: time.Now()}, o, items)
	if err != nil {
		e.unspool(items)
		return uploader.Receipt{}, err
	}
	for i, ad := range added {
		entries[at[i]].Job, entries[at[i]].Joined = ad.ID, ad.Joined
		if ad.Joined {
			e.wanted(ctx, ad.ID)
		}
	}
	return receipt, nil
}

// fits refuses a width that a picture does not have, before anything is
// queued: the host would refuse the whole upload.
func fits(n queue.New, params client.Params) error {
	if params.Width == 0 || n.Path == "" {
		return nil
	}
	f, print, err := openRegular(n.Path)
	if err != nil {
		return nil //nolint:nilerr // the sender will say what is wrong with it
	}
	defer f.Close()
	var ce *client.Error
	if err := client.CheckWidth(params, &source{File: f, size: print.Size}); errors.As(err, &ce) && ce.Kind == client.KindInvalid {
		return &client.Error{Kind: client.KindInvalid, Message: n.Name + ": " + ce.Message, Err: err}
	}
	return nil
}

// wanted lets a held job go that was given once more, unless it is held
// because it may be on the host already.
func (e *Engine) wanted(ctx context.Context, id job.ID) {
	j, err := e.cfg.Queue.Job(ctx, id)
	if err == nil && j.State == job.Held && !j.MaybeSent {
		if _, err := e.steer(ctx, []job.ID{id}, job.Release, true); err != nil {
			e.log.Error("held job not released", "job", int64(id), "error", err)
		}
		e.poke()
	}
}

// add makes a batch durable and sets the senders to work.
func (e *Engine) add(ctx context.Context, b job.Batch, o uploader.Order, items []queue.New) ([]queue.Added, error) {
	if b.Copy || b.Notify {
		e.mu.Lock()
		e.tells = true // before a job of it can end
		e.mu.Unlock()
	}
	takeBack := e.enlist(o, true) // before a job of it can be taken
	added, err := e.cfg.Queue.Add(ctx, b, items)
	if err != nil {
		takeBack()
		return nil, fmt.Errorf("keep the files in the queue: %w", err)
	}
	e.goAbout()
	ids := make([]job.ID, len(added))
	for i, a := range added {
		ids[i] = a.ID
	}
	e.changes.touch(ids...)
	return added, nil
}

// unspool removes what was spooled for an order that was not taken.
func (e *Engine) unspool(items []queue.New) {
	for _, n := range items {
		if n.Spooled {
			removeSpooled(n.Path, e.log)
		}
	}
}

// enlist makes the batch this process's own work, until takeBack is called. No
// claim is under way meanwhile that does not know of the batch's own limits.
func (e *Engine) enlist(o uploader.Order, fresh bool) (takeBack func()) {
	role := batchRole{attended: o.Attended, fresh: fresh, jobs: min(o.Jobs, 8)}
	if o.Limit > 0 {
		role.limit = newLimit(o.Limit)
	}
	if role.jobs > 0 || role.limit != nil {
		e.taking.RLock()
		defer e.taking.RUnlock()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	was, had := e.active[o.Batch]
	role.fresh = role.fresh || was.fresh
	e.active[o.Batch] = role
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		if delete(e.active, o.Batch); had {
			e.active[o.Batch] = was
		}
	}
}

// goAbout begins with what is enlisted. A batch that had ended before it came
// here is told now.
func (e *Engine) goAbout() {
	e.poke()
	e.settleWaiting()
}

// again is the receipt of an order whose batch is there already.
func again(o uploader.Order, jobs []job.Job) uploader.Receipt {
	r := uploader.Receipt{Batch: o.Batch}
	next := 0
	for _, it := range o.Items {
		entry := uploader.Entry{Input: inputOf(it)}
		if next < len(jobs) && jobs[next].Input == entry.Input {
			entry.Job = jobs[next].ID
			next++
		} else {
			entry.Failure = &job.Failure{Kind: client.KindLocalFile, Code: job.CodeUnreadable}
		}
		r.Entries = append(r.Entries, entry)
	}
	return r
}

// prepare looks at one item and spools what has no lasting file of its own.
func (e *Engine) prepare(ctx context.Context, it uploader.Item, handOff bool) (queue.New, error) {
	switch {
	case it.URL != "" && it.ByHost:
		return prepareByHost(it)
	case it.URL != "":
		return e.prepareURL(ctx, it)
	}
	if !filepath.IsAbs(it.Path) {
		return queue.New{}, &client.Error{Kind: client.KindLocalFile, Code: job.CodeMissing, Message: "the path is not absolute"}
	}
	path := filepath.Clean(it.Path)
	f, print, err := openRegular(path)
	if err != nil {
		return queue.New{}, err
	}
	defer f.Close()
	n := queue.New{Path: path, Input: inputOf(it), Name: it.Name, File: print, Spooled: it.Adopt && e.inSpool(path)}
	if n.Name == "" {
		n.Name = filepath.Base(path)
	}
	if !n.Spooled && fleeting(path, handOff) {
		if n.Path, n.File, err = e.spoolFile(ctx, f, n.Name, print); err != nil {
			return queue.New{}, err
		}
		n.Spooled = true
	}
	return n, nil
}

// spoolFile copies an open file into the spool. One that changed meanwhile
// is copied again, a few times.
func (e *Engine) spoolFile(ctx context.Context, f *os.File, name string, print job.Fingerprint) (string, job.Fingerprint, error) {
	for range mostChanges {
		path, err := e.spool(name, func(w io.Writer) error {
			_, err := io.Copy(w, until{ctx, io.NewSectionReader(f, 0, 1<<62)})
			return err
		})
		if err != nil {
			return "", job.Fingerprint{}, err
		}
		info, err := f.Stat()
		if err == nil && fingerprint(info).Same(print) {
			s, now, err := openRegular(path)
			if err != nil {
				return "", job.Fingerprint{}, err
			}
			return path, now, s.Close()
		}
		removeSpooled(path, e.log)
		if err != nil {
			return "", job.Fingerprint{}, localError(name, err)
		}
		print = fingerprint(info)
	}
	return "", job.Fingerprint{}, &client.Error{Kind: client.KindLocalFile, Code: job.CodeChanging}
}

// until reads as long as its context lives.
type until struct {
	ctx context.Context //nolint:containedctx // lives as long as one copy
	io.Reader
}

func (u until) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.Reader.Read(p)
}

// prepareURL fetches a picture or video into the spool.
func (e *Engine) prepareURL(ctx context.Context, it uploader.Item) (queue.New, error) {
	got, err := e.fetch(ctx, it.URL)
	if err != nil {
		return queue.New{}, err
	}
	f, print, err := openRegular(got.path)
	if err != nil {
		return queue.New{}, err
	}
	f.Close()
	name := it.Name
	if name == "" {
		name = got.name
	}
	return queue.New{Path: got.path, Spooled: true, Input: inputOf(it), Name: name, File: print}, nil
}

// prepareByHost makes the job of an address that the host shall fetch.
func prepareByHost(it uploader.Item) (queue.New, error) {
	u, err := url.Parse(it.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return queue.New{}, &client.Error{Kind: client.KindInvalid, Message: "that is not an http or https address", Err: err}
	}
	name := it.Name
	if name == "" {
		name = nameOf(u, "")
	}
	return queue.New{Input: inputOf(it), Name: name, Transfer: job.Transfer{URL: it.URL, Get: it.Get}}, nil
}

// checkSending refuses what no host could be asked.
func checkSending(o uploader.Order, a *account) error {
	switch {
	case o.As != client.AsFile && o.As != client.AsBase64:
		return &client.Error{Kind: client.KindInvalid, Message: "a file is sent as file or as base64"}
	case o.Jobs < 0 || o.Jobs > 8:
		return &client.Error{Kind: client.KindInvalid, Message: "from 1 to 8 files can be sent at once"}
	case checkLimit(o.Limit) != nil:
		return checkLimit(o.Limit)
	case o.Format != client.FormatJSON && o.Format != client.FormatText && o.Format != client.FormatRedirect:
		return &client.Error{Kind: client.KindInvalid, Message: "an answer is asked for as json, txt or redirect"}
	case a.conf().KeyInForm && slices.ContainsFunc(o.Items, func(it uploader.Item) bool { return it.Get }):
		return &client.Error{Kind: client.KindInvalid, Message: "this account sends its key as a form field, and a GET would put it into the address; leave --get away"}
	default:
		return nil
	}
}

func inputOf(it uploader.Item) string {
	switch {
	case it.Input != "":
		return it.Input
	case it.URL != "":
		return it.URL
	default:
		return it.Path
	}
}

// over lays what an order asks for over what the account has as default.
func over(base, p client.Params) client.Params {
	if p.Title == "" {
		p.Title = base.Title
	}
	if p.Description == "" {
		p.Description = base.Description
	}
	if len(p.Tags) == 0 {
		p.Tags = base.Tags
	}
	if p.Album == "" {
		p.Album = base.Album
	}
	if p.Category == 0 {
		p.Category = base.Category
	}
	if p.Width == 0 {
		p.Width = base.Width
	}
	if p.Expiration == "" {
		p.Expiration = base.Expiration
	}
	p.NSFW = p.NSFW || base.NSFW
	p.UseFileDate = p.UseFileDate || base.UseFileDate
	return p
}

// linkFor is the link choice of an order, else the account's, else the settings'.
func (e *Engine) linkFor(l job.LinkChoice, a *account) job.LinkChoice {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, choice := range []job.LinkChoice{l, a.conf().Link, e.settings.Link} {
		if choice != (job.LinkChoice{}) {
			return choice
		}
	}
	return job.LinkChoice{Kind: client.LinkDirect}
}

// checkTemplate refuses a template that cannot be read, before anything is queued.
func checkTemplate(l job.LinkChoice) error {
	if l.Template == "" {
		return nil
	}
	if err := client.CheckTemplate(l.Template); err != nil {
		return &client.Error{Kind: client.KindInvalid, Message: "the template cannot be used: " + err.Error(), Err: err}
	}
	return nil
}

// SubmitClipboard submits what is on the clipboard: files, a picture, or text
// that is one URL.
func (e *Engine) SubmitClipboard(ctx context.Context, o uploader.Order) (uploader.Receipt, error) {
	c := e.cfg.Clipboard
	if c == nil {
		return uploader.Receipt{}, unsupported("clipboard")
	}
	o.Via = job.ViaClipboard
	files, err := c.Files(ctx)
	if err == nil && len(files) > 0 {
		o.Items = nil
		for _, path := range files {
			if real, err := filepath.EvalSymlinks(path); err == nil {
				path = real
			}
			o.Items = append(o.Items, uploader.Item{Path: path})
		}
		return e.Submit(ctx, o)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return uploader.Receipt{}, fmt.Errorf("read the clipboard: %w", err)
	}
	data, ext, err := c.Image(ctx)
	if err == nil && len(data) > 0 {
		name := "clipboard-" + time.Now().Format("2006-01-02-150405") + "." + ext
		return e.submitBytes(ctx, o, name, func(w io.Writer) error { _, err := w.Write(data); return err })
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return uploader.Receipt{}, fmt.Errorf("read the clipboard: %w", err)
	}
	text, err := c.Text(ctx)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return uploader.Receipt{}, fmt.Errorf("read the clipboard: %w", err)
	}
	link, ok := oneURL(text)
	if !ok {
		return uploader.Receipt{}, uploader.ErrNothing
	}
	o.Items = []uploader.Item{{URL: link}}
	if o.AskURL {
		return uploader.Receipt{}, e.askURL(ctx, o, link)
	}
	return e.Submit(ctx, o)
}

// askURL asks in a notification whether what is at an address shall be
// fetched and uploaded: whoever clicked cannot know what the clipboard holds.
func (e *Engine) askURL(ctx context.Context, o uploader.Order, link string) error {
	if e.cfg.Notifier == nil {
		return &client.Error{Kind: client.KindInvalid, Message: "the clipboard holds an address, and there is no way to ask here; give it to upshot upload, or paste it into the window"}
	}
	const yes = "upload"
	ctx, stop := context.WithTimeout(ctx, notifyWait)
	defer stop()
	err := e.cfg.Notifier.Notify(ctx, "Upload what is at this address?", link, [][2]string{{yes, "Upload"}}, func(key string) {
		if key != yes {
			return
		}
		if _, err := e.Submit(e.background(), o); err != nil {
			x := uploader.Explain(err)
			e.addNotice(uploader.Notice{ID: "url", Headline: x.Headline, Hint: x.Hint})
			e.log.Warn("address not uploaded", "error", err)
		}
	})
	if err != nil {
		return &client.Error{Kind: client.KindInvalid, Message: "the clipboard holds an address, and asking about it failed; give it to upshot upload, or paste it into the window", Err: err}
	}
	return nil
}

// submitBytes spools what write gives and submits it under name.
func (e *Engine) submitBytes(ctx context.Context, o uploader.Order, name string, write func(io.Writer) error) (uploader.Receipt, error) {
	path, err := e.spool(name, write)
	if err != nil {
		return uploader.Receipt{}, err
	}
	o.Items = []uploader.Item{{Path: path, Input: name, Name: name, Adopt: true}}
	receipt, err := e.Submit(ctx, o)
	if err != nil {
		removeSpooled(path, e.log)
	}
	return receipt, err
}

// oneURL reports whether text is one http or https address and nothing else.
func oneURL(text string) (string, bool) {
	text = strings.TrimSpace(text)
	if text == "" || strings.ContainsAny(text, " \t\r\n") {
		return "", false
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return "", false
	}
	return text, true
}
