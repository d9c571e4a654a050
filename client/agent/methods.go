package agent

import (
	"context"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/uploader"
)

// method is one row of the table: a method of the contract by its name on the
// wire. Request and response types follow from the method expression.
type method[Req, Resp any] struct {
	name string
	call func(up uploader.Uploader, ctx context.Context, req Req) (Resp, error)
}

func define[Req, Resp any](name string, call func(uploader.Uploader, context.Context, Req) (Resp, error)) method[Req, Resp] {
	return method[Req, Resp]{name, call}
}

// The table. A method of the contract stands here once, in methods below,
// and in one line of Client; a test proves that none is missing.
var (
	submit          = define("Submit", uploader.Uploader.Submit)
	submitClipboard = define("SubmitClipboard", uploader.Uploader.SubmitClipboard)
	capture         = define("Capture", uploader.Uploader.Capture)

	pause  = define("Pause", uploader.Uploader.Pause)
	resume = define("Resume", uploader.Uploader.Resume)
	steer  = define("Steer", uploader.Uploader.Steer)

	jobs         = define("Jobs", uploader.Uploader.Jobs)
	batch        = define("Batch", uploader.Uploader.Batch)
	copyLinks    = define("CopyLinks", uploader.Uploader.CopyLinks)
	openLink     = define("OpenLink", uploader.Uploader.OpenLink)
	showFile     = define("ShowFile", uploader.Uploader.ShowFile)
	deleteLink   = define("DeleteLink", uploader.Uploader.DeleteLink)
	deleteOnHost = define("DeleteOnHost", uploader.Uploader.DeleteOnHost)
	undo         = define("Undo", uploader.Uploader.Undo)
	thumb        = define("Thumb", uploader.Uploader.Thumb)

	addFolder    = define("AddFolder", uploader.Uploader.AddFolder)
	removeFolder = define("RemoveFolder", uploader.Uploader.RemoveFolder)
	pauseFolder  = define("PauseFolder", uploader.Uploader.PauseFolder)
	preview      = define("Preview", uploader.Uploader.Preview)
	folderFiles  = define("FolderFiles", uploader.Uploader.FolderFiles)
	giveFile     = define("GiveFile", uploader.Uploader.GiveFile)
	lend         = define("Lend", uploader.Uploader.Lend)

	check          = define("Check", uploader.Uploader.Check)
	addAccount     = define("AddAccount", uploader.Uploader.AddAccount)
	removeAccount  = define("RemoveAccount", uploader.Uploader.RemoveAccount)
	defaultAccount = define("DefaultAccount", uploader.Uploader.DefaultAccount)

	settings       = define("Settings", uploader.Uploader.Settings)
	changeSettings = define("ChangeSettings", uploader.Uploader.ChangeSettings)
	autostart      = define("Autostart", uploader.Uploader.Autostart)
	setAutostart   = define("SetAutostart", uploader.Uploader.SetAutostart)

	snapshot = define("Snapshot", uploader.Uploader.Snapshot)
	changes  = define("Changes", uploader.Uploader.Changes)

	hello    = define("Hello", uploader.Uploader.Hello)
	handOver = define("HandOver", uploader.Uploader.HandOver)
	quit     = define("Quit", uploader.Uploader.Quit)
)

// revealed carries a delete link to the same person's other process, whom it
// was asked by.
type revealed struct {
	URL string `json:"url"`
}

// served is a row as the server sees it.
type served interface {
	title() string
	// answer decodes a request, calls up and encodes the response.
	answer(ctx context.Context, up uploader.Uploader, body []byte, key client.Key) ([]byte, error)
}

// methods are all rows.
func methods() []served {
	return []served{
		submit, submitClipboard, capture,
		pause, resume, steer,
		jobs, batch, copyLinks, openLink, showFile, deleteLink, deleteOnHost, undo, thumb,
		addFolder, removeFolder, pauseFolder, preview, folderFiles, giveFile, lend,
		check, addAccount, removeAccount, defaultAccount,
		settings, changeSettings, autostart, setAutostart,
		snapshot, changes,
		hello, handOver, quit,
	}
}

func (m method[Req, Resp]) title() string { return m.name }

