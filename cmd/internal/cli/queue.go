package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
)

// openStates are the states of the queue; what failed is shown with it,
// because something can still be done about it.
var openStates = []job.State{job.Queued, job.Held, job.Sending, job.Waiting, job.Failed}

func (p *program) queueCommand() *cobra.Command {
	var from, n int
	asJSON := false
	list := func(cmd *cobra.Command, _ []string) error { return p.listQueue(cmd.Context(), from, n, asJSON) }
	cmd := &cobra.Command{Use: "queue", Short: "Show and steer what is not uploaded yet", Args: noArgs, RunE: list}
	listing := &cobra.Command{Use: "list", Short: "List what is not uploaded yet, and why", Args: noArgs, RunE: list}
	for _, c := range []*cobra.Command{cmd, listing} {
		c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
		c.Flags().IntVarP(&n, "number", "n", 1000, "how many")
		c.Flags().IntVar(&from, "from", 0, "leave out the first `N`")
	}
	cmd.AddCommand(listing, p.queueRun())
	cmd.AddCommand(
		&cobra.Command{Use: "pause [ACCOUNT]", Short: "Send nothing more for now", Args: atMostOne, RunE: p.steerAccount(uploader.Uploader.Pause, false)},
		&cobra.Command{Use: "resume [ACCOUNT]", Short: "Go on sending", Args: atMostOne, RunE: p.steerAccount(uploader.Uploader.Resume, true)},
	)
	for _, v := range []struct {
		verb  uploader.Verb
		short string
	}{
		{uploader.VerbHold, "Keep uploads back until they are released; without numbers all"},
		{uploader.VerbRelease, "Let held uploads go; without numbers all"},
		{uploader.VerbRetry, "Try failed or waiting uploads again now; without numbers all"},
		{uploader.VerbCancel, "Give uploads up; without numbers all of the queue"},
		{uploader.VerbRemove, "Take failed and canceled uploads off the list, or those named"},
	} {
		cmd.AddCommand(&cobra.Command{
			Use: string(v.verb) + " [ID...]", Short: v.short, Args: cobra.ArbitraryArgs,
			RunE: func(cmd *cobra.Command, args []string) error { return p.steer(cmd.Context(), v.verb, args) },
		})
	}
	cmd.AddCommand(p.queueMove(), &cobra.Command{
		Use: "clear", Short: "Take all failed and canceled uploads off the list", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.steer(cmd.Context(), uploader.VerbRemove, nil) },
	}, &cobra.Command{
		Use: "mark ID...", Short: "Send duplicates again with a harmless mark in the file, to get a link", Args: atLeastOneID,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.steer(cmd.Context(), uploader.VerbMark, args)
		},
	})
	return cmd
}

func atLeastOneID(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usagef("%s needs an upload's number; see upshot queue", cmd.CommandPath())
	}
	return nil
}

// queueMove puts uploads at another place in the queue, or into another
// account's.
func (p *program) queueMove() *cobra.Command {
	var to, account string
	cmd := &cobra.Command{
		Use: "move ID...", Short: "Send uploads earlier or later, or with another account", Args: atLeastOneID,
		Example: `  upshot queue move --to top 12
  upshot queue move --account work 12 13`,
		RunE: func(cmd *cobra.Command, args []string) error {
			verb := uploader.Verb(to)
			switch {
			case (to == "") == (account == ""):
				return usagef("say where to: --to top, up, down or bottom, or --account NAME")
			case account != "":
				return p.steerTo(cmd.Context(), uploader.VerbMove, args, account)
			case verb == uploader.VerbTop, verb == uploader.VerbUp, verb == uploader.VerbDown, verb == uploader.VerbBottom:
				return p.steerTo(cmd.Context(), verb, args, "")
			default:
				return usagef("--to: %q is none of top, up, down, bottom", to)
			}
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "top, up, down or bottom")
	cmd.Flags().StringVar(&account, "account", "", "`NAME` of the account that shall send them")
	return cmd
}

func atMostOne(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usagef("%s takes one account at most", cmd.CommandPath())
	}
	return nil
}

// with opens the house and runs work against the engine.
func (p *program) with(ctx context.Context, work func(ctx context.Context, a *wire.Attached) error) error {
	h, err := p.open()
	if err != nil {
		return err
	}
	defer h.Close()
	return p.attached(ctx, h, func(ctx context.Context, a *wire.Attached) error {
		p.tellNotices(ctx, a)
		defer p.tellKept(ctx, a)()
		return work(ctx, a)
	})
}

