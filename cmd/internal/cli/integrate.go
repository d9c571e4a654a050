package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"images-uploader.com/upshot/cmd/internal/wire"
	"images-uploader.com/upshot/icons"
	"images-uploader.com/upshot/platform/instance"
	"images-uploader.com/upshot/platform/integrate"
)

// integrationList is the file that says what was installed for the person.
func integrationList(h *wire.House) string { return filepath.Join(h.Dirs.State, "integration.json") }

func (p *program) integrateCommand() *cobra.Command {
	remove, asJSON := false, false
	cmd := &cobra.Command{
		Use:   "integrate",
		Short: "Put Upshot into the menus of the file managers, \"Open with\" and the list of programs",
		Long: `Put Upshot into the menus of the file managers, "Open with" and the list of
programs, for you alone. --remove takes away exactly what was put there; what
you have changed since stays, and is told.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			h, err := p.open()
			if err != nil {
				return err
			}
			defer h.Close()
			return p.integrate(cmd.Context(), h, remove, asJSON)
		},
	}
	cmd.Flags().BoolVar(&remove, "remove", false, "take it away again")
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return cmd
}

func (p *program) integrate(ctx context.Context, h *wire.House, remove, asJSON bool) error {
	c, err := integration(h)
	if err != nil {
		return err
	}
	do := integrate.Install
	if remove {
		do = integrate.Remove
	}
	changes, err := do(ctx, c)
	if terr := p.tellChanges(changes, asJSON); terr != nil {
		return terr
	}
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		p.say("%s", plain(err.Error()))
		if runtime.GOOS == "darwin" {
			p.say("%s", integrate.QuickAction(c))
		}
		return exitError{exitFailed}
	case err != nil:
		return fmt.Errorf("not all could be done: %w", err)
	case len(changes) == 0 && remove:
		p.say("there was nothing to take away")
	}
	return nil
}

// integration is what is installed, and where.
func integration(h *wire.House) (integrate.Config, error) {
	self, err := instance.Program()
	if err != nil {
		return integrate.Config{}, err
	}
	c := integrate.Config{Program: self, List: integrationList(h)}
	switch path, err := instance.Sibling("upshot-gui"); {
	case err != nil, self == os.Getenv("APPIMAGE"):
		// The program starts the window, if there is one: what is within an
		// AppImage has no path that stays.
	default:
		c.Window = path
		beside := filepath.Join(filepath.Dir(self), filepath.Base(path))
		if info, err := os.Stat(beside); err == nil && info.Mode().IsRegular() {
			c.Window = beside
		}
	}
	for _, size := range icons.AppSizes() {
		c.Icons = append(c.Icons, integrate.Icon{Size: size, Data: icons.AppPNG(size)})
	}
	return c, nil
}

func (p *program) tellChanges(changes []integrate.Change, asJSON bool) error {
	for _, c := range changes {
		if asJSON {
			if err := p.printJSON(c); err != nil {
				return err
			}
			continue
		}
		line := fmt.Sprintf("%-9s  %s: %s", c.Did, plain(c.What), plain(c.Path))
		if c.Why != "" {
			line += " (" + plain(c.Why) + ")"
		}
		if _, err := fmt.Fprintln(p.out, line); err != nil {
			return fmt.Errorf("write what was done: %w", err)
		}
	}
	return nil
}
