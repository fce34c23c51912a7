package main

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	recoveryevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

func newEvidenceShowCommand(s ui.Streams, flags *archiveFlags) *cobra.Command {
	out := ui.Output{Streams: s}
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Print a document: its essence, or with --json all of it, as it is stored",
		Args:  exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, d, text, err := flags.oneDocument(cmd, args[0])
			if err != nil {
				return err
			}
			if out.JSON() { // as it is stored, whatever that is
				_, err := s.Out.Write(text)
				return err
			}
			if d.recovery != nil {
				drillevidence.Printable(d.recovery)
				ui.RecoverySummary(s.Out, *d.recovery, a.Location(args[0]), a.Page(args[0]), ui.Colours(s.Out))
				return nil
			}
			summary := drillevidence.Summarize(d.drill, a.Location(args[0]), a.Page(args[0]))
			drillevidence.Printable(&d.drill)
			ui.Summary(s.Out, d.drill, summary, ui.Colours(s.Out))
			return nil
		},
	}
	out.Flag(cmd.Flags(), "the document, byte for byte")
	return cmd
}

func newEvidenceReportCommand(s ui.Streams, flags *archiveFlags) *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use:   "report ID --to FILE",
		Short: "Draw the page of a document, anew",
		Args:  exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if to == "" {
				return usageError("name it with --to FILE", "where to write the page was not said")
			}
			_, d, text, err := flags.oneDocument(cmd, args[0])
			if err != nil {
				return err
			}
			var page bytes.Buffer
			if err := d.render(&page, drillevidence.SHA256(text)); err != nil {
				return err
			}
			if err := record.WriteFile(to, page.Bytes(), time.Time{}, true); err != nil {
				return usageError("name a file that can be written", "write the page: %w", err)
			}
			fmt.Fprintf(s.Err, "Wrote %s\n", ui.Shown(to))
			return nil
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "the file to write; one that is there is replaced")
	return cmd
}

// render draws the page of a document, whoever wrote it.
func (d document) render(w io.Writer, sha256 string) error {
	if d.recovery != nil {
		drillevidence.Printable(d.recovery)
		return recoveryevidence.Render(w, *d.recovery, sha256)
	}
	drillevidence.Printable(&d.drill)
	return drillevidence.Render(w, d.drill, sha256)
}
