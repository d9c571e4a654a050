package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
)

func (p *program) accountCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "account", Short: "Set up hosts; keys are read from a prompt or standard input, and kept in the keyring", Args: noArgs, RunE: p.listAccounts}
	cmd.AddCommand(
		&cobra.Command{Use: "list", Short: "List the accounts", Args: noArgs, RunE: p.listAccounts},
		p.accountAdd(), p.accountSet(), p.accountKey(), p.accountTest(),
		&cobra.Command{
			Use: "default NAME", Short: "Take this account when none is named", Args: exactly("an account's name"),
			RunE: p.onAccount(func(ctx context.Context, a *wire.Attached, name string) error {
				_, err := a.DefaultAccount(ctx, uploader.AccountRequest{Account: name})
				return err
			}),
		},
		p.accountRemove(),
	)
	return cmd
}

// accountRemove takes an account away; with uploads still waiting for it, it
// asks.
func (p *program) accountRemove() *cobra.Command {
	yes := false
	cmd := &cobra.Command{
		Use: "remove NAME", Short: "Remove an account and its key", Args: exactly("an account's name"),
	}
	cmd.RunE = p.onAccount(func(ctx context.Context, a *wire.Attached, name string) error {
		acc, err := account(ctx, a, name)
		if err != nil {
			return err
		}
		page, err := a.Jobs(ctx, uploader.JobsRequest{Account: acc.ID(), States: []job.State{job.Queued, job.Held, job.Waiting, job.Sending}, N: 1})
		if err != nil {
			return err
		}
		question := fmt.Sprintf("%s still for account %s; remove it all the same?", waitFor(page.Total), plain(name))
		if page.Total > 0 && !yes && !p.confirm(question) {
			return usagef("%s still for account %s: send or move them first (upshot queue), or give --yes", waitFor(page.Total), name)
		}
		if _, err := a.RemoveAccount(ctx, uploader.AccountRequest{Account: name}); err != nil {
			return err
		}
		p.say("account %s and its key are removed", plain(name))
		if page.Total > 0 {
			p.say("%s for it: upshot queue move --account NAME, or cancel them", waitFor(page.Total))
		}
		return nil
	})
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func waitFor(n int) string {
	if n == 1 {
		return "1 upload waits"
	}
	return fmt.Sprintf("%d uploads wait", n)
}

// onAccount runs work for the account whose name is the argument.
func (p *program) onAccount(work func(ctx context.Context, a *wire.Attached, name string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		return p.with(cmd.Context(), func(ctx context.Context, a *wire.Attached) error {
			err := work(ctx, a, args[0])
			if errors.Is(err, uploader.ErrNoAccount) {
				return usagef("there is no account %q; see upshot account list", args[0])
			}
			return err
		})
	}
}

func (p *program) listAccounts(cmd *cobra.Command, _ []string) error {
	return p.with(cmd.Context(), func(ctx context.Context, a *wire.Attached) error {
		s, err := a.Settings(ctx, uploader.None{})
		if err != nil {
			return err
		}
		if len(s.Accounts) == 0 {
			p.say("no account yet; add one with: upshot account add NAME https://your.host")
			return nil
		}
		def, _ := s.Account("")
		w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
		for _, acc := range s.Accounts {
			mark := ""
			if acc.Name == def.Name {
				mark = "default"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\n", plain(acc.Name), plain(acc.Address), mark)
		}
		return w.Flush()
	})
}

func (p *program) accountAdd() *cobra.Command {
	var noCheck, def, replace bool
	o := &accountOptions{}
	cmd := &cobra.Command{
		Use: "add NAME URL", Short: "Add a host; its key is asked for", Args: noKeyBehind("a name", "the host's address"),
		Example: `  upshot account add main https://images-uploader.com
  pass show images | upshot account add main https://images-uploader.com`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !strings.ContainsAny(args[1], ".:/") && args[1] != "localhost" {
				return usagef("that is no address, which begins with https://; keys are never arguments: was it one, it is in your shell's history now, so change it on the host")
			}
			address, err := client.ParseAddress(args[1])
			if err != nil {
				return usageError{err}
			}
			if err := checkName(args[0]); err != nil {
				return err
			}
			if err := p.freeName(cmd.Context(), args[0], replace); err != nil {
				return err
			}
			acc := uploader.Account{Name: args[0], Address: address}
			if err := o.apply(cmd.Flags(), &acc); err != nil {
				return err
			}
			key, err := p.readKey(cmd.Context(), address)
			if err != nil {
				return err
			}
			c := uploader.Candidate{Account: acc, Key: key, Default: def}
			return p.with(cmd.Context(), func(ctx context.Context, a *wire.Attached) error {
				return p.keepAccount(ctx, a, c, noCheck)
			})
		},
	}
	f := cmd.Flags()
	o.flags(f)
	f.BoolVar(&replace, "replace", false, "replace an account of that name")
	f.BoolVar(&noCheck, "no-check", false, "do not ask the host whether it takes the key")
	f.BoolVar(&def, "default", false, "take this account when none is named")
	return cmd
}

// freeName refuses the name of an account that is there: what is queued for
// it would lose its way.
func (p *program) freeName(ctx context.Context, name string, replace bool) error {
	if replace {
		return nil
	}
	return p.with(ctx, func(ctx context.Context, a *wire.Attached) error {
		s, err := a.Settings(ctx, uploader.None{})
		if err != nil {
			return err
		}
		for _, have := range s.Accounts {
			if have.Name == name {
				return usagef("there is an account %q already (%s): change it with upshot account set or key, or give --replace", name, have.Address)
			}
		}
		return nil
	})
}

// keepAccount asks the host whether address and key are good, then keeps both.
func (p *program) keepAccount(ctx context.Context, a *wire.Attached, c uploader.Candidate, noCheck bool) error {
	if !noCheck {
		if _, err := a.Check(ctx, c); err != nil {
			p.say("nothing was saved (with --no-check it would be)")
			return checkError{httpRefused(c.Account.Address, c.Account.AllowHTTP, err)}
		}
	}
	_, err := a.AddAccount(ctx, c)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		p.say("this system has no keyring, and keys are never written to a file; nothing was saved")
		form := ""
		if c.Account.KeyInForm {
			form = "--key-in-form "
		}
		p.say("give the key for each run instead: UPSHOT_SERVER=%s UPSHOT_KEY=... upshot upload %sFILE", c.Account.Address, form)
		return exitError{exitKey}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, fs.ErrPermission):
		p.say("upshot: %s; nothing was saved", p.explain(err))
		return exitError{exitKey}
	case err != nil:
		return err
	}
	p.say("account %s is ready: %s", plain(c.Account.Name), plain(c.Account.Address))
	return nil
}

