// Package desktop holds no code: its test does the whole main job on a real
// screen, with the programs as they are built, a panel, a keyring, a file
// manager's drag and a clipboard that is read by another program.
package desktop
