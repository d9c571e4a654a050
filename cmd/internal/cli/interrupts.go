package cli

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// interrupts counts Ctrl-C: the first lets files on the way end, the second
// stops at once; after that the system's own way is back, and a third kills.
// Being told to end (SIGTERM) and the loss of the terminal (SIGHUP) count as
// one. Before listen, Ctrl-C ends the program as it does any other.
type interrupts struct {
	first, second chan struct{}
	done          chan struct{}
	once          sync.Once
}

func newInterrupts() *interrupts {
	return &interrupts{first: make(chan struct{}), second: make(chan struct{}), done: make(chan struct{})}
}

// watchInterrupts listens from now on.
func watchInterrupts() *interrupts {
	in := newInterrupts()
	in.listen()
	return in
}

// listen starts a goroutine that ends with stop or the second Ctrl-C.
func (in *interrupts) listen() {
	in.once.Do(func() {
		ch := make(chan os.Signal, 2)
		signal.Notify(ch, endings()...)
		// A pipe that nobody reads any more is an error of a write, and does
		// not kill in the middle of the files: nobody looks at this channel.
		pipe := make(chan os.Signal, 1)
		signal.Notify(pipe, syscall.SIGPIPE)
		go func() {
			defer signal.Stop(pipe)
			defer signal.Stop(ch)
			for _, pressed := range []chan struct{}{in.first, in.second} {
				select {
				case <-ch:
					close(pressed)
				case <-in.done:
					return
				}
			}
		}()
	})
}

// endings are the signals that end a run gently. One that was started with
// nohup shall outlive its terminal.
func endings() []os.Signal {
	if signal.Ignored(syscall.SIGHUP) {
		return []os.Signal{os.Interrupt, syscall.SIGTERM}
	}
	return []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}
}

func (in *interrupts) stop() { close(in.done) }

// told reports whether Ctrl-C was pressed, and twice whether once more.
func (in *interrupts) told() bool  { return closed(in.first) }
func (in *interrupts) twice() bool { return closed(in.second) }

func closed(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

// until is ctx that ends also when pressed closes.
func until(ctx context.Context, pressed <-chan struct{}) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer cancel()
		select {
		case <-pressed:
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// lastWordsWait is how long a run that was told to stop at once may take to
// hold its files.
const lastWordsWait = 500 * time.Millisecond

// lastWords is a moment for the engine after ctx has ended.
func lastWords(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), lastWordsWait)
}

// rest waits, unless ctx ends before.
func rest(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
