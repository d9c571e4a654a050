package uploader

import (
	"slices"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
)

// Settings are everything a person can set, and never a key. The TOML names
// are those of config.toml.
type Settings struct {
	Default  string         `json:"default,omitempty" toml:"default,omitempty"` // name of the default account
	Link     job.LinkChoice `json:"link" toml:"link,omitempty"`
	NoNotify bool           `json:"no_notify,omitempty" toml:"no_notify,omitempty"`
	NoCopy   bool           `json:"no_copy,omitempty" toml:"no_copy,omitempty"` // watched files do not touch the clipboard
	Workers  int            `json:"workers,omitempty" toml:"workers,omitempty"` // per account, 0: 3
	Accounts []Account      `json:"accounts,omitempty" toml:"account,omitempty"`
	Folders  []Folder       `json:"folders,omitempty" toml:"folder,omitempty"`
}

// Account is a host with a name. Its key lies in the keyring under ID.
type Account struct {
	Name      string         `json:"name" toml:"name"`
	Address   string         `json:"address" toml:"address"`
	AllowHTTP bool           `json:"allow_http,omitempty" toml:"allow_http,omitempty"`
	KeyInForm bool           `json:"key_in_form,omitempty" toml:"key_in_form,omitempty"`
	Ask       bool           `json:"ask,omitempty" toml:"ask,omitempty"` // after an uncertain send: hold and ask instead of retry
	Params    client.Params  `json:"params" toml:"params,omitempty"`
	Link      job.LinkChoice `json:"link" toml:"link,omitempty"`
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
	Path      string         `json:"path" toml:"path"`
	Account   string         `json:"account,omitempty" toml:"account,omitempty"` // by name, empty: the default
	Recursive bool           `json:"recursive,omitempty" toml:"recursive,omitempty"`
	Include   []string       `json:"include,omitempty" toml:"include,omitempty"`
	Exclude   []string       `json:"exclude,omitempty" toml:"exclude,omitempty"`
	Existing  Existing       `json:"existing,omitempty" toml:"existing,omitempty"` // empty: skip
	After     After          `json:"after,omitempty" toml:"after,omitempty"`       // empty: keep
	Quiet     time.Duration  `json:"quiet,omitempty" toml:"quiet,omitempty"`       // empty: 1s
	Paused    bool           `json:"paused,omitempty" toml:"paused,omitempty"`
	Params    client.Params  `json:"params" toml:"params,omitempty"`
	Link      job.LinkChoice `json:"link" toml:"link,omitempty"`
}
