package engine

// Reread takes the settings over that the person has changed in their file
// while the engine runs: accounts, folders and limits are what it says from
// now on, and what waited for them goes on.
func (e *Engine) Reread() error {
	if err := e.reload(); err != nil {
		return err
	}
	e.restartFolders()
	e.openUnavailable("")
	e.changes.touch()
	e.poke()
	return nil
}
