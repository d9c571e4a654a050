package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/sxcu"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
)

func (p *program) sxcuCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "sxcu", Short: "Take a host over from a custom uploader file of ShareX, or write one", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(p.sxcuImport(), p.sxcuExport())
	return cmd
}

// sxcuSource is where an account comes from.
type sxcuSource struct {
	file             string
	name             string // as given; empty: the file's own, or the host's
	yes, def         bool
	noCheck          bool
	allowHTTP        bool
	found            sxcu.Uploader
	replaced         uploader.Account
	replaces, namely bool // namely: a name was given
}

func (p *program) sxcuImport() *cobra.Command {
	var s sxcuSource
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Set an account up from a .sxcu file; its key goes into the keyring", Args: exactly("a .sxcu file"),
		Example: `  upshot sxcu import images.sxcu
  pass show images | upshot sxcu import --yes images.sxcu`,
		RunE: func(cmd *cobra.Command, args []string) error {
			s.file = args[0]
			return p.importSxcu(cmd.Context(), s)
		},
	}
	f := cmd.Flags()
	f.StringVar(&s.name, "name", "", "`NAME` of the account; else the file's, or the host's")
	f.BoolVar(&s.yes, "yes", false, "do not ask")
	f.BoolVar(&s.allowHTTP, "allow-http", false, "send key and files unencrypted if the address is http")
	f.BoolVar(&s.noCheck, "no-check", false, "do not ask the host whether it takes the key")
	f.BoolVar(&s.def, "default", false, "take this account when none is named")
	return cmd
}

// importSxcu shows what a file says, asks, and then does what account add does.
func (p *program) importSxcu(ctx context.Context, s sxcuSource) error {
	var err error
	if s.found, err = readSxcu(s.file); err != nil {
		return err
	}
	if _, err := client.New(client.Config{Address: s.found.Address, AllowHTTP: s.allowHTTP}); err != nil {
		return usagef("%s: the file has %s; give --allow-http, or add the host by its https address with upshot account add", plain(uploader.Explain(err).String()), plain(s.found.Address))
	}
	s.namely = s.name != ""
	if !s.namely {
		s.name = sxcuName(s.found)
	}
	if s.name = strings.TrimSpace(s.name); s.name == "" {
		return usagef("an account needs a name")
	}
	err = p.with(ctx, func(ctx context.Context, a *wire.Attached) error {
		settings, err := a.Settings(ctx, uploader.None{})
		s.replaced, s.replaces = settings.Account(s.name)
		return err
	})
	switch {
	case err != nil:
		return err
	case s.replaces && !s.namely:
		return usagef("there is an account %q already; give --name another, or --name %q to replace it", plain(s.name), plain(s.name))
	}
	p.showSxcu(s)
	switch {
	case s.yes:
	case !isTerminal(p.in):
		return usagef("nothing was set up: there is no terminal to ask on; if all this is right, give --yes")
	case !p.confirm("Set this account up?"):
		return usagef("nothing was set up; confirm with y, or give --yes")
	}
	key := s.found.Key
	if key.IsZero() {
		if key, err = p.readKey(ctx, s.found.Address); err != nil {
			return err
		}
	}
	c := uploader.Candidate{
		Account: uploader.Account{
			Name: s.name, Address: s.found.Address, AllowHTTP: s.allowHTTP, KeyInForm: s.found.KeyInForm,
			Params: s.found.Params, Link: job.LinkChoice{Kind: s.found.Link, Template: s.found.Template},
		},
		Key: key, Default: s.def,
	}
	err = p.with(ctx, func(ctx context.Context, a *wire.Attached) error {
		return p.keepAccount(ctx, a, c, s.noCheck)
	})
	if err == nil && !s.found.Key.IsZero() {
		p.say("%s still holds the key for everybody who can read it; delete it if you do not need it any more", plain(s.file))
	}
	return err
}

func readSxcu(path string) (sxcu.Uploader, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return sxcu.Uploader{}, usagef("there is no file %q; check the name", path)
	}
	if err != nil {
		return sxcu.Uploader{}, usagef("%s cannot be read; check its permissions", path)
	}
	defer f.Close()
	u, err := sxcu.Read(f)
	var ce *client.Error
	if errors.As(err, &ce) {
		return u, usageError{err}
	}
	if err != nil {
		return u, usagef("%s cannot be read; check that it is a .sxcu file", path)
	}
	return u, nil
}

