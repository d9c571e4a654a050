// Package cli is the command line: one file a verb; flags, output, exit codes
// and progress, and no rules of its own. Links go to stdout, one a line,
// everything else to stderr.
//
// It may import everything of ours but gui/window, and never Fyne.
package cli
