package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
	"images-uploader.com/upshot/client/uploader"
)

// Config is what an engine is made of. Queue, Store, Keys and Spool are
// needed; a port that is nil answers errors.ErrUnsupported.
type Config struct {
	Queue     *queue.Queue
	Store     Store
	Keys      Keys
	Clipboard Clipboard
	Screen    Screen
	Regions   Regions
	Notifier  Notifier
	Opener    Opener
	Trash     Trash
	Network   Network
	Autostart Autostart

	Spool  string   // directory for bytes that have no file of their own
	Thumbs string   // directory for previews
	Ours   []string // directories of our own, never watched

	Role    uploader.Role
	Version string
	PID     int
	// Server is the account of this process when none is named: the address
	// and key from the environment.
	Server *uploader.Server
	// Adopt is given the environment of a client: a desktop that came later.
	Adopt func(env map[string]string)
	// Quit ends an agent. HandOver makes a serving command give the engine
	// up. Both return at once; nil where it does not apply.
	Quit, HandOver func()

	// Transport is for tests; see client.Config.
	Transport http.RoundTripper
	// FetchAllowed says which addresses a URL may be fetched from; nil
	// allows public ones only.
	FetchAllowed func(netip.Addr) bool
	Log          *slog.Logger
}

// Engine keeps uploader.Uploader.
type Engine struct {
	cfg Config
	log *slog.Logger

	mu                 sync.Mutex
	settings           uploader.Settings
	accounts           map[string]*account // by id
	pausedAway         map[string]bool     // ids of paused accounts that are not in the settings now
	paused             bool                // everything
	sending            map[job.ID]*sending
	active             map[job.BatchID]batchRole // batches given to this process
	all                bool                      // work on every job, not only on active batches
	draining           bool
	ended              bool // Run starts nothing any more
	notices            []uploader.Notice
	captureAt          time.Time          // when the screen is captured that somebody waits for
	folders            map[string]*folder // by path
	learning           bool               // somebody learns what hosts refuse
	undone             *undo              // what Undo takes back; nil: nothing
	stilled            int                // nothing is claimed while it is not 0
	limited            int64              // bandwidth in force, bytes a second
	networkUp, metered bool

	due        time.Time // when the next waiting job is; zero: none waits
	dueChanged bool      // it may be another time now
	settling   map[job.BatchID]*settling
	late       map[job.BatchID][]job.ID // ended, and perhaps not told of yet: see keepLate
	toldHere   map[job.BatchID]bool     // told, but that could not be written down; under tell
	keptBack   bool                     // the dispatcher has kept jobs back: their batches may be told now
	tells      bool                     // a batch may be here whose links are to be copied or told of
	recent     []uploader.Recent
	recentAt   uint64 // revision of links that recent is of

	links   atomic.Uint64 // counts what changes the newest links
	limit   *rate.Limiter // of the whole program
	trimNow chan struct{}
	changes changes
	sizes   sizes // that history knows
	refused refusedBook
	wake    chan struct{}
	news    atomic.Bool   // there may be jobs to claim that were not there
	taking  sync.RWMutex  // held while jobs are claimed and not yet in ready; before mu
	idle    chan struct{} // closed and renewed whenever a sender ends
	workers sync.WaitGroup
	tell    sync.Mutex // one batch is told at a time
	salting sync.Mutex
	keyring sync.Mutex // one question to the keyring at a time
	runCtx  atomic.Pointer[context.Context]
	running chan struct{} // closed when Run has begun
	thumbs  chan struct{} // one picture is decoded at a time
	picking sync.Mutex    // one region is picked at a time
	started time.Time
}

var _ uploader.Uploader = (*Engine)(nil)

// batchRole is what a batch is to this process.
type batchRole struct {
	attended bool
	fresh    bool          // given to this process first
	jobs     int           // at most so many at once, 0: as the account says
	limit    *rate.Limiter // nil: the program's only
	left     bool          // who gave it keeps back what is not sent
}

