package uploader

import (
	"net/url"
	"os"
	"slices"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
)

// Settings are everything a person can set, and never a key. The TOML names
// are those of config.toml.
type Settings struct {
	Default      string              `json:"default,omitempty" toml:"default,omitempty"` // name of the default account
	Link         job.LinkChoice      `json:"link" toml:"link,omitempty"`
	NoNotify     bool                `json:"no_notify,omitempty" toml:"no_notify,omitempty"`
	NoCopy       bool                `json:"no_copy,omitempty" toml:"no_copy,omitempty"`             // watched files do not touch the clipboard
	Workers      int                 `json:"workers,omitempty" toml:"workers,omitzero"`              // per account, 0: 4
	Limit        int64               `json:"limit,omitempty" toml:"limit,omitzero"`                  // bytes a second of the whole program, 0: as fast as it goes
	Hours        []Hours             `json:"hours,omitempty" toml:"hours,omitempty"`                 // other limits at some hours; the first that fits counts
	PauseMetered bool                `json:"pause_metered,omitempty" toml:"pause_metered,omitempty"` // nothing is sent over a network that is paid by volume
	SendAgain    bool                `json:"send_again,omitempty" toml:"send_again,omitempty"`       // also what history knows the host has
	KeepDays     int                 `json:"keep_days,omitempty" toml:"keep_days,omitzero"`          // history, 0: for ever
	KeepCount    int                 `json:"keep_count,omitempty" toml:"keep_count,omitzero"`        // uploads in history, 0: all
	Hotkeys      map[Shortcut]string `json:"hotkeys,omitempty" toml:"hotkeys,omitempty"`             // combination by what it does
	Capture      Capturing           `json:"capture" toml:"capture,omitempty"`
	Theme        string              `json:"theme,omitempty" toml:"theme,omitempty"`       // of the window: light, dark, empty: the system's
	Language     string              `json:"language,omitempty" toml:"language,omitempty"` // of the window: en, de, ..., empty: the system's
	Accounts     []Account           `json:"accounts,omitempty" toml:"account,omitempty"`
	Folders      []Folder            `json:"folders,omitempty" toml:"folder,omitempty"`
}

// Hours is a time of the day with a limit of its own.
type Hours struct {
	From  string   `json:"from" toml:"from"`                     // "22:00"
	To    string   `json:"to" toml:"to"`                         // "07:00"; before From: the next morning
	Days  []string `json:"days,omitempty" toml:"days,omitempty"` // mon, tue, ... on which it begins; empty: all
	Limit int64    `json:"limit" toml:"limit"`                   // bytes a second, 0: as fast as it goes
}

// Shortcut is what a hotkey does.
type Shortcut string

// What hotkeys do.
const (
	ShortcutRegion    Shortcut = "region"    // capture a region
	ShortcutWindow    Shortcut = "window"    // capture the active window
	ShortcutScreen    Shortcut = "screen"    // capture all monitors
	ShortcutClipboard Shortcut = "clipboard" // upload the clipboard
)

// Capturing is how captures are made.
type Capturing struct {
	Format string        `json:"format,omitempty" toml:"format,omitempty"` // png (empty) or jpeg
	Name   string        `json:"name,omitempty" toml:"name,omitempty"`     // file name without extension; {date}, {time} and {window} are filled in
	Delay  time.Duration `json:"delay,omitempty" toml:"delay,omitzero"`
}

// Account is a host with a name. Its key lies in the keyring under ID.
type Account struct {
	Name      string         `json:"name" toml:"name"`
	Address   string         `json:"address" toml:"address"`
	AllowHTTP bool           `json:"allow_http,omitempty" toml:"allow_http,omitempty"`
	KeyInForm bool           `json:"key_in_form,omitempty" toml:"key_in_form,omitempty"`
	Ask       bool           `json:"ask,omitempty" toml:"ask,omitempty"`               // after an uncertain send: hold and ask instead of retry
	Proxy     string         `json:"proxy,omitempty" toml:"proxy,omitempty"`           // instead of the environment's: http, https or socks5, without a password
	CAFile    string         `json:"ca_file,omitempty" toml:"ca_file,omitempty"`       // authorities trusted besides the system's, in PEM form
	Workers   int            `json:"workers,omitempty" toml:"workers,omitzero"`        // files at once, 1 to 8; 0: Settings.Workers
	PinSHA256 string         `json:"pin_sha256,omitempty" toml:"pin_sha256,omitempty"` // fingerprint of the one certificate that is taken
	Params    client.Params  `json:"params" toml:"params,omitempty"`
	Link      job.LinkChoice `json:"link" toml:"link,omitempty"`
}