func (m method[Req, Resp]) answer(ctx context.Context, up uploader.Uploader, body []byte, key client.Key) ([]byte, error) {
	var req Req
	if err := decode(body, &req); err != nil {
		return nil, &client.Error{Kind: client.KindInvalid, Message: "the request cannot be read", Err: err}
	}
	if !key.IsZero() {
		slot := keySlot(&req)
		if slot == nil {
			return nil, &client.Error{Kind: client.KindInvalid, Message: "a key came with a request that takes none"}
		}
		*slot = key
	}
	if err := checkPaths(&req); err != nil {
		return nil, err
	}
	resp, err := m.call(up, ctx, req)
	if err != nil {
		return nil, err
	}
	if link, ok := any(resp).(client.DeleteLink); ok {
		return encode(revealed{URL: link.Reveal()})
	}
	return encode(resp)
}

// ask is the other end of answer.
func (m method[Req, Resp]) ask(ctx context.Context, c *Client, req Req) (Resp, error) {
	var resp Resp
	body, err := encode(req)
	if err != nil {
		return resp, err
	}
	var key client.Key
	if slot := keySlot(&req); slot != nil {
		key = *slot
	}
	answer, err := c.roundTrip(ctx, m.name, body, key)
	if err != nil {
		return resp, err
	}
	if link, ok := any(&resp).(*client.DeleteLink); ok {
		var r revealed
		err = decode(answer, &r)
		*link = client.NewDeleteLink(r.URL)
		return resp, err
	}
	err = decode(answer, &resp)
	return resp, err
}

var _ uploader.Uploader = (*Client)(nil)

// Submit asks the engine, as every method below does; see package uploader.
func (c *Client) Submit(ctx context.Context, o uploader.Order) (uploader.Receipt, error) {
	return submit.ask(ctx, c, o)
}

// SubmitClipboard asks the engine.
func (c *Client) SubmitClipboard(ctx context.Context, o uploader.Order) (uploader.Receipt, error) {
	return submitClipboard.ask(ctx, c, o)
}

// Capture asks the engine.
func (c *Client) Capture(ctx context.Context, o uploader.CaptureOrder) (uploader.Receipt, error) {
	return capture.ask(ctx, c, o)
}

// Pause asks the engine.
func (c *Client) Pause(ctx context.Context, r uploader.AccountRequest) (uploader.None, error) {
	return pause.ask(ctx, c, r)
}

// Resume asks the engine.
func (c *Client) Resume(ctx context.Context, r uploader.AccountRequest) (uploader.None, error) {
	return resume.ask(ctx, c, r)
}

// Steer asks the engine.
func (c *Client) Steer(ctx context.Context, r uploader.SteerRequest) (uploader.Steered, error) {
	return steer.ask(ctx, c, r)
}

// Jobs asks the engine.
func (c *Client) Jobs(ctx context.Context, r uploader.JobsRequest) (uploader.JobsPage, error) {
	return jobs.ask(ctx, c, r)
}

// Batch asks the engine.
func (c *Client) Batch(ctx context.Context, r uploader.BatchRequest) (uploader.BatchView, error) {
	return batch.ask(ctx, c, r)
}

// CopyLinks asks the engine.
func (c *Client) CopyLinks(ctx context.Context, r uploader.CopyRequest) (uploader.Copied, error) {
	return copyLinks.ask(ctx, c, r)
}

// OpenLink asks the engine.
func (c *Client) OpenLink(ctx context.Context, r uploader.JobRequest) (uploader.None, error) {
	return openLink.ask(ctx, c, r)
}

// ShowFile asks the engine.
func (c *Client) ShowFile(ctx context.Context, r uploader.JobRequest) (uploader.None, error) {
	return showFile.ask(ctx, c, r)
}

// DeleteLink asks the engine.
func (c *Client) DeleteLink(ctx context.Context, r uploader.JobRequest) (client.DeleteLink, error) {
	return deleteLink.ask(ctx, c, r)
}

// Undo asks the engine.
func (c *Client) Undo(ctx context.Context, r uploader.UndoRequest) (uploader.Undone, error) {
	return undo.ask(ctx, c, r)
}

