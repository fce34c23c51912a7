package main

import (
	"bytes"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
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
			summary := drillevidence.Summarize(d, a.Location(args[0]), a.Page(args[0]))
			drillevidence.Printable(&d)
			ui.Summary(s.Out, d, summary, ui.Colours(s.Out))
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
			drillevidence.Printable(&d) // whoever wrote it
			var page bytes.Buffer
			if err := drillevidence.Render(&page, d, drillevidence.SHA256(text)); err != nil {
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
