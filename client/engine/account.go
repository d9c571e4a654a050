package engine

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/queue"
	"images-uploader.com/upshot/client/uploader"
)

// defaultWorkers send at once for one account unless the settings say else.
const defaultWorkers = 4

// keyringWait bounds one question to the keyring: a person may have to type
// its password.
const keyringWait = 90 * time.Second

// keyringAgain is how long a keyring that did not answer is left alone.
const keyringAgain = 20 * time.Second

// account is a host with a key, and what holds its jobs back.
type account struct {
	id         string
	set        atomic.Pointer[uploader.Account] // read by senders too
	ephemeral  bool                             // its key is in memory only
	gone       bool                             // no longer in the settings; goes with its last sender
	key        client.Key
	keyState   uploader.KeyState // what is told of the key
	api        *client.Client
	changed    int // counts keys given: what a sender learned with an older one is of no use
	gates      map[job.Gate]*gate
	ready      ready
	dry        map[job.BatchID]bool // the last claim for a batch ("": any) found fewer than it asked for
	busy       int                  // senders at work
	refusals   int                  // times in a row that the host was unavailable
	misses     int                  // times in a row that it could not be reached
	limits     []queue.Limit        // flood limits that its host has told
	limitsRead bool
}

// conf is the account as it is set up now.
func (a *account) conf() uploader.Account { return *a.set.Load() }

// reload takes the settings from disk over.
func (e *Engine) reload() error {
	e.mu.Lock()
	s, notices, err := e.cfg.Store.Load()
	if err == nil {
		e.take(s)
	}
	e.mu.Unlock()
	if err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	for _, n := range notices {
		e.addNotice(n)
	}
	return nil
}

// take makes s the settings in force. The caller holds mu.
func (e *Engine) take(s uploader.Settings) {
	e.settings = s
	known := map[string]bool{}
	for _, a := range s.Accounts {
		known[a.ID()] = true
		have := e.accounts[a.ID()]
		if have == nil {
			have = &account{id: a.ID(), gates: map[job.Gate]*gate{}, ready: ready{}, dry: map[job.BatchID]bool{}}
			e.accounts[a.ID()] = have
			if e.pausedAway[a.ID()] {
				have.gates[job.GatePaused] = &gate{}
				delete(e.pausedAway, a.ID())
			}
		} else if !reflect.DeepEqual(have.conf(), a) {
			have.api = nil
		}
		have.set.Store(&a)
		have.gone = false
	}
	for id, a := range e.accounts {
		if !a.ephemeral && !known[id] {
			a.gone = true
			e.giveBack(a)
			e.bury(a)
		}
	}
}

// bury forgets an account that is gone once its last sender has ended, but for
// the person's wish that it be paused, in case it comes back into the settings.
// The caller holds mu.
func (e *Engine) bury(a *account) {
	if a.gone && a.busy == 0 && e.accounts[a.id] == a { // it may have been added anew meanwhile
		delete(e.accounts, a.id)
		if a.gates[job.GatePaused] != nil {
			e.pausedAway[a.id] = true
		}
	}
}