func (p *program) accountKey() *cobra.Command {
	noCheck := false
	cmd := &cobra.Command{
		Use: "key NAME", Short: "Give an account another key", Args: noKeyBehind("an account's name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var address string
			err := p.with(cmd.Context(), func(ctx context.Context, a *wire.Attached) error {
				acc, err := account(ctx, a, args[0])
				address = acc.Address
				return err
			})
			if err != nil {
				return err
			}
			key, err := p.readKey(cmd.Context(), address)
			if err != nil {
				return err
			}
			return p.with(cmd.Context(), func(ctx context.Context, a *wire.Attached) error {
				// Read again: much may have changed while the prompt stood there.
				acc, err := account(ctx, a, args[0])
				if err != nil {
					return err
				}
				if acc.Address != address {
					return usagef("account %s has another address now, %s; nothing was saved", args[0], acc.Address)
				}
				return p.keepAccount(ctx, a, uploader.Candidate{Account: acc, Key: key}, noCheck)
			})
		},
	}
	cmd.Flags().BoolVar(&noCheck, "no-check", false, "do not ask the host whether it takes the key")
	return cmd
}

// account is the account of that name as it is now.
func account(ctx context.Context, a *wire.Attached, name string) (uploader.Account, error) {
	s, err := a.Settings(ctx, uploader.None{})
	if err != nil {
		return uploader.Account{}, err
	}
	acc, ok := s.Account(name)
	if !ok {
		return uploader.Account{}, usagef("there is no account %q; see upshot account list", name)
	}
	return acc, nil
}

func (p *program) accountTest() *cobra.Command {
	return &cobra.Command{
		Use: "test [NAME]", Short: "Ask the host whether it takes the key, without uploading anything", Args: atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			name := ""
			if len(args) == 1 {
				name = args[0]
			}
			return p.with(cmd.Context(), func(ctx context.Context, a *wire.Attached) error {
				s, err := a.Settings(ctx, uploader.None{})
				if err != nil {
					return err
				}
				acc, ok := s.Account(name)
				if !ok && name != "" {
					return usagef("there is no account %q; see upshot account list", name)
				}
				if !ok {
					return uploader.ErrNoAccount
				}
				if _, err := a.Check(ctx, uploader.Candidate{Account: acc}); err != nil {
					return checkError{err}
				}
				p.say("%s takes the key of account %s", plain(acc.Address), plain(acc.Name))
				return nil
			})
		},
	}
}

// keyMost is more than any key is long.
const keyMost = 4096

// readKey reads a key from the terminal without showing it, or one line of
// standard input. Never from the arguments: other people can see those.
func (p *program) readKey(_ context.Context, address string) (client.Key, error) {
	var text string
	if f, ok := p.in.(*os.File); ok && terminal(f) {
		fmt.Fprintf(p.err, "API key for %s (not shown): ", plain(address))
		b, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(p.err)
		if err != nil {
			return client.Key{}, fmt.Errorf("read the key: %w", err)
		}
		text = string(b)
	} else {
		line, err := bufio.NewReader(io.LimitReader(p.in, keyMost)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return client.Key{}, fmt.Errorf("read the key: %w", err)
		}
		text = line
	}
	if text = strings.TrimSpace(text); text == "" {
		return client.Key{}, usagef("no key given: type it at the prompt, or pipe it in")
	}
	return client.NewKey(text), nil
}
