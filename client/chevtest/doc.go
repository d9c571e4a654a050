// Package chevtest is a host that looks like Chevereto, for tests, benchmarks
// and the demo: an [http.Handler] that answers the API V1.1 as a real server
// does, keeps what it is sent, and shows it on a small gallery.
//
// [New] makes a [Host] for any listener, [Listen] and [NewServer] one that
// listens already. [Site] holds what an administrator of a real site would
// set, and can change while the host runs. [Host.Inject] arms a [Fault]: a
// stalled body, a lost answer, an error page. [Host.Stored], [Host.Requests],
// [Host.Stats] and [Host.Await] say what has happened.
//
// The behaviour is that of Chevereto 4.2.5, which was read and run; where a
// later generation is known to differ, [Generation] switches it. "A real
// server" in the comments means that one. Known differences: fetching a URL
// verifies certificates (a real server does not), and thumbnails are plain.
//
// It imports nothing of ours, not even package client: a mistake made in both
// would hide itself. A Host starts no goroutine; Listen and NewServer start one
// that accepts connections and ends with [Server.Close].
package chevtest
