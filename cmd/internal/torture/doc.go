// Package torture holds no code: its tests kill the real agent with -9, at
// random instants and at named points of a file's way, start it again, and
// look whether every file is on the host, once, with its link in the history.
// Other tests there meet every fault that the look-alike host knows, a full
// disk, a state directory that cannot be written, a clock that jumps back, and
// files that change under the reader.
//
// It may import what the tests need of ours: chevtest, the contract and its
// socket, the engine with its queue, and the harness of a desktop. It starts
// the programs it has built and ends each of them by its process id.
package torture
