package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
)

// options are the flags that every uploading verb shares.
type options struct {
	account, server string
	allowHTTP       bool
	keyInForm       bool
	pin             string
	params          client.Params
	expire          string
	tags            string
	link, template  string
	as, format      string
	addresses       bool // what is uploaded may be addresses
	get             bool
	jobs            int
	limit           string
	perSecond       int64 // limit in bytes
	json, copy      bool
	deleteURL       bool
	attempts        int
	wait            time.Duration
	detach, quiet   bool
	items           []uploader.Item // of upload; the clipboard and the screen give theirs later
}

// params adds the flags of what the host shall do with a file.
func (o *options) paramFlags(f *pflag.FlagSet) {
	f.StringVar(&o.account, "account", "", "account to upload to, by `NAME`")
	f.StringVar(&o.server, "server", "", "`URL` of the host, with the key in UPSHOT_KEY or of an account there")
	f.BoolVar(&o.allowHTTP, "allow-http", false, "send key and files unencrypted if the address is http")
	f.BoolVar(&o.keyInForm, "key-in-form", false, "send the key of UPSHOT_KEY as a form field, as old V3 hosts want it")
	f.StringVar(&o.pin, "pin", "", "with UPSHOT_KEY: take the one certificate with this SHA-256 `FINGERPRINT` only")
	o.fieldFlags(f)
	f.StringVar(&o.as, "as", "", "how it travels: file, base64, or url (the host fetches an address itself)")
	f.StringVar(&o.format, "format", "", "what the host is asked to answer with: json, txt or redirect (the last two tell one link only)")
}

// fieldFlags adds the flags of what the host shall know of a file, and of the
// link that is handed back.
func (o *options) fieldFlags(f *pflag.FlagSet) {
	f.StringVar(&o.params.Title, "title", "", "title")
	f.StringVar(&o.params.Description, "description", "", "description")
	f.StringVar(&o.tags, "tags", "", "tags, separated by commas")
	f.StringVar(&o.params.Album, "album", "", "album `ID`, as in the album's address")
	f.IntVar(&o.params.Category, "category", 0, "category `N`umber")
	f.IntVar(&o.params.Width, "width", 0, "resize to a width of `PX` pixels")
	f.StringVar(&o.expire, "expire", "", "delete after: 30m, 1h, 3d, 2w, PT5M, P3D (m is minutes)")
	f.BoolVar(&o.params.NSFW, "nsfw", false, "mark as not safe for work")
	f.BoolVar(&o.params.UseFileDate, "use-file-date", false, "take the date from the file (administrators)")
	f.StringVar(&o.link, "link", "", "direct, viewer, short, thumb, medium, markdown, html or bbcode; the last three also with -thumb")
	f.StringVar(&o.template, "template", "", "text/template over the answer, such as '{{.url_viewer}}'")
}

// runFlags adds the flags of a run that waits for its links.
func (o *options) runFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.json, "json", false, "one JSON object a line for each file, as each ends; without it links come in the order given")
	f.BoolVar(&o.deleteURL, "with-delete-url", false, "the delete link in the JSON line too: whoever has it can delete the file")
	f.BoolVar(&o.copy, "copy", false, "put the links on the clipboard")
	f.IntVar(&o.jobs, "jobs", 0, "send up to `N` files at once, 1 to 8")
	f.StringVar(&o.limit, "limit", "", "send at most so many bytes a second: 500K, 2M")
	f.IntVar(&o.attempts, "attempts", 0, "give up after `N` tries; with 1 a host that cannot be reached ends the run")
	f.DurationVar(&o.wait, "wait", 2*time.Minute, "how long to wait for a host that is away or limits; 0 ends at once")
	f.BoolVar(&o.detach, "detach", false, "queue the files, leave the rest to the agent, and end")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no progress")
}

// noEmpty refuses flags that were given an empty value: mostly a variable of
// a script that is not set, and never what was meant.
func noEmpty(f *pflag.FlagSet) error {
	var err error
	f.Visit(func(flag *pflag.Flag) {
		switch v := flag.Value.(type) {
		case pflag.SliceValue:
			if slices.Contains(v.GetSlice(), "") {
				err = usagef("--%s needs a value", flag.Name)
			}
		default:
			if strings.TrimSpace(v.String()) == "" {
				err = usagef("--%s needs a value", flag.Name)
			}
		}
	})
	return err
}

// check refuses what is not valid before anything is sent or queued.
func (o *options) check(f *pflag.FlagSet) error {
	if f.Changed("expire") {
		iso, err := client.ParseExpiration(o.expire)
		if err != nil {
			return usageError{err}
		}
		o.params.Expiration = iso
	}
	if o.tags != "" && strings.Trim(o.tags, ", ") == "" {
		return usagef("--tags needs a tag")
	}
	for tag := range strings.SplitSeq(o.tags, ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			o.params.Tags = append(o.params.Tags, tag)
		}
	}
	if err := o.params.Validate(); err != nil {
		return usageError{err}
	}
	if o.link != "" && !slices.Contains(linkKinds(), client.LinkKind(o.link)) {
		return usagef("--link: %q is none of %s", o.link, kindNames())
	}
	if err := o.checkTransfer(); err != nil {
		return err
	}
	if o.link != "" && o.template != "" {
		return usagef("--link and --template exclude each other")
	}
	if o.template != "" {
		if err := checkTemplate("--template", o.template); err != nil {
			return err
		}
	}
	for _, name := range []string{"width", "category", "attempts", "jobs"} {
		if flag := f.Lookup(name); flag != nil && flag.Changed && flag.Value.Type() == "int" && (flag.Value.String() == "0" || strings.HasPrefix(flag.Value.String(), "-")) {
			return usagef("--%s must be 1 or more", name)
		}
	}
	if o.jobs > 8 {
		return usagef("--jobs: at most 8 files are sent at once")
	}
	if o.limit != "" {
		n, err := parseRate(o.limit)
		if err != nil || n == 0 {
			return usagef("--limit: %q is no number of bytes such as 500K or 2M, of at least 1K", o.limit)
		}
		o.perSecond = n
	}
	if o.wait < 0 {
		return usagef("--wait must not be negative")
	}
	if o.account != "" && o.server != "" {
		return usagef("--account and --server exclude each other")
	}
	if o.server != "" {
		address, err := client.ParseAddress(o.server)
		if err != nil {
			return usageError{err}
		}
		o.server = address
	}
	return nil
}

