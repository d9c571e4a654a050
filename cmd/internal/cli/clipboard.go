package cli

import (
	"context"

	"github.com/spf13/cobra"

	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/cmd/internal/wire"
)

func (p *program) clipboardCommand() *cobra.Command {
	o := &options{}
	cmd := &cobra.Command{
		Use:   "clipboard",
		Short: "Upload what is on the clipboard: a picture, files, or text that is one URL",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(cmd.Flags()); err != nil {
				return err
			}
			h, err := p.open()
			if err != nil {
				return err
			}
			defer h.Close()
			return p.run(cmd.Context(), h, o, func(ctx context.Context, a *wire.Attached, order uploader.Order) (uploader.Receipt, error) {
				return a.SubmitClipboard(ctx, order)
			})
		},
	}
	o.paramFlags(cmd.Flags())
	o.runFlags(cmd.Flags())
	return cmd
}
