// Package job holds the words of an upload's life: Job, Batch, State,
// Outcome, Gate, and the one table of transitions between states. It stores
// nothing and starts no goroutine; of ours it imports only client.
package job
