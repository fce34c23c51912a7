package main

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
)

func newPlanCommand(s streams) *cobra.Command {
	var flags planFlags
	var asJSON, migrate, write bool
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Check the plan and print it as a table",
		Args:  exactArgs(0),
		RunE: func(*cobra.Command, []string) error {
			switch {
			case migrate:
				return flags.migrate(s, write, asJSON)
			case write:
				return usageError("for instance lifeboat plan --migrate --write", "--write without --migrate: there is nothing to write")
			}
			loaded, err := flags.load()
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(s.out, struct {
					Hash     string    `json:"hash"`
					Plan     plan.Plan `json:"plan"`
					Warnings []string  `json:"warnings"`
				}{loaded.Hash, loaded.Plan, warningsOf(loaded)})
			}
			for _, warning := range warningsOf(loaded) {
				fmt.Fprintf(s.err, "lifeboat: warning: %s\n", warning)
			}
			return printPlan(s, loaded)
		},
	}
	cmd.Flags().StringVar(&flags.file, "plan", "lifeboat.yaml", "the plan file")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document: the normalised plan and its hash; with --migrate the file in today's form")
	cmd.Flags().BoolVar(&migrate, "migrate", false, "print the plan file in today's form, with its comments and the same hash")
	cmd.Flags().BoolVar(&write, "write", false, "with --migrate: replace the file")
	return cmd
}

func warningsOf(loaded *planfile.Loaded) []string {
	texts := make([]string, len(loaded.Warnings))
	for i, w := range loaded.Warnings {
		texts[i] = w.String()
	}
	return texts
}

func printPlan(s streams, loaded *planfile.Loaded) error {
	fmt.Fprintf(s.out, "deployment %s, plan %s\n\n", loaded.Plan.Deployment, loaded.Hash[:12])
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	onAWS := loaded.Plan.Any(plan.DrilledOnAWS)
	header := []string{"DATABASE", "KIND", "RTO", "RPO", "SCENARIO", "SCHEDULE", "CHECKS", "SOURCE"}
	if onAWS {
		header = append(header, "REGIONS", "FROM")
	}
	fmt.Fprintln(table, strings.Join(header, "\t"))
	for _, w := range loaded.Plan.Workloads {
		for _, d := range w.Databases {
			row := []string{
				w.Name + "/" + d.Name, d.Kind, w.Objectives.RTO.String(), w.Objectives.RPO.String(),
				d.Drill.Scenario, orDash(d.Drill.Schedule), checkCount(d), orDash(d.Backups + d.Source),
			}
			if onAWS {
				row = append(row, regionsOf(loaded.Plan, d), fromOf(d))
			}
			fmt.Fprintln(table, strings.Join(row, "\t"))
		}
	}
	return table.Flush()
}

// regionsOf says where a database lives and where it would come back.
func regionsOf(p plan.Plan, d plan.Database) string {
	switch {
	case !plan.KindOf(d.Kind).OnAWS || p.Regions == nil:
		return "-"
	case p.Regions.Recovery == "":
		return p.Regions.Primary
	}
	return p.Regions.Primary + " -> " + p.Regions.Recovery
}

// fromOf says which recovery points are restored from, of those that count.
func fromOf(d plan.Database) string {
	if !plan.KindOf(d.Kind).OnAWS {
		return "-"
	}
	return cmp.Or(d.Drill.From, "newest")
}

// checkCount says how many checks the plan declares, how many a drill brings by
// itself and whether the team's own function is asked: "3 + 3 built in + 1
// custom".
func checkCount(d plan.Database) string {
	builtIn := 0
	for _, on := range []*bool{d.BuiltinChecks.HeapRead, d.BuiltinChecks.InvalidIndexes, d.BuiltinChecks.Amcheck} {
		if on != nil && *on {
			builtIn++
		}
	}
	text := fmt.Sprint(len(d.Checks))
	if builtIn > 0 {
		text += fmt.Sprintf(" + %d built in", builtIn)
	}
	if d.CustomCheck != nil {
		text += " + 1 custom"
	}
	return text
}

func orDash(text string) string {
	if strings.TrimSpace(text) == "" {
		return "-"
	}
	return text
}
