package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
)

func (p *program) historyCommand() *cobra.Command {
	var from, n int
	var asJSON, yes bool
	var link string
	list := func(cmd *cobra.Command, args []string) error {
		return p.listHistory(cmd.Context(), strings.Join(args, " "), from, n, asJSON)
	}
	cmd := &cobra.Command{Use: "history", Short: "Show what was uploaded", Args: noArgs, RunE: list}
	listing := &cobra.Command{Use: "list", Short: "List uploads, those that ended last first", Args: noArgs, RunE: list}
	search := &cobra.Command{Use: "search WORDS", Short: "Find uploads by name, title, tags or link", Args: atLeastOneWord, RunE: list}
	for _, c := range []*cobra.Command{cmd, listing, search} {
		c.Flags().IntVarP(&n, "number", "n", 20, "how many")
		c.Flags().IntVar(&from, "from", 0, "leave out the newest `N`")
		c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	}
	cp := &cobra.Command{
		Use: "copy ID", Short: "Put a link on the clipboard again", Args: exactly("an upload's number"),
		RunE: p.onUpload(func(ctx context.Context, a *wire.Attached, id job.ID) error {
			got, err := a.CopyLinks(ctx, uploader.CopyRequest{IDs: []job.ID{id}, Link: job.LinkChoice{Kind: client.LinkKind(link)}})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(p.out, got.Text)
			return err
		}),
	}
	cp.PreRunE = func(*cobra.Command, []string) error {
		if link != "" && !slices.Contains(linkKinds(), client.LinkKind(link)) {
			return usagef("--link: %q is none of %s", link, kindNames())
		}
		return nil
	}
	cp.Flags().StringVar(&link, "link", "", "direct, viewer, short, thumb, medium, markdown, html or bbcode; the last three also with -thumb")
	open := &cobra.Command{
		Use: "open ID", Short: "Open the host's page of an upload", Args: exactly("an upload's number"),
		RunE: p.onUpload(func(ctx context.Context, a *wire.Attached, id job.ID) error {
			_, err := a.OpenLink(ctx, uploader.JobRequest{ID: id})
			return err
		}),
	}
	del := &cobra.Command{
		Use: "delete ID", Short: "Delete an upload on the host, for ever", Args: exactly("an upload's number"),
		RunE: p.onUpload(func(ctx context.Context, a *wire.Attached, id job.ID) error {
			j, err := deletable(ctx, a, id)
			if err != nil {
				return err
			}
			if !yes && !p.confirm(wantsDeletion(j)) {
				return usagef("not deleted; confirm with y, or give --yes")
			}
			if _, err := a.DeleteOnHost(ctx, uploader.JobRequest{ID: id}); err != nil {
				return err
			}
			p.say("deleted on the host")
			return nil
		}),
	}
	del.Flags().BoolVar(&yes, "yes", false, "do not ask")
	cmd.AddCommand(listing, search, cp, open, del, p.historyExport())
	return cmd
}

func atLeastOneWord(cmd *cobra.Command, args []string) error {
	if strings.TrimSpace(strings.Join(args, "")) == "" {
		return usagef("%s needs a word to look for", cmd.CommandPath())
	}
	return nil
}

// deletable is the upload of that number, if it may be on the host still.
func deletable(ctx context.Context, a *wire.Attached, id job.ID) (job.Job, error) {
	page, err := a.Jobs(ctx, uploader.JobsRequest{IDs: []job.ID{id}, States: []job.State{job.Done}, N: 1})
	switch {
	case err != nil:
		return job.Job{}, err
	case len(page.Jobs) == 0:
		return job.Job{}, usagef("there is no upload %d; see upshot history", id)
	case !page.Jobs[0].Deleted.IsZero():
		return job.Job{}, usagef("upload %d, %s, was deleted on the host already", id, plain(page.Jobs[0].Name))
	}
	return page.Jobs[0], nil
}

// wantsDeletion is the question before an upload is deleted.
func wantsDeletion(j job.Job) string {
	return fmt.Sprintf("Delete %s, uploaded %s, on the host? It cannot be undone.", plain(j.Name), j.Ended.Local().Format("2006-01-02 15:04"))
}

// onUpload runs work for the upload whose number is the argument.
func (p *program) onUpload(work func(ctx context.Context, a *wire.Attached, id job.ID) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		id, err := strconv.ParseInt(args[0], 10, 64)
		if err != nil || id < 1 {
			return usagef("%q is no upload's number; see upshot history", args[0])
		}
		return p.with(cmd.Context(), func(ctx context.Context, a *wire.Attached) error {
			err := work(ctx, a, job.ID(id))
			if errors.Is(err, fs.ErrNotExist) {
				return usagef("there is no upload %d with a link; see upshot history", id)
			}
			return err
		})
	}
}

// confirm asks a question on the terminal; without one the answer is no.
func (p *program) confirm(question string) bool {
	if !isTerminal(p.in) {
		return false
	}
	fmt.Fprintf(p.err, "%s [y/N] ", question)
	answer, _ := bufio.NewReader(p.in).ReadString('\n')
	return strings.EqualFold(strings.TrimSpace(answer), "y")
}

// linkOrDeleted is a job's link in a list.
func linkOrDeleted(j job.Job) string {
	if !j.Deleted.IsZero() {
		return "(deleted on the host)"
	}
	if link := j.Text(); link != "" {
		return plain(link)
	}
	j.Link = job.LinkChoice{} // its template gives nothing for it
	return plain(j.Text())
}

func (p *program) listHistory(ctx context.Context, words string, from, n int, asJSON bool) error {
	if n < 1 || from < 0 {
		return usagef("--number must be 1 or more, and --from 0 or more")
	}
	return p.with(ctx, func(ctx context.Context, a *wire.Attached) error {
		page, err := a.Jobs(ctx, uploader.JobsRequest{States: []job.State{job.Done}, ByEnded: true, Search: words, From: from, N: n})
		if err != nil {
			return err
		}
		if len(page.Jobs) == 0 && !asJSON {
			p.say("no uploads found")
		}
		w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
		for _, j := range page.Jobs {
			if asJSON {
				if err := p.printJSON(lineOf(j.Input, j)); err != nil {
					return err
				}
				continue
			}
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", j.ID, j.Ended.Local().Format("2006-01-02 15:04"), plain(j.Name), linkOrDeleted(j))
		}
		if err := w.Flush(); err != nil {
			return fmt.Errorf("write the list: %w", err)
		}
		if more := page.Total - from - len(page.Jobs); more > 0 && !asJSON {
			p.say("and %d more: --from %d, or --number for more at once", more, from+len(page.Jobs))
		}
		return nil
	})
}
