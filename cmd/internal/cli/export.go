package cli

import (
	"context"
	"io"
	"iter"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
)

// exportPage is how many jobs an export asks for at a time.
const exportPage = 500

func (p *program) historyExport() *cobra.Command {
	var format, output, words string
	force := false
	cmd := &cobra.Command{
		Use: "export", Short: "Write the whole history as JSON Lines or CSV, without delete links", Args: noArgs,
		Example: `  upshot history export > uploads.jsonl
  upshot history export --output uploads.csv`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format == "" && strings.EqualFold(filepath.Ext(output), ".csv") {
				format = "csv"
			}
			write := job.WriteJSONLines
			switch format {
			case "", "jsonl":
			case "csv":
				write = job.WriteCSV
			default:
				return usagef("--format: %q is neither jsonl nor csv", format)
			}
			return p.with(cmd.Context(), func(ctx context.Context, a *wire.Attached) error {
				n := 0
				put := func(w io.Writer) (err error) {
					n, err = write(w, history(ctx, a, words))
					return err
				}
				if output == "" {
					return put(p.out)
				}
				if err := writeFile(output, force, put); err != nil {
					return err
				}
				p.say("%s written to %s", count(n, "upload"), plain(output))
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&format, "format", "", "jsonl or csv; without it the name of the output decides")
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to `FILE`")
	cmd.Flags().StringVar(&words, "search", "", "only uploads with these `WORDS`")
	cmd.Flags().BoolVar(&force, "force", false, "overwrite the file")
	return cmd
}

// history goes through all done jobs, oldest first. What is uploaded
// meanwhile comes at the end.
func history(ctx context.Context, a uploader.History, words string) iter.Seq2[job.Job, error] {
	return func(yield func(job.Job, error) bool) {
		for from := 0; ; {
			page, err := a.Jobs(ctx, uploader.JobsRequest{States: []job.State{job.Done}, Search: words, From: from, N: exportPage, Oldest: true})
			if err != nil {
				yield(job.Job{}, err)
				return
			}
			for _, j := range page.Jobs {
				if j.Spooled {
					j.Path = "" // of our own copy, which has gone; the input says what was given
				}
				if !yield(j, nil) {
					return
				}
			}
			if from += len(page.Jobs); len(page.Jobs) < exportPage {
				return
			}
		}
	}
}
