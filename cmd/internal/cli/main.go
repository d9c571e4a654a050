package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/vbauerster/mpb/v8"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/agent"
	"images-uploader.com/upshot/client/queue"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
)

// Exit codes, a contract with scripts. Where two apply, the one further left
// in 2, 4, 5, 3, 1, 0 is taken.
const (
	exitOK         = 0 // all done, with a link each
	exitFailed     = 1 // nothing got a link
	exitUsage      = 2 // said before anything is sent
	exitPartly     = 3 // some got a link, some did not
	exitKey        = 4 // key missing, wrong, or keyring locked
	exitUnfinished = 5 // queued, not finished
)

// exitError ends the program with a code; what is to be said was said.
type exitError struct{ code int }

func (e exitError) Error() string { return fmt.Sprintf("exit %d", e.code) }

// usageError is a mistake in how the program was called.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// checkError is the failure of a question that a person asked and that nobody
// asks again by itself: whether address and key are good.
type checkError struct{ err error }

func (e checkError) Error() string { return e.err.Error() }
func (e checkError) Unwrap() error { return e.err }

// httpRefused says how plain http is allowed, if err is that it was not.
func httpRefused(address string, allowed bool, err error) error {
	var ce *client.Error
	if allowed || !errors.As(err, &ce) || ce.Kind != client.KindInvalid {
		return err
	}
	_, without := client.New(client.Config{Address: address})
	_, with := client.New(client.Config{Address: address, AllowHTTP: true})
	if without == nil || with != nil {
		return err
	}
	return usagef("plain http would show the key and the files to everybody on the way: use https, or give --allow-http")
}

// program is one run of the command line.
type program struct {
	in       io.Reader
	out, err io.Writer
	verbose  bool
	screen   atomic.Pointer[mpb.Progress] // what draws on the terminal now; nil: nothing
}

// Main runs the command line and returns the exit code.
func Main(args []string, in io.Reader, out, errOut io.Writer) int {
	p := &program{in: in, out: stdout{out}, err: errOut}
	root := p.root()
	root.SetArgs(args)
	err := root.ExecuteContext(context.Background())
	return p.code(err)
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "upshot",
		Short:         "Upshot puts pictures and videos on an image host and hands back the link",
		Version:       Version(),
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.ArbitraryArgs,
		PersistentPreRunE: func(cmd *cobra.Command, args []string) error {
			if err := noEmpty(cmd.Flags()); err != nil {
				return err
			}
			return noEmptyArg(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return noCommand(cmd, args[0])
			}
			return cmd.Help()
		},
	}
	root.SetOut(p.out)
	root.SetErr(p.err)
	root.SetIn(p.in)
	root.SetVersionTemplate("upshot {{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	root.PersistentFlags().BoolVar(&p.verbose, "verbose", false, "write more to the log")
	root.AddCommand(
		p.uploadCommand(), p.watchCommand(), p.clipboardCommand(), p.captureCommand(),
		p.queueCommand(), p.historyCommand(), p.undoCommand(), p.accountCommand(), p.folderCommand(), p.settingsCommand(), p.sxcuCommand(),
		p.agentCommand(), p.guiCommand(), p.integrateCommand(), p.doctorCommand(), p.demoCommand(), p.versionCommand(), p.ownCommand(), p.manCommand(),
	)
	for _, c := range root.Commands() {
		if c.Args == nil {
			c.Args = noArgs
		}
	}
	root.SetHelpCommand(p.helpCommand())
	completion(root)
	p.completions(root)
	return root
}

// code says err to the person and returns the exit code.
func (p *program) code(err error) int {
	var exit exitError
	var usage usageError
	var ce *client.Error
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &exit):
		return exit.code
	case errors.As(err, &usage) && errors.As(err, &ce):
		p.say("upshot: %s", p.explain(err))
		return exitUsage
	case errors.As(err, &usage):
		p.say("upshot: %s", plain(usage.Error()))
		return exitUsage
	}
	p.say("upshot: %s", p.explain(err))
	if !errors.As(err, &ce) {
		if errors.Is(err, uploader.ErrNoAccount) {
			return exitKey
		}
		return exitFailed
	}
	switch ce.Kind {
	case client.KindInvalid:
		return exitUsage
	case client.KindAuth:
		return exitKey
	default:
		return exitFailed
	}
}

