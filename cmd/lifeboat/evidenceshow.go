package main

import (
	"bytes"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

func newEvidenceShowCommand(s streams, flags *archiveFlags) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Print a document: its essence, or with --json all of it, as it is stored",
		Args:  exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, d, text, err := flags.oneDocument(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if asJSON {
				_, err := s.out.Write(text)
				return err
			}
			summary := drillevidence.Summarize(d, a.Location(args[0]), reportBeside(a, args[0]))
			drillevidence.Printable(&d)
			printSummary(s.out, d, summary, colours(s.out))
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the document, byte for byte")
	return cmd
}

func newEvidenceReportCommand(s streams, flags *archiveFlags) *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use:   "report ID --to FILE",
		Short: "Draw the page of a document, anew",
		Args:  exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if to == "" {
				return usageError("name it with --to FILE", "where to write the page was not said")
			}
			_, d, text, err := flags.oneDocument(cmd.Context(), args[0])
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
			fmt.Fprintf(s.err, "Wrote %s\n", shown(to))
			return nil
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "the file to write; one that is there is replaced")
	return cmd
}
