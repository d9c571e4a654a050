package wire

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"images-uploader.com/upshot/client/engine"
	"images-uploader.com/upshot/platform/clipboard"
	"images-uploader.com/upshot/platform/instance"
)

// OwnerVerb is the hidden command that owns the clipboard after a command has
// ended: what a process puts there dies with it on X11 and Wayland.
const OwnerVerb = "own-clipboard"

// ownerMost is the most text that is taken over, in bytes.
const ownerMost = 8 << 20

// ownerReady is what the owner says once the clipboard is its own.
const ownerReady = "ready"

// lasting is a clipboard for a command that ends: what it sets is owned by a
// small process that stays until somebody else takes the clipboard.
type lasting struct{ engine.Clipboard }

// SetText starts the owner and returns when it owns the clipboard.
func (l lasting) SetText(ctx context.Context, text string) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("start the clipboard's owner: %w", err)
	}
	cmd := instance.Command(self, OwnerVerb)
	in, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("start the clipboard's owner: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("start the clipboard's owner: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the clipboard's owner: %w", err)
	}
	said := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(out).ReadString('\n')
		said <- strings.TrimSpace(line)
	}()
	_, err = io.WriteString(in, text)
	if cerr := in.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		select {
		case line := <-said:
			if line == ownerReady {
				go func() { _ = cmd.Wait() }() // it stays after us; no zombie meanwhile
				return nil
			}
			err = fmt.Errorf("clipboard: %s: %w", line, errors.ErrUnsupported)
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	return err
}

// OwnClipboard takes text from in, puts it on the clipboard, says so on out,
// closes its streams, and stays until somebody else takes the clipboard.
func OwnClipboard(ctx context.Context, in io.Reader, out io.WriteCloser) error {
	text, err := io.ReadAll(io.LimitReader(in, ownerMost))
	if err != nil {
		return fmt.Errorf("own the clipboard: %w", err)
	}
	c := clipboard.New(clipboard.Config{})
	sctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	err = c.SetText(sctx, string(text))
	cancel()
	if err != nil {
		fmt.Fprintln(out, err)
		return err
	}
	if _, err := fmt.Fprintln(out, ownerReady); err != nil {
		return fmt.Errorf("own the clipboard: %w", err)
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("own the clipboard: %w", err)
	}
	return errors.Join(c.Lost(ctx), c.Close())
}
