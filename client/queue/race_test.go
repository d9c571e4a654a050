//go:build race

package queue

// RaceEnabled says that the race detector, which makes SQLite many times
// slower, is on.
const RaceEnabled = true