// resolve finds the account an order goes to.
func (e *Engine) resolve(ctx context.Context, name string, server *uploader.Server) (*account, error) {
	if server == nil && name == "" {
		server = e.cfg.Server
	}
	if server != nil {
		return e.lend(ctx, *server)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	conf, ok := e.settings.Account(name)
	if !ok {
		return nil, uploader.ErrNoAccount
	}
	return e.accounts[conf.ID()], usable(conf)
}

// usable refuses an account whose address may not be used so, before
// anything is queued for it.
func usable(a uploader.Account) error {
	cfg, err := a.Client(client.Key{})
	if err == nil {
		_, err = client.New(cfg)
	}
	return err
}

// dial makes a client of an account.
func (e *Engine) dial(a uploader.Account, key client.Key) (*client.Client, error) {
	cfg, err := a.Client(key)
	if err != nil {
		return nil, err
	}
	cfg.Transport, cfg.UserAgent = e.cfg.Transport, "upshot/"+e.cfg.Version
	return client.New(cfg)
}

// accountOnce is what the id of an account that is set up no more tells of it:
// enough to delete there, for which no key is needed.
func accountOnce(id string) (uploader.Account, bool) {
	if at := strings.LastIndex(id, "@http"); at >= 0 {
		id = id[at+1:]
	}
	address, _, _ := strings.Cut(id, "#") // lent ones have a fingerprint of their key
	if _, err := client.ParseAddress(address); err != nil || !strings.HasPrefix(address, "http") {
		return uploader.Account{}, false
	}
	return uploader.Account{Address: address, AllowHTTP: true}, true // as it was when the file went there
}

// lend makes an account of an address and a key that live as long as this
// process. Its id is the address and a salted fingerprint of the key: what is
// queued under one key never leaves under another.
func (e *Engine) lend(ctx context.Context, s uploader.Server) (*account, error) {
	address, err := client.ParseAddress(s.Address)
	if err != nil {
		return nil, err
	}
	if s.Key.IsZero() {
		return nil, &client.Error{Kind: client.KindAuth, Code: job.CodeNoKey, Message: "no key given for " + address}
	}
	salt, err := e.salt(ctx)
	if err != nil {
		return nil, err
	}
	id := address + "#" + s.Key.Fingerprint(salt)
	conf := uploader.Account{Name: address, Address: address, AllowHTTP: s.AllowHTTP, KeyInForm: s.KeyInForm, PinSHA256: s.PinSHA256}
	// Whoever allowed http for a file allowed it for every try of it, and an
	// old host stays one.
	for name, set := range map[string]*bool{"allow_http:": &conf.AllowHTTP, "key_in_form:": &conf.KeyInForm} {
		said, err := e.cfg.Queue.Meta(ctx, name+id)
		if err != nil {
			return nil, fmt.Errorf("look the address up: %w", err)
		}
		if *set && said == "" {
			if err := usable(conf); err != nil {
				return nil, err
			}
			if err := e.cfg.Queue.SetMeta(ctx, name+id, "yes"); err != nil {
				return nil, fmt.Errorf("remember how the host is spoken to: %w", err)
			}
		}
		*set = *set || said != ""
	}
	if err := usable(conf); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	a := e.accounts[id]
	if a == nil {
		a = &account{id: id, ephemeral: true, gates: map[job.Gate]*gate{}, ready: ready{}, dry: map[job.BatchID]bool{}}
		e.accounts[id] = a
	}
	if old := a.set.Swap(&conf); old != nil && !reflect.DeepEqual(*old, conf) {
		a.api = nil
	}
	if a.key != s.Key {
		a.key, a.api = s.Key, nil
		delete(a.gates, job.GateNoKey)
	}
	return a, nil
}

// salt is random, kept with the database.
func (e *Engine) salt(ctx context.Context) ([]byte, error) {
	const name = "key_salt"
	e.salting.Lock() // two first orders at once are to find one salt
	defer e.salting.Unlock()
	text, err := e.cfg.Queue.Meta(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("read salt: %w", err)
	}
	if salt, err := hex.DecodeString(text); err == nil && len(salt) == 16 {
		return salt, nil
	}
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails, see crypto/rand
	if err := e.cfg.Queue.SetMeta(ctx, name, hex.EncodeToString(salt)); err != nil {
		return nil, fmt.Errorf("keep salt: %w", err)
	}
	return salt, nil
}

// connect returns the account's client, reading its key if need be, and the
// number of the key it goes with.
func (e *Engine) connect(ctx context.Context, a *account) (*client.Client, int, error) {
	e.mu.Lock()
	api, conf, key, changed := a.api, a.conf(), a.key, a.changed
	e.mu.Unlock()
	if api != nil {
		return api, changed, nil
	}
	read := key.IsZero()
	if read {
		var err error
		if key, err = e.readKey(ctx, a.id); err != nil {
			return nil, changed, err
		}
	}
	api, err := e.dial(conf, key)
	if err != nil {
		return nil, changed, err
	}
	e.mu.Lock()
	if a.changed == changed {
		a.key, a.api = key, api
		if read && a.keyState != uploader.KeyStored {
			a.keyState = uploader.KeyStored
			e.changes.touch()
		}
	}
	e.mu.Unlock()
	return api, changed, nil
}

// readKey asks the keyring; one question at a time, so that a locked one
// shows one password window and not one for each file.
func (e *Engine) readKey(ctx context.Context, id string) (client.Key, error) {
	e.keyring.Lock()
	defer e.keyring.Unlock()
	ctx, stop := context.WithTimeout(ctx, keyringWait)
	defer stop()
	key, err := e.cfg.Keys.Get(ctx, id)
	switch {
	case err == nil && !key.IsZero():
		return key, nil
	case err == nil || errors.Is(err, fs.ErrNotExist):
		return client.Key{}, &client.Error{Kind: client.KindAuth, Code: job.CodeNoKey, Message: "the keyring has no key for this account", Err: err}
	case errors.Is(err, context.Canceled):
		return client.Key{}, &client.Error{Kind: client.KindCanceled, Err: err}
	default:
		return client.Key{}, &client.Error{Kind: client.KindAuth, Code: job.CodeKeyring, Message: err.Error(), Err: err}
	}
}

// workersFor is how many senders an account may have.
func (e *Engine) workersFor(a *account) int {
	return min(cmp.Or(max(a.conf().Workers, 0), max(e.settings.Workers, 0), defaultWorkers), 8)
}

// Check tests address and key without uploading anything.
func (e *Engine) Check(ctx context.Context, c uploader.Candidate) (uploader.Checked, error) {
	address, err := client.ParseAddress(c.Account.Address)
	if err != nil {
		return uploader.Checked{}, err
	}
	key := c.Key
	if key.IsZero() {
		a := c.Account
		a.Address = address
		if key, err = e.readKey(ctx, a.ID()); err != nil {
			return uploader.Checked{Address: address}, err
		}
	}
	c.Account.Address = address
	api, err := e.dial(c.Account, key)
	if err != nil {
		return uploader.Checked{Address: address}, err
	}
	return uploader.Checked{Address: address}, api.Check(ctx)
}

// AddAccount stores the account in the settings and its key in the keyring.
func (e *Engine) AddAccount(ctx context.Context, c uploader.Candidate) (uploader.None, error) {
	a := c.Account
	if a.Name == "" {
		return uploader.None{}, &client.Error{Kind: client.KindInvalid, Message: "an account needs a name"}
	}
	address, err := client.ParseAddress(a.Address)
	if err != nil {
		return uploader.None{}, err
	}
	a.Address = address
	if err := usable(a); err != nil {
		return uploader.None{}, err
	}
	if err := a.Params.Validate(); err != nil {
		return uploader.None{}, err
	}
	if !c.Key.IsZero() && !c.SessionOnly {
		kctx, stop := context.WithTimeout(ctx, keyringWait)
		err := e.cfg.Keys.Set(kctx, a.ID(), c.Key)
		stop()
		if err != nil {
			return uploader.None{}, fmt.Errorf("keep the key in the keyring: %w", err)
		}
	}
	fresh := true
	err = e.edit(func(s *uploader.Settings) {
		fresh = !slices.ContainsFunc(s.Accounts, func(have uploader.Account) bool { return have.ID() == a.ID() })
		i := slices.IndexFunc(s.Accounts, func(have uploader.Account) bool { return have.Name == a.Name })
		if i < 0 {
			s.Accounts = append(s.Accounts, a)
		} else {
			s.Accounts[i] = a
		}
		if c.Default || len(s.Accounts) == 1 {
			s.Default = a.Name
		}
	})
	if err != nil {
		if fresh && !c.Key.IsZero() && !c.SessionOnly {
			if gone := e.forgetKey(ctx, a.ID()); gone != nil {
				e.log.Warn("key of an account that was not added stays in the keyring", "error", gone)
			}
		}
		return uploader.None{}, err
	}
	e.mu.Lock()
	if have := e.accounts[a.ID()]; have != nil {
		have.changed++
		have.api, have.key = nil, client.Key{}
		switch {
		case c.Key.IsZero(): // it is as it was
		case c.SessionOnly:
			have.key, have.keyState = c.Key, uploader.KeyMemory
		default:
			have.keyState = uploader.KeyStored
		}
		for _, g := range []job.Gate{job.GateNoKey, job.GateUnavailable, job.GateOffline} {
			delete(have.gates, g)
		}
	}
	e.mu.Unlock()
	e.restartFolders()
	e.changes.touch()
	e.poke()
	return uploader.None{}, nil
}

// RemoveAccount takes the account off the settings and its key off the keyring.
func (e *Engine) RemoveAccount(ctx context.Context, r uploader.AccountRequest) (uploader.None, error) {
	var gone uploader.Account
	err := e.edit(func(s *uploader.Settings) {
		s.Accounts = slices.DeleteFunc(s.Accounts, func(a uploader.Account) bool {
			if a.Name == r.Account {
				gone = a
			}
			return a.Name == r.Account
		})
		if s.Default == r.Account {
			s.Default = ""
		}
	})
	if err != nil {
		return uploader.None{}, err
	}
	if gone.Name == "" {
		return uploader.None{}, uploader.ErrNoAccount
	}
	e.mu.Lock()
	delete(e.pausedAway, gone.ID())
	e.mu.Unlock()
	if err := e.forgetKey(ctx, gone.ID()); err != nil {
		return uploader.None{}, err
	}
	e.changes.touch()
	return uploader.None{}, nil
}

// forgetKey takes an account's key off the keyring, if it is there.
func (e *Engine) forgetKey(ctx context.Context, id string) error {
	ctx, stop := context.WithTimeout(ctx, keyringWait)
	defer stop()
	if err := e.cfg.Keys.Delete(ctx, id); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the key from the keyring: %w", err)
	}
	return nil
}