// tellNotices says what an engine that begins here has found: a settings file
// or a database that it had to set aside. An agent's notices are for its faces.
func (p *program) tellNotices(ctx context.Context, a *wire.Attached) {
	if !a.Serving {
		return
	}
	snap, err := a.Snapshot(ctx, uploader.None{})
	if err != nil {
		return // work will say so
	}
	for _, n := range snap.Notices {
		p.say("%s%s", plain(n.Headline), hint(n.Hint))
	}
}

// attached runs work against the engine; Ctrl-C ends it as it ends any program.
func (p *program) attached(ctx context.Context, h *wire.House, work func(ctx context.Context, a *wire.Attached) error) error {
	signals := newInterrupts()
	defer signals.stop()
	return p.session(ctx, h, wire.As{}, signals, silentEnd, work)
}

// queued is a line of the queue with --json.
type queued struct {
	line
	Why string `json:"why,omitempty"` // it stands where it stands, in words
}

func (p *program) listQueue(ctx context.Context, from, n int, asJSON bool) error {
	if n < 1 || from < 0 {
		return usagef("--number must be 1 or more, and --from 0 or more")
	}
	return p.with(ctx, func(ctx context.Context, a *wire.Attached) error {
		snap, err := a.Snapshot(ctx, uploader.None{})
		if err != nil {
			return err
		}
		page, err := a.Jobs(ctx, uploader.JobsRequest{States: openStates, From: from, N: n, Oldest: true, InOrder: true})
		if err != nil {
			return err
		}
		if len(page.Jobs) == 0 && !asJSON {
			p.say("nothing is waiting")
			return nil
		}
		last := lastFailures(page.Jobs)
		w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
		for _, j := range page.Jobs {
			reason := why(j, snap, last[j.Account], a.Serving)
			if asJSON {
				if err := p.printJSON(queued{lineOf(j.Input, j), reason}); err != nil {
					return err
				}
				continue
			}
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", j.ID, j.State, size(j.File.Size), plain(j.Name), plain(cautious(j, reason)))
		}
		if err := w.Flush(); err != nil {
			return fmt.Errorf("write the list: %w", err)
		}
		if more := page.Total - from - len(page.Jobs); more > 0 && !asJSON {
			p.say("and %d more: upshot queue list --from %d", more, from+len(page.Jobs))
		}
		if a.Serving && !asJSON && slices.ContainsFunc(page.Jobs, moving) {
			p.say("no agent runs; send with: upshot queue run")
		}
		return nil
	})
}

// maybeThere says of a job that an earlier try may have been stored.
const maybeThere = "may be on the host already"

// cautious adds to the reason of a job that is to be sent again what should be
// known before that.
func cautious(j job.Job, reason string) string {
	switch {
	case !j.MaybeSent || j.State != job.Queued && j.State != job.Waiting:
		return reason
	case reason == "":
		return maybeThere + "; if it is, cancel it"
	default:
		return reason + "; " + maybeThere
	}
}

// why says in words why a job stands where it stands; last is the newest
// failure that held its whole account, alone that nobody goes on with it.
func why(j job.Job, snap uploader.Snapshot, last *job.Failure, alone bool) string {
	switch j.State {
	case job.Failed:
		if j.Failure != nil {
			return forAccount(uploader.ExplainFinal(*j.Failure), j.Account, j.Failure).String()
		}
	case job.Waiting:
		text := "tried again at " + j.NotBefore.Local().Format("15:04:05")
		if alone {
			text = "to be tried again"
		}
		if j.Failure != nil {
			text += ": " + uploader.ExplainFailure(*j.Failure).Headline
		}
		return text
	case job.Held:
		if j.MaybeSent {
			return maybeThere + "; look there, then release or cancel it"
		}
		return "held by you; let go with upshot queue release"
	case job.Sending:
		if answered(j) {
			return notWritten
		}
		for _, s := range snap.Sending {
			if s.ID == j.ID && s.Answer {
				return "the host is working on it"
			} else if s.ID == j.ID && s.Size > 0 {
				return strconv.FormatInt(s.Sent*100/s.Size, 10) + " %"
			}
		}
	case job.Queued:
		return whyQueued(j, snap, last, alone)
	}
	return ""
}

// whyQueued says what keeps a queued job: a pause, a gate that is closed now,
// or else what the last try came to.
func whyQueued(j job.Job, snap uploader.Snapshot, last *job.Failure, alone bool) string {
	if snap.Paused {
		return "paused: resume with upshot queue resume"
	}
	if snap.Metered {
		if alone {
			return meteredAlone
		}
		return meteredWords
	}
	here := false
	for _, a := range snap.Accounts {
		if a.ID == j.Account && len(a.Gates) > 0 {
			if alone {
				return gateWordsAlone(a.ID, a.Gates[0])
			}
			return gateWords(a.ID, a.Gates[0])
		}
		here = here || a.ID == j.Account
	}
	if j.Failure != nil && (last == nil || lastGate(*j.Failure) != "") {
		last = j.Failure
	}
	gone := uploader.ExplainFailure(job.Failure{Kind: client.KindAuth, Code: job.CodeNoAccount})
	switch {
	case last == nil && here:
		return ""
	case last == nil:
		return gone.String()
	case here || last.Kind == client.KindAuth && last.Code != job.CodeNoAccount:
		return whenLast(j.Account, *last)
	default:
		return whenLast(j.Account, *last) + "; " + gone.Hint
	}
}

