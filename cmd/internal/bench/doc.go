// Command bench measures what Upshot promises about speed and memory, side by
// side in one run with the tools that people would use instead (curl, a loop
// of it, inotifywait), and prints a Markdown table. "make bench" runs it;
// it is no test, and no test runs it.
//
// Contenders take turns (A B A B ...) after a round that does not count, and
// medians are compared. Whatever is measured is a process of its own, and so
// is the host that they all send to: see host.go.
//
// It starts one goroutine for each process that it watches, which ends with
// it. It reads /proc and so runs on Linux. It may import client and below, and
// of platform what finds an engine's socket.
package main
