// Package screens makes the pictures of docs/screenshots: every screen of the
// real window, in both themes and two sizes, on a desktop of its own with an
// agent and a host that look after some pictures. "make screenshots" runs it.
//
// It is a test without code of its own, and does nothing unless it is told
// where the pictures go.
package screens