// Client is the client's configuration for the account; a file of
// authorities is read. The error is a *client.Error of KindInvalid.
func (a Account) Client(key client.Key) (client.Config, error) {
	cfg := client.Config{
		Address: a.Address, Key: key, AllowHTTP: a.AllowHTTP, KeyInForm: a.KeyInForm,
		Proxy: a.Proxy, PinSHA256: a.PinSHA256,
	}
	if u, err := url.Parse(a.Proxy); err == nil && u.User != nil {
		return cfg, &client.Error{Kind: client.KindInvalid, Message: "the proxy holds a password, and settings are no place for one; give it in the environment: HTTPS_PROXY"}
	}
	if a.CAFile != "" {
		var err error
		if cfg.CACertificates, err = os.ReadFile(a.CAFile); err != nil {
			return cfg, &client.Error{Kind: client.KindInvalid, Message: "the file of certificate authorities cannot be read: " + a.CAFile, Err: err}
		}
	}
	return cfg, nil
}

// ID is what jobs and the keyring know the account by. The address is part
// of it: a config file edited to point elsewhere never takes a queued file or
// a key along.
func (a Account) ID() string { return a.Name + "@" + a.Address }

// Account returns the account of that name, or the default one for "".
func (s Settings) Account(name string) (Account, bool) {
	if name == "" {
		name = s.Default
	}
	i := slices.IndexFunc(s.Accounts, func(a Account) bool { return a.Name == name })
	if i < 0 && name == "" && len(s.Accounts) == 1 {
		i = 0
	}
	if i < 0 {
		return Account{}, false
	}
	return s.Accounts[i], true
}

// Existing says what becomes of files that lie in a folder when it is added.
type Existing string

// What becomes of them.
const (
	ExistingSkip   Existing = "skip"
	ExistingUpload Existing = "upload"
)

// After says what becomes of a file once its upload is durable and certain.
type After string

// What becomes of it. Another value is "move=" and a directory.
const (
	AfterKeep  After = "keep"
	AfterTrash After = "trash"
)

// Folder is a watched folder and how its files are sent.
type Folder struct {
	Path      string          `json:"path" toml:"path"`
	Account   string          `json:"account,omitempty" toml:"account,omitempty"` // by name, empty: the default
	Recursive bool            `json:"recursive,omitempty" toml:"recursive,omitempty"`
	Include   []string        `json:"include,omitempty" toml:"include,omitempty"`
	Exclude   []string        `json:"exclude,omitempty" toml:"exclude,omitempty"`
	Kinds     string          `json:"kinds,omitempty" toml:"kinds,omitempty"`      // pictures, videos; empty: all that hosts take
	MinSize   int64           `json:"min_size,omitempty" toml:"min_size,omitzero"` // bytes, 0: no bound
	MaxSize   int64           `json:"max_size,omitempty" toml:"max_size,omitzero"`
	Versions  bool            `json:"versions,omitempty" toml:"versions,omitempty"` // each version of a file, not only the first
	Title     string          `json:"title,omitempty" toml:"title,omitempty"`       // template of the title: {name}, {folder}, {date}, {time}
	Existing  Existing        `json:"existing,omitempty" toml:"existing,omitempty"` // empty: skip
	After     After           `json:"after,omitempty" toml:"after,omitempty"`       // empty: keep
	Quiet     time.Duration   `json:"quiet,omitempty" toml:"quiet,omitzero"`        // empty: 1s
	Paused    bool            `json:"paused,omitempty" toml:"paused,omitempty"`
	As        client.Encoding `json:"as,omitempty" toml:"as,omitempty"`
	Format    client.Format   `json:"format,omitempty" toml:"format,omitempty"`
	Params    client.Params   `json:"params" toml:"params,omitempty"`
	Link      job.LinkChoice  `json:"link" toml:"link,omitempty"`
}
