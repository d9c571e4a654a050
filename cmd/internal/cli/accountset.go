package cli

import (
	"context"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
)

// accountOptions are the flags of what an account is set up with.
type accountOptions struct {
	options
	set       uploader.Account // what the flags say of it
	uncertain string

	width, category string
}

// flags adds them.
func (o *accountOptions) flags(f *pflag.FlagSet) {
	f.BoolVar(&o.set.AllowHTTP, "allow-http", false, "send key and files unencrypted if the address is http")
	f.BoolVar(&o.set.KeyInForm, "key-in-form", false, "send the key as a form field, as old V3 hosts want it")
	f.StringVar(&o.set.Proxy, "proxy", "", "`URL` of a proxy instead of the environment's: http, https or socks5")
	f.StringVar(&o.set.CAFile, "ca-file", "", "trust the certificate authorities in `FILE` (PEM) too")
	f.StringVar(&o.set.PinSHA256, "pin", "", "take the one certificate with this SHA-256 `FINGERPRINT` only")
	f.StringVar(&o.uncertain, "uncertain", "", "after a send whose answer was lost: retry or ask")
	o.fieldFlags(f)
	// As texts, which can be none.
	for name, value := range map[string]*string{"width": &o.width, "category": &o.category} {
		flag := f.Lookup(name)
		flag.Value, flag.DefValue = (*textValue)(value), ""
	}
}

// textValue is a flag's text.
type textValue string

func (t *textValue) String() string     { return string(*t) }
func (t *textValue) Type() string       { return "string" }
func (t *textValue) Set(s string) error { *t = textValue(s); return nil }

// none takes a value of an account away.
const none = "none"

// apply changes acc as the flags that were given say.
func (o *accountOptions) apply(f *pflag.FlagSet, acc *uploader.Account) error {
	cleared := map[string]bool{}
	f.Visit(func(flag *pflag.Flag) {
		if flag.Value.Type() == "string" && flag.Value.String() == none {
			cleared[flag.Name] = true
			_ = flag.Value.Set("") // a text takes any value
			flag.Changed = flag.Name != "expire"
		}
	})
	for name, to := range map[string]*int{"width": &o.params.Width, "category": &o.params.Category} {
		text := f.Lookup(name).Value.String()
		if n, err := strconv.Atoi(text); err == nil && n > 0 {
			*to = n
		} else if f.Changed(name) && !cleared[name] {
			return usagef("--%s: a number from 1 on, or none", name)
		}
	}
	if err := o.check(f); err != nil {
		return err
	}
	if o.set.CAFile != "" {
		abs, err := filepath.Abs(o.set.CAFile)
		if err != nil {
			return usagef("--ca-file: %v", err)
		}
		o.set.CAFile = abs
	}
	switch o.uncertain {
	case "", "retry", "ask":
	default:
		return usagef("--uncertain: %q is neither retry nor ask", o.uncertain)
	}
	for name, take := range map[string]func(){
		"allow-http":    func() { acc.AllowHTTP = o.set.AllowHTTP },
		"key-in-form":   func() { acc.KeyInForm = o.set.KeyInForm },
		"proxy":         func() { acc.Proxy = o.set.Proxy },
		"ca-file":       func() { acc.CAFile = o.set.CAFile },
		"pin":           func() { acc.PinSHA256 = o.set.PinSHA256 },
		"uncertain":     func() { acc.Ask = o.uncertain == "ask" },
		"title":         func() { acc.Params.Title = o.params.Title },
		"description":   func() { acc.Params.Description = o.params.Description },
		"tags":          func() { acc.Params.Tags = o.params.Tags },
		"album":         func() { acc.Params.Album = o.params.Album },
		"category":      func() { acc.Params.Category = o.params.Category },
		"width":         func() { acc.Params.Width = o.params.Width },
		"expire":        func() { acc.Params.Expiration = o.params.Expiration },
		"nsfw":          func() { acc.Params.NSFW = o.params.NSFW },
		"use-file-date": func() { acc.Params.UseFileDate = o.params.UseFileDate },
		"link":          func() { acc.Link = o.choice() },
		"template":      func() { acc.Link = o.choice() },
	} {
		if f.Changed(name) || cleared[name] {
			take()
		}
	}
	if _, err := acc.Client(client.Key{}); err != nil {
		return usageError{err}
	}
	return nil
}

// checkName refuses names that nobody could type or read again.
func checkName(name string) error {
	switch {
	case strings.TrimSpace(name) == "":
		return usagef("an account needs a name")
	case strings.ContainsFunc(name, unicode.IsControl):
		return usagef("an account's name is one line")
	default:
		return nil
	}
}

func (p *program) accountSet() *cobra.Command {
	o := &accountOptions{}
	cmd := &cobra.Command{
		Use: "set NAME", Short: "Change how an account is used; a value of none takes a setting away", Args: exactly("an account's name"),
		Example: `  upshot account set main --album AbC --link markdown
  upshot account set main --proxy none`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.with(cmd.Context(), func(ctx context.Context, a *wire.Attached) error {
				acc, err := account(ctx, a, args[0])
				if err != nil {
					return err
				}
				if cmd.Flags().NFlag() == 0 {
					return usagef("say what to change: upshot account set --help")
				}
				if err := o.apply(cmd.Flags(), &acc); err != nil {
					return err
				}
				if _, err := a.AddAccount(ctx, uploader.Candidate{Account: acc}); err != nil {
					return err
				}
				p.say("account %s is changed", plain(acc.Name))
				return nil
			})
		},
	}
	o.flags(cmd.Flags())
	return cmd
}