// explain is an error in words. What Explain does not know is told as it is,
// cleaned: on a terminal more detail helps, and it never holds a secret.
func (p *program) explain(err error) string {
	x := uploader.Explain(err)
	var check checkError
	if errors.As(err, &check) {
		x = uploader.ExplainCheck(err)
	}
	var ce *client.Error
	var pe *fs.PathError
	var other *agent.ProtocolError
	var unwritten outputError
	var keyless keylessError
	var place placeError
	errors.As(err, &pe)
	switch {
	case errors.As(err, &place) && place.open != "":
		return plain(fmt.Sprintf("others can write to %s, where Upshot keeps its files: keep them out with: chmod 700 %s; or set UPSHOT_HOME to another directory", place.open, shellWord(place.open)))
	case errors.As(err, &place) && pe == nil:
		return plain(fmt.Sprintf("Upshot's own directory cannot be used (%v): check its owner and permissions, or set UPSHOT_HOME to another directory", errors.Unwrap(place.err)))
	case errors.As(err, &keyless):
		return plain(keyless.Error())
	case errors.As(err, &unwritten):
		return plain(unwritten.Error())
	case errors.As(err, &ce) && ce.Kind == client.KindInvalid && strings.Contains(ce.Message, "the template cannot be used"):
		return plain(templateWords(ce.Message))
	case errors.As(err, &other):
		return "a newer Upshot runs already (version " + plain(other.Welcome.Version) + "): use its programs, or end its agent first"
	case errors.Is(err, queue.ErrFull):
		return "the disk is full: make room, then try again; nothing that was queued is lost"
	case errors.Is(err, queue.ErrReadOnly):
		return "Upshot's own directory cannot be written: check its permissions, or set UPSHOT_HOME to another directory"
	case errors.Is(err, queue.ErrNewer):
		return plain(err.Error())
	case errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOTDIR), errors.As(err, &place) && errors.Is(err, fs.ErrNotExist) && pe != nil, errors.Is(err, fs.ErrPermission) && errors.As(err, &pe):
		return plain(fmt.Sprintf("Upshot's own directory cannot be used (%v): check its permissions and its drive, or set UPSHOT_HOME to another directory", pe))
	case errors.Is(err, syscall.ENOSPC):
		return "the disk is full: make room, then try again; nothing that was queued is lost"
	case errors.Is(err, uploader.ErrGone): // nobody starts one again for a command
		return "Upshot's engine has ended meanwhile: try again"
	case errors.As(err, &ce), errors.Is(err, queue.ErrBusy), errors.Is(err, uploader.ErrNoAccount), errors.Is(err, uploader.ErrNothing), errors.Is(err, uploader.ErrNoRegion):
		return plain(x.String())
	case errors.As(err, &pe), errors.Is(err, errors.ErrUnsupported), errors.Is(err, context.DeadlineExceeded),
		errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return plain(fmt.Sprintf("%s (%v)", x.String(), err))
	default:
		return plain(err.Error())
	}
}

// say writes a line to stderr.
func (p *program) say(format string, args ...any) {
	fmt.Fprintf(p.err, format+"\n", args...)
}

// open opens the house of the person who runs us.
func (p *program) open() (*wire.House, error) {
	h, err := wire.Open(wire.Config{Version: Version(), Verbose: p.verbose, Services: wire.Desktop()})
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) {
		err = placeError{err: err, open: openPlace()}
	}
	return h, err
}

// placeError is that our own directories may not be used; open is one that
// others can write to.
type placeError struct {
	err  error
	open string
}

func (e placeError) Error() string { return e.err.Error() }
func (e placeError) Unwrap() error { return e.err }

// version is set by the linker for a release.
var version = ""

// Version is the program's version.
func Version() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "0.1.0-dev"
}

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Say which version this is",
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(p.out, "upshot %s (protocol %d)\n", Version(), uploader.Protocol)
			return err
		},
	}
}

// isTerminal reports whether w is a terminal.
func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && terminal(f)
}
