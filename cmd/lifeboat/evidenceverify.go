package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/spf13/cobra"

	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

// verification is what `lifeboat evidence verify --json` prints.
type verification struct {
	// Verified: there is evidence, and nothing was found to be wrong. The tail may
	// be unproven nevertheless.
	Verified bool `json:"verified"`
	record.Report
}

func newEvidenceVerifyCommand(s streams, flags *archiveFlags) *cobra.Command {
	var asJSON bool
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
			a, err := flags.open(cmd.Context())
			if err != nil {
				return notLookedAt(err)
			}
			report, err := verify(cmd.Context(), a)
			if err != nil {
				return notLookedAt(err)
			}
			drillevidence.Printable(&report)
			if asJSON {
				if err := printJSON(s.out, verification{report.Holds() && report.Documents > 0, report}); err != nil {
					return err
				}
			} else {
				printVerification(s, report)
			}
			switch {
			case !report.Holds():
				return &exitError{
					code: exitFailureClean, err: fmt.Errorf("the evidence is not what was recorded: %d problem(s)", len(report.Problems)),
					hint: "compare with a copy that is kept elsewhere",
				}
			case report.Documents == 0:
				return usageError("name where it lies: --state-dir, --from or --aws", "there is no evidence to verify")
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return cmd
}

func verify(ctx context.Context, a archive) (record.Report, error) {
	items, err := a.Items(ctx)
	if err != nil {
		return record.Report{}, err
	}
	for _, item := range items {
		if errors.Is(item.Err, fs.ErrPermission) { // it may well be what was recorded
			return record.Report{}, &exitError{code: exitInternal, err: item.Err, hint: "run it as the owner of the folder, or on a copy that you may read"}
		}
	}
	heads, err := a.KeptHeads(ctx, items)
	if err != nil {
		return record.Report{}, err
	}
	return record.Check(items, heads), nil
}

// notLookedAt keeps a failure to look apart from evidence that was looked at and
// is not what was recorded.
func notLookedAt(err error) error {
	exit := asExit(err)
	if exit.code == exitUsage {
		return err
	}
	return &exitError{code: exitInternal, err: fmt.Errorf("verify the evidence: %w", err), hint: exit.hint}
}

// shownProblems is how many are printed for people; --json has all.
const shownProblems = 50

func printVerification(s streams, r record.Report) {
	p := colours(s.out)
	for _, note := range r.Notes {
		fmt.Fprintln(s.out, note)
	}
	for _, c := range r.Chains {
		tail := p.verdict(c.Tail == record.Proven, string(c.Tail))
		if c.Tail == record.Unproven {
			tail = p.warn(string(c.Tail))
		}
		fmt.Fprintf(s.out, "%s: documents %d, tail %s\n", c.Chain, c.Documents, tail)
		for _, note := range c.Notes {
			fmt.Fprintf(s.out, "  %s\n", note)
		}
	}
	for _, problem := range r.Problems[:min(len(r.Problems), shownProblems)] {
		fmt.Fprintf(s.out, "%s  %s: %s\n", p.bad(string(problem.Kind)), problem.ID, problem.What)
	}
	if more := len(r.Problems) - shownProblems; more > 0 {
		fmt.Fprintf(s.out, "and %d more\n", more)
	}
	if !r.Holds() || r.Documents == 0 {
		return
	}
	sentence := "Nothing was changed, removed or added."
	if r.Tail == record.Unproven {
		sentence = "Nothing was found to be wrong; that nothing is missing at the end cannot be proven."
	}
	fmt.Fprintln(s.out, sentence)
}

// warnOfChain tells on stderr where the evidence is not what was recorded. What
// is merely no evidence has been told.
func warnOfChain(ctx context.Context, s streams, store drillevidence.Store) {
	report, err := drillevidence.Verify(ctx, store)
	if err != nil {
		fmt.Fprintf(s.err, "lifeboat: the evidence could not be verified: %s\n", shown(err.Error()))
		return
	}
	problems := slices.DeleteFunc(report.Problems, func(p record.Problem) bool { return p.Kind == record.Unreadable })
	if len(problems) == 0 {
		return
	}
	drillevidence.Printable(&problems)
	fmt.Fprintf(s.err, "lifeboat: the evidence is not what was recorded: %d problem(s), the first: %s: %s\n  hint: lifeboat evidence verify tells all\n", len(problems), problems[0].ID, problems[0].What)
}