// checkTransfer refuses what --as, --get, --format and --with-delete-url
// cannot mean together.
func (o *options) checkTransfer() error {
	switch o.as {
	case "", "file", "base64", "url":
	default:
		return usagef("--as: %q is none of file, base64, url", o.as)
	}
	switch o.format {
	case "", "json", "txt", "redirect":
	default:
		return usagef("--format: %q is none of json, txt, redirect", o.format)
	}
	switch {
	case o.as == "url" && !o.addresses:
		return usagef("--as url goes with upshot upload URL")
	case o.get && o.as != "url":
		return usagef("--get goes with --as url: a file cannot be sent by GET")
	case o.deleteURL && !o.json:
		return usagef("--with-delete-url goes with --json; in a template it is {{.DeleteURL}}")
	case o.deleteURL && (o.format == "txt" || o.format == "redirect"):
		return usagef("--with-delete-url: a host tells no delete link with --format %s", o.format)
	}
	return nil
}

// encoding is how files travel.
func (o *options) encoding() client.Encoding {
	if o.as == "base64" {
		return client.AsBase64
	}
	return client.AsFile
}

// answer is what the host is asked to answer with.
func (o *options) answer() client.Format {
	if o.format == "json" {
		return client.FormatJSON
	}
	return client.Format(o.format)
}

// addDeleteLinks puts the delete links where the person asked for them.
func (o *options) addDeleteLinks(ctx context.Context, a *wire.Attached, jobs []job.Job) error {
	for i, j := range jobs {
		if j.State != job.Done || j.Image == nil || !o.deleteURL && !j.Link.WantsDeleteLink() {
			continue
		}
		link, err := a.DeleteLink(ctx, uploader.JobRequest{ID: j.ID})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		im := *j.Image
		im.DeleteLink = link
		jobs[i].Image = &im
	}
	return nil
}

// linkKinds are the kinds of links, those with a small picture too.
func linkKinds() []client.LinkKind {
	return append(client.LinkKinds(), client.LinkMarkdownThumb, client.LinkHTMLThumb, client.LinkBBCodeThumb)
}

func kindNames() string {
	var names []string
	for _, k := range linkKinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// keylessError is that nobody gave a key for a host: neither the environment,
// nor an account there.
type keylessError struct{ address string }

func (e keylessError) Error() string {
	return fmt.Sprintf("there is no key for %s: set UPSHOT_KEY to it, or set the host up with: upshot account add NAME %s", e.address, e.address)
}

func (e keylessError) Unwrap() error {
	return &client.Error{Kind: client.KindAuth, Code: job.CodeNoKey, Message: "no key for " + e.address}
}

// target says where an order goes: an account by name, or a server with its key.
func (o *options) target(h *wire.House, settings uploader.Settings) (account string, server *uploader.Server, err error) {
	switch {
	case o.account != "":
		if _, ok := settings.Account(o.account); !ok {
			return "", nil, usagef("there is no account %q; see upshot account list", o.account)
		}
		return o.account, nil, nil
	case o.server != "" && !h.Key.IsZero():
		return "", &uploader.Server{Address: o.server, Key: h.Key, AllowHTTP: o.allowHTTP, KeyInForm: o.keyInForm, PinSHA256: o.pin}, nil
	case o.server != "":
		for _, a := range settings.Accounts {
			if a.Address == o.server {
				return a.Name, nil, nil
			}
		}
		return "", nil, keylessError{o.server}
	case h.Server != nil:
		s := *h.Server
		s.AllowHTTP, s.KeyInForm, s.PinSHA256 = o.allowHTTP, o.keyInForm, o.pin
		return "", &s, nil
	case os.Getenv("UPSHOT_SERVER") != "":
		// Without UPSHOT_KEY, an account at that address has the key.
		address, err := client.ParseAddress(os.Getenv("UPSHOT_SERVER"))
		if err != nil {
			return "", nil, fmt.Errorf("UPSHOT_SERVER: %w", err)
		}
		o.server = address
		return o.target(h, settings)
	default:
		return "", nil, nil
	}
}

// order is an order with everything but its items.
func (o *options) order(batch job.BatchID, account string, server *uploader.Server) uploader.Order {
	return uploader.Order{
		Batch: batch, Account: account, Server: server, Params: o.params, Link: o.choice(),
		As: o.encoding(), Format: o.answer(), Jobs: o.jobs, Limit: o.perSecond,
		Via: job.ViaCommand, Copy: o.copy, MaxAttempts: o.attempts,
		HandOff: o.detach, Attended: !o.detach, Notify: o.detach,
	}
}

func (o *options) choice() job.LinkChoice {
	return job.LinkChoice{Kind: client.LinkKind(o.link), Template: o.template}
}