// queueRun sends what older runs left behind.
func (p *program) queueRun() *cobra.Command {
	wait := 2 * time.Minute
	cmd := &cobra.Command{
		Use: "run", Short: "Send everything that waits in the queue, and end", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if wait < 0 {
				return usagef("--wait must not be negative")
			}
			h, err := p.open()
			if err != nil {
				return err
			}
			defer h.Close()
			f := &follower{p: p, o: &options{wait: wait, quiet: true}, house: h, signals: watchInterrupts()}
			defer f.signals.stop()
			return p.session(cmd.Context(), h, wire.As{}, f.signals, forever, f.runQueue)
		},
	}
	cmd.Flags().DurationVar(&wait, "wait", wait, "how long to wait for a host that is away or limits; 0 ends at once")
	return cmd
}

// nothingWaits says so, and what is held back.
func (p *program) nothingWaits(ctx context.Context, a *wire.Attached) error {
	snap, err := a.Snapshot(ctx, uploader.None{})
	if err != nil {
		return err
	}
	if held := snap.Counts[job.Held]; held > 0 {
		p.say("nothing is waiting; %s held: let go with: upshot queue release", count(held, "upload"))
		return nil
	}
	p.say("nothing is waiting")
	return nil
}

// runQueue follows what waits in the queue when it is asked first.
func (f *follower) runQueue(ctx context.Context, a *wire.Attached) error {
	if f.results == nil {
		page, err := a.Jobs(ctx, uploader.JobsRequest{States: []job.State{job.Queued, job.Waiting, job.Sending}, N: 100000, Oldest: true})
		if err != nil {
			return err
		}
		if page.Total == 0 {
			return f.p.nothingWaits(ctx, a)
		}
		var receipt uploader.Receipt
		for _, j := range page.Jobs {
			f.ids = append(f.ids, j.ID)
			receipt.Entries = append(receipt.Entries, uploader.Entry{Job: j.ID, Input: j.Input})
		}
		f.results, f.bar = newResults(f.p, false, receipt), newBar(f.p, f.o)
	}
	if !f.held {
		if _, err := a.Steer(ctx, uploader.SteerRequest{Verb: uploader.VerbRun, Server: f.house.Server}); err != nil {
			return err
		}
	}
	return f.follow(ctx, a)
}

// steerAccount applies pause or resume.
func (p *program) steerAccount(do func(uploader.Uploader, context.Context, uploader.AccountRequest) (uploader.None, error), sends bool) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		var r uploader.AccountRequest
		if len(args) == 1 {
			r.Account = args[0]
		}
		return p.with(cmd.Context(), func(ctx context.Context, a *wire.Attached) error {
			_, err := do(a, ctx, r)
			if errors.Is(err, uploader.ErrNoAccount) {
				return usagef("there is no account %q; see upshot account list", r.Account)
			}
			if err != nil || !sends || !a.Serving {
				return err
			}
			snap, err := a.Snapshot(ctx, uploader.None{})
			if err == nil && snap.Open() > snap.Counts[job.Held] {
				p.say("no agent runs; send with: upshot queue run")
			}
			return err
		})
	}
}

// steered says what a verb has done.
var steered = map[uploader.Verb]string{
	uploader.VerbHold: "held", uploader.VerbRelease: "released", uploader.VerbRetry: "tried again",
	uploader.VerbCancel: "canceled", uploader.VerbRemove: "taken off the list", uploader.VerbMove: "moved to the other account",
	uploader.VerbTop: "put first", uploader.VerbUp: "moved up", uploader.VerbDown: "moved down", uploader.VerbBottom: "put last",
	uploader.VerbMark: "queued again with a mark",
}

func (p *program) steer(ctx context.Context, verb uploader.Verb, args []string) error {
	return p.steerTo(ctx, verb, args, "")
}

