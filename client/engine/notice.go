package engine

import "images-uploader.com/upshot/client/uploader"

// Notice says something to the person that is found out around the engine: a
// hotkey that another program has. It stands in the Snapshot, once for each
// id, until it is taken back.
func (e *Engine) Notice(n uploader.Notice) { e.addNotice(n) }

// TakeBack takes a notice back that is true no more.
func (e *Engine) TakeBack(id string) { e.dropNotice(id) }
