package cli

import (
	"context"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
)

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
					n, err = write(w, uploader.EachEnded(ctx, a, uploader.JobsRequest{States: []job.State{job.Done}, Search: words}))
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