func (p *program) steerTo(ctx context.Context, verb uploader.Verb, args []string, account string) error {
	r := uploader.SteerRequest{Verb: verb, Account: account}
	for _, arg := range args {
		id, err := strconv.ParseInt(arg, 10, 64)
		if err != nil || id < 1 {
			return usagef("%q is no upload's number; see upshot queue", arg)
		}
		r.IDs = append(r.IDs, job.ID(id))
	}
	return p.with(ctx, func(ctx context.Context, a *wire.Attached) error {
		done, err := a.Steer(ctx, r)
		switch {
		case errors.Is(err, job.ErrTransition) && verb == uploader.VerbRetry && queuedAmong(ctx, a, r.IDs) > 0:
			err = nil // they are to go as it is; why they do not is told below
		case errors.Is(err, job.ErrTransition) && (verb == uploader.VerbTop || verb == uploader.VerbUp || verb == uploader.VerbDown || verb == uploader.VerbBottom):
			return usagef("only what waits in the queue can be moved; these uploads have ended or are on their way: see upshot queue and upshot history")
		case errors.Is(err, job.ErrTransition):
			return usagef("%s does not apply to what these uploads are now; see upshot queue and upshot history", verb)
		case errors.Is(err, uploader.ErrNoAccount) && account != "":
			return usagef("there is no account %q; see upshot account list", account)
		case errors.Is(err, fs.ErrNotExist):
			return usagef("there is no such upload; see upshot queue")
		case err != nil:
			return err
		}
		if err := p.tellSteered(ctx, a, verb, done, r.IDs); err != nil {
			return err
		}
		p.tellLeft(verb, r.IDs, done.IDs)
		return nil
	})
}

// tellLeft names the uploads that a verb did not apply to, when it did to others.
func (p *program) tellLeft(verb uploader.Verb, asked, done []job.ID) {
	var left []string
	switch verb {
	case uploader.VerbMark:
		return // those are other uploads then
	case uploader.VerbTop, uploader.VerbUp, uploader.VerbDown, uploader.VerbBottom:
		verb = uploader.VerbMove
	}
	for _, id := range asked {
		if name := strconv.FormatInt(int64(id), 10); !slices.Contains(done, id) && !slices.Contains(left, name) {
			left = append(left, name)
		}
	}
	if len(left) > 0 && len(done) > 0 {
		p.say("%s does not apply to %s now; see upshot queue and upshot history", verb, strings.Join(left, ", "))
	}
}

// queuedAmong counts those of the uploads that are queued.
func queuedAmong(ctx context.Context, a *wire.Attached, ids []job.ID) int {
	page, err := a.Jobs(ctx, uploader.JobsRequest{States: []job.State{job.Queued}, IDs: ids, N: 1})
	if err != nil {
		return 0
	}
	return page.Total
}

// tellSteered says what a verb has done, and of what shall go now why it does
// not: a flood limit, say.
func (p *program) tellSteered(ctx context.Context, a *wire.Attached, verb uploader.Verb, done uploader.Steered, asked []job.ID) error {
	sends := verb == uploader.VerbRelease || verb == uploader.VerbRetry || verb == uploader.VerbMark
	if !sends {
		p.say("%s %s", count(len(done.IDs), "upload"), steered[verb])
		return nil
	}
	r := uploader.JobsRequest{States: []job.State{job.Queued}, IDs: asked, N: steeredMost, Oldest: true}
	if verb != uploader.VerbRetry {
		r.IDs = done.IDs
	}
	snap, err := a.Snapshot(ctx, uploader.None{})
	if err != nil {
		return err
	}
	page := uploader.JobsPage{}
	if verb == uploader.VerbRetry || len(done.IDs) > 0 {
		if page, err = a.Jobs(ctx, r); err != nil {
			return err
		}
	}
	waiting, reasons := map[string]int{}, []string{}
	last := lastFailures(page.Jobs)
	for _, j := range page.Jobs {
		reason := whyQueued(j, snap, last[j.Account], a.Serving)
		if reason != "" && waiting[reason] == 0 {
			reasons = append(reasons, reason)
		}
		waiting[reason]++
	}
	switch {
	case len(done.IDs) > 0:
		p.say("%s %s", count(len(done.IDs), "upload"), steered[verb])
	case verb == uploader.VerbRetry && page.Total == 0:
		p.say("nothing has failed, and nothing waits to be tried again")
	case verb == uploader.VerbRetry && len(reasons) == 0 && !a.Serving:
		p.say("nothing has failed; %s in the queue", count(page.Total, "upload"))
	case verb != uploader.VerbRetry:
		p.say("%s %s", count(0, "upload"), steered[verb])
	}
	for _, reason := range reasons {
		p.say("%s: %s", waitFor(waiting[reason]), plain(reason))
	}
	if a.Serving && (len(done.IDs) > 0 || page.Total > 0) {
		p.say("no agent runs; send with: upshot queue run")
	}
	return nil
}

// steeredMost is how many uploads are looked at for why they wait.
const steeredMost = 10000
