//go:build !windows

package opener

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

// answerTime is how long a program that was started has to say that it cannot;
// one that still runs then is showing something.
const answerTime = 2 * time.Second

// start runs a program on its own and tells if it fails at once.
func (o *Opener) start(ctx context.Context, name string, args ...string) error {
	// Not CommandContext: what was opened stays when the call has ended.
	cmd := exec.Command(name, args...)
	cmd.Env = o.environ()
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	timer := time.NewTimer(answerTime)
	defer timer.Stop()
	select {
	case err := <-ended:
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	case <-timer.C:
	case <-ctx.Done(): // it was started; that is all that can be known now
	}
	return nil
}

// startAny tries programs until one does it.
func (o *Opener) startAny(ctx context.Context, programs [][]string) error {
	var failed error
	for _, p := range programs {
		path, err := exec.LookPath(p[0])
		if err != nil {
			continue
		}
		err = o.start(ctx, path, p[1:]...)
		if err == nil {
			return nil
		}
		failed = errors.Join(failed, err)
	}
	if failed != nil {
		return fmt.Errorf("no program could open it (%v): %w", failed, errors.ErrUnsupported)
	}
	return errNoProgram
}

var errNoProgram = fmt.Errorf("no program to open it is installed (xdg-open): %w", errors.ErrUnsupported)
