// Package agent carries the contract of package uploader over a socket of the
// same person: [Serve] on the engine's end, [Dial] on the other.
//
// It is HTTP/1.1 with JSON over a net.Listener that somebody else makes and
// guards (a unix socket, a named pipe; never TCP). One table of methods drives
// both ends. What crosses beside plain JSON:
//
//   - Errors keep their meaning: errors.Is and errors.As hold for
//     *client.Error and the sentinels of the contract.
//   - A key travels in a request header of its own; it is in no body and no log.
//   - Delete links never cross.
//   - Strings that are no valid UTF-8 (file names on Linux can be so) cross
//     unchanged.
//
// Ending the context of a call ends the call on the engine's side too. A
// client belongs to the engine that answered its Hello: when another one
// serves the same socket, or the connection breaks, every call fails with
// uploader.ErrGone.
//
// Of ours it imports client, job and uploader. Serve starts goroutines that
// have ended when it returns; a Client has one pair of goroutines for each
// open connection until Close.
package agent
