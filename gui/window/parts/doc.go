// Package parts holds the widgets of the window that Fyne does not have: the
// row of a job, its list, the navigation, banners, empty states, the word in
// passing, the file picker. A part shows what it is given and calls back; it
// decides nothing and knows neither jobs nor uploaders.
//
// Of ours it imports gui/window/look. It starts no goroutine; what must not
// run on the UI thread is given back to its owner as a function.
package parts
