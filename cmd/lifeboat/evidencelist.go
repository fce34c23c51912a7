package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	recoveryevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/record"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

func newEvidenceListCommand(s ui.Streams, flags *archiveFlags) *cobra.Command {
	out := ui.Output{Streams: s}
	var limit int
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the documents, newest first",
		Args:  exactArgs(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := flags.open(cmd)
			if err != nil {
				return err
			}
			ids, err := a.IDs(cmd.Context())
			if err != nil {
				return notLookedAt(err)
			}
			rows, misplaced := []ui.ListedEvidence{}, 0
			var unread error // the first that nothing is known of
			for _, id := range ids {
				text, err := a.Text(cmd.Context(), id)
				var row ui.ListedEvidence
				if err == nil {
					row, err = rowOf(id, text)
				}
				if err != nil && couldNotBeRead(err) {
					if !errors.Is(err, fs.ErrPermission) { // nor can any other
						return notLookedAt(err)
					}
					unread = cmp.Or(unread, err)
					fmt.Fprintf(s.Err, "lifeboat: could not be looked at: %s\n", ui.Shown(a.Location(id)+": "+err.Error()))
					continue
				}
				if errors.As(err, new(record.Another)) { // a row would show its ending under this name
					misplaced++
					fmt.Fprintf(s.Err, "lifeboat: not the evidence of %s: %s\n", ui.Shown(id), ui.Shown(a.Location(id)+": "+err.Error()))
					continue
				}
				if err != nil {
					fmt.Fprintf(s.Err, "lifeboat: not readable as evidence: %s\n", ui.Shown(a.Location(id)+": "+err.Error()))
					continue
				}
				row.SHA256, row.Location = drillevidence.SHA256(text), a.Location(id)
				rows = append(rows, row)
			}
			slices.SortStableFunc(rows, func(a, b ui.ListedEvidence) int { return b.RecordedAt.Compare(a.RecordedAt) })
			if limit > 0 {
				rows = rows[:min(limit, len(rows))]
			}
			drillevidence.Printable(&rows)
			if len(rows) == 0 && misplaced == 0 && unread == nil && !out.JSON() {
				fmt.Fprintln(s.Err, "There is no evidence here.")
				return nil
			}
			err = out.Result(rows, func(w io.Writer, _ ui.Paint) error { return ui.EvidenceList(w, rows) })
			switch {
			case err != nil:
				return err
			case unread != nil:
				return notLookedAt(unread)
			case misplaced > 0:
				return &exitError{
					code: exitFailureClean, err: fmt.Errorf("the evidence is not what was recorded: %d document(s) lie under the name of another", misplaced),
					hint: "lifeboat evidence verify tells all",
				}
			}
			return nil
		},
	}
	out.Flag(cmd.Flags(), "one JSON document: a list")
	cmd.Flags().IntVar(&limit, "limit", 0, "how many, newest first; 0 for all")
	return cmd
}

// rowOf is the row of a document, of a drill or of a recovery.
func rowOf(id string, text []byte) (ui.ListedEvidence, error) {
	if !recoveryevidence.Is(text) {
		d, err := drillevidence.DecodeAs(id, text)
		return ui.ListedEvidence{ID: id, RunID: d.RunID, RecordedAt: d.RecordedAt, Deployment: d.Deployment, Database: d.Name(), Ending: d.Ending}, err
	}
	d, err := recoveryevidence.DecodeAs(strings.TrimPrefix(id, world.RecoveriesPrefix), text)
	names := make([]string, 0, len(d.Workloads))
	for _, w := range d.Workloads {
		names = append(names, w.Name)
	}
	return ui.ListedEvidence{
		ID: id, RunID: d.RunID, RecordedAt: d.RecordedAt, Deployment: d.Deployment, Recovery: d.Mode + " of " + strings.Join(names, ", "), Ending: d.Ending,
	}, err
}