// Preview asks the engine.
func (c *Client) Preview(ctx context.Context, r uploader.Folder) (uploader.Preview, error) {
	return preview.ask(ctx, c, r)
}

// FolderFiles asks the engine.
func (c *Client) FolderFiles(ctx context.Context, r uploader.FolderFilesRequest) (uploader.FolderFilesPage, error) {
	return folderFiles.ask(ctx, c, r)
}

// GiveFile asks the engine.
func (c *Client) GiveFile(ctx context.Context, r uploader.FileRequest) (uploader.None, error) {
	return giveFile.ask(ctx, c, r)
}

// Autostart asks the engine.
func (c *Client) Autostart(ctx context.Context, r uploader.None) (uploader.Autostart, error) {
	return autostart.ask(ctx, c, r)
}

// SetAutostart asks the engine.
func (c *Client) SetAutostart(ctx context.Context, r uploader.Autostart) (uploader.None, error) {
	return setAutostart.ask(ctx, c, r)
}

// DeleteOnHost asks the engine.
func (c *Client) DeleteOnHost(ctx context.Context, r uploader.JobRequest) (uploader.None, error) {
	return deleteOnHost.ask(ctx, c, r)
}

// Thumb asks the engine.
func (c *Client) Thumb(ctx context.Context, r uploader.JobRequest) (uploader.Thumb, error) {
	return thumb.ask(ctx, c, r)
}

// AddFolder asks the engine.
func (c *Client) AddFolder(ctx context.Context, f uploader.Folder) (uploader.None, error) {
	return addFolder.ask(ctx, c, f)
}

// RemoveFolder asks the engine.
func (c *Client) RemoveFolder(ctx context.Context, r uploader.FolderRequest) (uploader.None, error) {
	return removeFolder.ask(ctx, c, r)
}

// PauseFolder asks the engine.
func (c *Client) PauseFolder(ctx context.Context, r uploader.PauseFolderRequest) (uploader.None, error) {
	return pauseFolder.ask(ctx, c, r)
}

// Lend asks the engine.
func (c *Client) Lend(ctx context.Context, l uploader.Lent) (uploader.None, error) {
	return lend.ask(ctx, c, l)
}

// Check asks the engine.
func (c *Client) Check(ctx context.Context, r uploader.Candidate) (uploader.Checked, error) {
	return check.ask(ctx, c, r)
}

// AddAccount asks the engine.
func (c *Client) AddAccount(ctx context.Context, r uploader.Candidate) (uploader.None, error) {
	return addAccount.ask(ctx, c, r)
}

// RemoveAccount asks the engine.
func (c *Client) RemoveAccount(ctx context.Context, r uploader.AccountRequest) (uploader.None, error) {
	return removeAccount.ask(ctx, c, r)
}

// DefaultAccount asks the engine.
func (c *Client) DefaultAccount(ctx context.Context, r uploader.AccountRequest) (uploader.None, error) {
	return defaultAccount.ask(ctx, c, r)
}

// Settings asks the engine.
func (c *Client) Settings(ctx context.Context, r uploader.None) (uploader.Settings, error) {
	return settings.ask(ctx, c, r)
}

// ChangeSettings asks the engine.
func (c *Client) ChangeSettings(ctx context.Context, s uploader.Settings) (uploader.None, error) {
	return changeSettings.ask(ctx, c, s)
}

// Snapshot asks the engine.
func (c *Client) Snapshot(ctx context.Context, r uploader.None) (uploader.Snapshot, error) {
	return snapshot.ask(ctx, c, r)
}

// Changes asks the engine.
func (c *Client) Changes(ctx context.Context, s uploader.Since) (uploader.Change, error) {
	return changes.ask(ctx, c, s)
}

// Hello asks the engine; Dial has done so already.
func (c *Client) Hello(ctx context.Context, h uploader.Hello) (uploader.Welcome, error) {
	return hello.ask(ctx, c, h)
}

// HandOver asks the engine.
func (c *Client) HandOver(ctx context.Context, r uploader.None) (uploader.None, error) {
	return handOver.ask(ctx, c, r)
}

// Quit asks the engine.
func (c *Client) Quit(ctx context.Context, r uploader.None) (uploader.None, error) {
	return quit.ask(ctx, c, r)
}