// sxcuName is the name that an account gets by itself.
func sxcuName(u sxcu.Uploader) string {
	if u.Name != "" {
		return u.Name
	}
	if site, err := url.Parse(u.Address); err == nil {
		return site.Host
	}
	return u.Address
}

// showSxcu says on stderr what a file would set. The key is not shown.
func (p *program) showSxcu(s sxcuSource) {
	u := s.found
	p.say("%s sets up this account:", plain(s.file))
	w := tabwriter.NewWriter(p.err, 0, 4, 2, ' ', 0)
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "  %s\t%s\n", name, plain(value))
		}
	}
	number := func(name string, n int) {
		if n > 0 {
			line(name, strconv.Itoa(n))
		}
	}
	yes := func(name string, on bool) {
		if on {
			line(name, "yes")
		}
	}
	line("name", s.name)
	if s.replaces {
		line("replaces", "the account of that name, "+s.replaced.Address)
	}
	line("host", u.Address)
	switch {
	case !u.Key.IsZero():
		line("key", "in the file (not shown)")
	case u.Placeholder:
		line("key", "not in the file, which has only words in its place")
	default:
		line("key", "not in the file")
	}
	if u.KeyInForm {
		line("key is sent", "as a form field")
	}
	line("title", u.Params.Title)
	line("description", u.Params.Description)
	line("tags", strings.Join(u.Params.Tags, ", "))
	line("album", u.Params.Album)
	number("category", u.Params.Category)
	number("width", u.Params.Width)
	line("expires after", u.Params.Expiration)
	yes("not safe for work", u.Params.NSFW)
	yes("date of the file", u.Params.UseFileDate)
	line("link", string(u.Link))
	line("template", u.Template)
	_ = w.Flush() // to stderr: there is nobody left to tell
	if len(u.Notes) > 0 {
		p.say("not as in ShareX:")
	}
	for _, note := range u.Notes {
		p.say("  %s", plain(note))
	}
}

func (p *program) sxcuExport() *cobra.Command {
	var output string
	var force bool
	cmd := &cobra.Command{
		Use: "export [ACCOUNT]", Short: "Write a .sxcu file for ShareX, without the key", Args: atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			name := ""
			if len(args) == 1 {
				name = args[0]
			}
			if force && output == "" {
				return usagef("--force goes with --output")
			}
			var u sxcu.Uploader
			err := p.with(cmd.Context(), func(ctx context.Context, a *wire.Attached) error {
				var err error
				u, err = sxcuOf(ctx, a, name)
				return err
			})
			if err != nil {
				return err
			}
			return p.exportSxcu(u, output, force)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to `FILE` instead of standard output")
	cmd.Flags().BoolVar(&force, "force", false, "overwrite the file")
	return cmd
}

// sxcuOf is an account as a custom uploader. Its key is not asked for.
func sxcuOf(ctx context.Context, a *wire.Attached, name string) (sxcu.Uploader, error) {
	s, err := a.Settings(ctx, uploader.None{})
	if err != nil {
		return sxcu.Uploader{}, err
	}
	acc, ok := s.Account(name)
	switch {
	case !ok && name != "":
		return sxcu.Uploader{}, usagef("there is no account %q; see upshot account list", name)
	case !ok:
		return sxcu.Uploader{}, uploader.ErrNoAccount
	}
	link := acc.Link
	if link == (job.LinkChoice{}) {
		link = s.Link
	}
	return sxcu.Uploader{
		Name: acc.Name, Address: acc.Address, KeyInForm: acc.KeyInForm,
		Params: acc.Params, Link: link.Kind, Template: link.Template,
	}, nil
}

func (p *program) exportSxcu(u sxcu.Uploader, output string, force bool) error {
	data, notes, err := u.Encode()
	if err != nil {
		return err
	}
	if output == "" || output == "-" {
		_, err = p.out.Write(data)
	} else {
		err = writeFile(output, force, func(w io.Writer) error {
			_, err := w.Write(data)
			return err
		})
	}
	if err != nil {
		return err
	}
	for _, note := range notes {
		p.say("%s", plain(note))
	}
	p.say("the key is not in it: in ShareX, put it where the file says %q", sxcu.KeyPlaceholder)
	return nil
}