// New makes an engine over an open queue: jobs that a dead program left on
// the way are taken up again.
func New(ctx context.Context, cfg Config) (*Engine, error) {
	if cfg.Queue == nil || cfg.Store == nil || cfg.Keys == nil || cfg.Spool == "" {
		return nil, errors.New("engine: Queue, Store, Keys and Spool are needed")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	e := &Engine{
		cfg:        cfg,
		log:        cfg.Log,
		accounts:   map[string]*account{},
		sending:    map[job.ID]*sending{},
		active:     map[job.BatchID]batchRole{},
		settling:   map[job.BatchID]*settling{},
		late:       map[job.BatchID][]job.ID{},
		toldHere:   map[job.BatchID]bool{},
		folders:    map[string]*folder{},
		all:        cfg.Role == uploader.RoleAgent,
		wake:       make(chan struct{}, 1),
		idle:       make(chan struct{}),
		running:    make(chan struct{}),
		thumbs:     make(chan struct{}, 1),
		started:    time.Now(),
		limit:      newLimit(0),
		trimNow:    make(chan struct{}, 1),
		dueChanged: true,
		pausedAway: map[string]bool{},
	}
	e.changes.init()
	e.dropFrozen()
	for _, n := range cfg.Queue.Notices() {
		e.addNotice(uploader.Notice{ID: "queue", Headline: n})
	}
	recovered, err := cfg.Queue.Recover(ctx)
	if err != nil {
		return nil, fmt.Errorf("take up interrupted uploads: %w", err)
	}
	if len(recovered) > 0 {
		e.log.Info("interrupted uploads taken up again", "jobs", len(recovered))
	}
	if err := e.reload(); err != nil {
		return nil, err
	}
	if err := e.askAbout(ctx, recovered); err != nil {
		return nil, err
	}
	if cfg.Server != nil {
		// Jobs of an earlier run under the same address and key go on.
		if _, err := e.lend(ctx, *cfg.Server); err != nil {
			e.log.Warn("the environment's account cannot be used", "error", err)
		}
	}
	if err := e.loadPauses(ctx); err != nil {
		return nil, err
	}
	return e, nil
}

// askAbout holds interrupted uploads of accounts that want to be asked before
// anything is sent that the host may have already.
func (e *Engine) askAbout(ctx context.Context, recovered []job.ID) error {
	var held []job.ID
	for _, id := range recovered {
		j, err := e.cfg.Queue.Job(ctx, id)
		if err != nil {
			return fmt.Errorf("look at an interrupted upload: %w", err)
		}
		if a := e.accounts[j.Account]; a != nil && a.conf().Ask && j.MaybeSent {
			held = append(held, id)
		}
	}
	if _, err := e.cfg.Queue.MoveAll(ctx, held, job.Hold, queue.Update{}); err != nil {
		return fmt.Errorf("hold interrupted uploads: %w", err)
	}
	return nil
}

// Run works until ctx ends; then uploads on the way are broken off and kept
// for later. To let them end first, call Drain.
func (e *Engine) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	e.runCtx.Store(&ctx)
	close(e.running)
	e.workers.Go(func() { e.putLeftAway(ctx) })
	e.workers.Go(func() { e.watchDatabase(ctx) })
	e.workers.Go(func() { e.watchTrouble(ctx) })
	if e.cfg.Network != nil {
		e.workers.Go(func() { e.watchNetwork(ctx) })
	}
	if e.cfg.Role == uploader.RoleAgent {
		e.workers.Go(func() { e.upkeep(ctx) })
		e.startFolders(ctx)
		e.settleWaiting() // what ended as the last engine did is told now
	}
	err := e.dispatch(ctx)
	stop()
	e.mu.Lock()
	e.ended = true
	e.giveAllBack()
	e.mu.Unlock()
	e.workers.Wait()
	return err
}

// Drain takes no further job and returns when the ones on the way have ended,
// also if that cannot be written down: the queue tries a last time as it closes.
func (e *Engine) Drain(ctx context.Context) error {
	e.taking.Lock()
	e.mu.Lock()
	e.draining = true
	e.giveAllBack()
	e.mu.Unlock()
	e.taking.Unlock()
	return e.waitFor(ctx, func() bool {
		now, _ := e.cfg.Queue.Trouble()
		return e.onTheWay(now) == 0 && len(e.settling) == 0
	})
}

// Settled returns when no attended batch given to this process has anything
// on the way or about to be: what is left waits behind a gate or a backoff.
func (e *Engine) Settled(ctx context.Context) error {
	for {
		e.mu.Lock()
		var ids []job.BatchID
		for id, role := range e.active {
			if role.attended {
				ids = append(ids, id)
			}
		}
		idle := e.idle
		e.mu.Unlock()
		busy := false
		for _, id := range ids {
			moves, err := e.cfg.Queue.Moves(ctx, id, e.openAccounts())
			if err != nil {
				return fmt.Errorf("look at what is left: %w", err)
			}
			busy = busy || moves
		}
		if !busy || e.stuck() {
			return nil
		}
		select {
		case <-idle:
		case <-time.After(time.Second):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// waitFor blocks until cond, asked with mu held after every sender's end, holds.
func (e *Engine) waitFor(ctx context.Context, cond func() bool) error {
	for {
		e.mu.Lock()
		ok, idle := cond(), e.idle
		e.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-idle:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// poke makes the dispatcher look again.
func (e *Engine) poke() {
	e.news.Store(true)
	e.rouse()
}

// rouse has the dispatcher look at its senders.
func (e *Engine) rouse() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// addNotice says something to the person, once for each id.
func (e *Engine) addNotice(n uploader.Notice) {
	e.mu.Lock()
	i := slices.IndexFunc(e.notices, func(have uploader.Notice) bool { return have.ID == n.ID })
	said := i >= 0 && reflect.DeepEqual(e.notices[i], n)
	if i < 0 {
		e.notices = append(e.notices, n)
	} else {
		e.notices[i] = n
	}
	e.mu.Unlock()
	if !said { // to say it again would have everybody look again, who may be told again so
		e.changes.touch()
	}
}

// dropNotice takes a notice back that is true no more.
func (e *Engine) dropNotice(id string) {
	e.mu.Lock()
	n := len(e.notices)
	e.notices = slices.DeleteFunc(e.notices, func(have uploader.Notice) bool { return have.ID == id })
	changed := n != len(e.notices)
	e.mu.Unlock()
	if changed {
		e.changes.touch()
	}
}

// background is the context of the running engine for work that outlives a
// call, or one that has ended when the engine does not run.
func (e *Engine) background() context.Context {
	if p := e.runCtx.Load(); p != nil {
		return *p
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	return ctx
}

// unsupported is what a port that is not there answers.
func unsupported(service string) error {
	return fmt.Errorf("%s: %w", service, errors.ErrUnsupported)
}
