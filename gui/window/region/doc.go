// Package region lets the person pick a region of the frozen screen: one
// full-screen window a monitor that shows its picture, on which a rectangle is
// dragged. A magnifier tells the pixel under the mouse; arrow keys move the
// rectangle, with Shift they resize it; Enter or a double click takes it, Esc
// does not.
//
// It speaks in pixels of the plane that the monitors share. It imports nothing
// of Upshot, and starts no goroutine: everything happens on Fyne's thread.
package region
