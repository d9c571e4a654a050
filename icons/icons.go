// Package icons holds Upshot's own pictures: the app's mark and the four
// faces of the tray. They are drawn as SVG in svg/ and committed as PNG and
// ICO, which gen/main.go makes of them; nothing is drawn when a program runs.
//
// It imports nothing of ours and starts no goroutine.
package icons

import (
	"embed"
	"fmt"
)

//go:generate go run gen/main.go

//go:embed png/app-*.png png/tray-*-44.png ico/*.ico
var files embed.FS

// State is what the tray shows. The states are told apart by shape, not by
// colour alone.
type State string

// The states of the tray, in order of weight: the last one wins.
const (
	Idle      State = "idle"      // nothing to do
	Busy      State = "busy"      // something is being sent
	Paused    State = "paused"    // by the person's wish
	Attention State = "attention" // something waits for the person
)

// States are all states.
func States() []State { return []State{Idle, Busy, Paused, Attention} }

// App returns the app's mark as a PNG of 256 by 256 pixels.
func App() []byte { return read("png/app-256.png") }

// AppSizes are the sizes AppPNG has.
func AppSizes() []int { return []int{16, 22, 24, 32, 48, 64, 128, 256, 512} }

// AppPNG returns the app's mark in one of AppSizes, and nil for another size.
func AppPNG(size int) []byte {
	data, err := files.ReadFile(fmt.Sprintf("png/app-%d.png", size))
	if err != nil {
		return nil
	}
	return data
}

// AppICO returns the app's mark as a Windows icon of several sizes.
func AppICO() []byte { return read("ico/app.ico") }

// Tray returns the picture of a state, as PNG for Linux and macOS and as ICO
// for Windows. A state it does not know looks idle.
func Tray(s State) (png, ico []byte) {
	switch s {
	case Idle, Busy, Paused, Attention:
	default:
		s = Idle
	}
	return read("png/tray-" + string(s) + "-44.png"), read("ico/tray-" + string(s) + ".ico")
}

// read returns an embedded file. Its name is always one of those above; a
// test reads them all.
func read(name string) []byte {
	data, err := files.ReadFile(name)
	if err != nil {
		panic("icons: " + err.Error())
	}
	return data
}
