// Package uploader is the contract that every face of Upshot (window, tray,
// command line) uses and that the engine keeps, in the same process or over
// the socket: small interfaces, the Snapshot, the Settings, and Explain.
//
// Every method takes a context and one request and returns one response and
// an error, so that one table drives both ends of the socket. Methods may
// block on disk, keyring or network: never call them on a UI thread.
// Errors are [*client.Error], or wrap fs.ErrNotExist, errors.ErrUnsupported,
// context.DeadlineExceeded or fs.ErrPermission, also across the socket.
//
// It stores nothing, starts no goroutine, and of ours imports only client and
// job.
package uploader
