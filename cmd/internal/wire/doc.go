// Package wire makes a running engine of the parts: directories, config, log,
// keyring, database, desktop services. It decides by the lock beside the
// database who runs the engine, and attaches to whoever does.
//
// It may import everything of ours but gui and icons. Attach starts the
// engine, the socket's server and a look after the settings file when this
// process gets the lock; Close ends them.
package wire
