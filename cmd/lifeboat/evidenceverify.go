package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/record"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// verification is what `lifeboat evidence verify --json` prints.
type verification struct {
	// Verified: there is evidence, and nothing was found to be wrong. The tail may
	// be unproven nevertheless.
	Verified bool `json:"verified"`
	record.Report
}

func newEvidenceVerifyCommand(s ui.Streams, flags *archiveFlags) *cobra.Command {
	out := ui.Output{Streams: s}
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Find documents that were changed, removed, exchanged or added",
		Long: `Compares every document with the one that names it as the one before, and the newest of
each database with its head, which is kept apart: beside the folder of evidence, or on AWS
in the index. Without a head it cannot be proven that the newest were not removed or
changed, and that is said.
Exit codes: 0 nothing is wrong (the tail may be unproven: "tail" in --json), 2 the evidence
is not what was recorded, 64 there is nothing to verify, 70 it could not be looked at.`,
		Args: exactArgs(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := flags.open(cmd)
			if err != nil {
				return err
			}
			report, err := verify(cmd.Context(), a)
			if err != nil {
				return notLookedAt(err)
			}
			drillevidence.Printable(&report)
			err = out.Result(verification{report.Holds() && report.Documents > 0, report}, func(w io.Writer, p ui.Paint) error {
				ui.Verification(w, p, report)
				return nil
			})
			if err != nil {
				return err
			}
			switch {
			case !report.Holds():
				return &exitError{
					code: exitFailureClean, err: fmt.Errorf("the evidence is not what was recorded: %d problem(s)", len(report.Problems)),
					hint: "compare with a copy that is kept elsewhere",
				}
			case report.Documents == 0:
				return usageError("name where it lies: --state-dir, --from or --world aws", "there is no evidence to verify")
			}
			return nil
		},
	}
	out.Flag(cmd.Flags(), "one JSON document")
	return cmd
}

// verify checks drills and recoveries each by themselves: one of either may be called as
// one of the other.
func verify(ctx context.Context, a world.Archive) (record.Report, error) {
	joined, ok := a.(*world.Joined)
	if !ok {
		return verifyOne(ctx, a)
	}
	drills, err := verifyOne(ctx, joined.Drills)
	if err != nil {
		return record.Report{}, err
	}
	recoveries, err := verifyOne(ctx, joined.Recoveries)
	return drills.And(recoveries), err
}

func verifyOne(ctx context.Context, a world.Archive) (record.Report, error) {
	items, err := a.Items(ctx)
	if err != nil {
		return record.Report{}, err
	}
	for _, item := range items {
		if errors.Is(item.Err, fs.ErrPermission) { // it may well be what was recorded
			return record.Report{}, item.Err
		}
	}
	heads, err := a.KeptHeads(ctx, items)
	if err != nil {
		return record.Report{}, err
	}
	return record.Check(items, heads), nil
}

// warnOfChain tells on stderr where the evidence is not what was recorded. What
// is merely no evidence has been told.
func warnOfChain(stderr io.Writer, report record.Report, unverified error) {
	if unverified != nil {
		fmt.Fprintf(stderr, "lifeboat: the evidence could not be verified: %s\n", ui.Shown(unverified.Error()))
		return
	}
	problems := slices.DeleteFunc(report.Problems, func(p record.Problem) bool { return p.Kind == record.Unreadable })
	if len(problems) == 0 {
		return
	}
	drillevidence.Printable(&problems)
	fmt.Fprintf(stderr, "lifeboat: the evidence is not what was recorded: %d problem(s), the first: %s: %s\n  hint: lifeboat evidence verify tells all\n", len(problems), problems[0].ID, problems[0].What)
}