// DefaultAccount makes an account the one that is taken when none is named.
func (e *Engine) DefaultAccount(_ context.Context, r uploader.AccountRequest) (uploader.None, error) {
	e.mu.Lock()
	_, ok := e.settings.Account(r.Account)
	e.mu.Unlock()
	if !ok || r.Account == "" {
		return uploader.None{}, uploader.ErrNoAccount
	}
	return uploader.None{}, e.edit(func(s *uploader.Settings) { s.Default = r.Account })
}

// edit reads the settings from disk, changes and saves them, and takes them over.
func (e *Engine) edit(change func(*uploader.Settings)) error {
	e.mu.Lock()
	s, notices, err := e.cfg.Store.Load()
	if err == nil {
		change(&s)
		err = e.cfg.Store.Save(s)
	}
	if err == nil {
		e.take(s)
	}
	e.mu.Unlock()
	if err != nil {
		return fmt.Errorf("change settings: %w", err)
	}
	for _, n := range notices {
		e.addNotice(n)
	}
	e.changes.touch()
	return nil
}

// Settings returns the settings as they are on disk.
func (e *Engine) Settings(context.Context, uploader.None) (uploader.Settings, error) {
	if err := e.reload(); err != nil {
		return uploader.Settings{}, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.settings, nil
}

// ChangeSettings takes over everything but accounts, the default and folders.
func (e *Engine) ChangeSettings(_ context.Context, next uploader.Settings) (uploader.None, error) {
	if next.Workers < 0 || next.Workers > 8 {
		return uploader.None{}, &client.Error{Kind: client.KindInvalid, Message: "workers: from 1 to 8, or 0 for the default"}
	}
	e.mu.Lock()
	sameLink := next.Link == e.settings.Link
	e.mu.Unlock()
	if err := checkLimits(next); err != nil {
		return uploader.None{}, err
	}
	if err := checkTemplate(next.Link); err != nil && !sameLink { // one that stands already is not in the way of the rest
		return uploader.None{}, err
	}
	err := e.edit(func(s *uploader.Settings) {
		next.Accounts, next.Default, next.Folders = s.Accounts, s.Default, s.Folders
		*s = next
	})
	if err != nil {
		return uploader.None{}, err
	}
	e.openUnavailable("")
	e.poke()
	e.keepUp()
	return uploader.None{}, nil
}
