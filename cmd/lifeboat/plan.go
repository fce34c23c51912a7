package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
)

func newPlanCommand(s streams) *cobra.Command {
	var flags planFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Check the plan and print it as a table",
		Args:  exactArgs(0),
		RunE: func(*cobra.Command, []string) error {
			loaded, err := flags.load()
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(s.out, struct {
					Hash string    `json:"hash"`
					Plan plan.Plan `json:"plan"`
				}{loaded.Hash, loaded.Plan})
			}
			return printPlan(s, loaded)
		},
	}
	cmd.Flags().StringVar(&flags.file, "plan", "lifeboat.yaml", "the plan file")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document: the normalised plan and its hash")
	return cmd
}

func printPlan(s streams, loaded *planfile.Loaded) error {
	fmt.Fprintf(s.out, "deployment %s, plan %s\n\n", loaded.Plan.Deployment, loaded.Hash[:12])
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "DATABASE\tKIND\tRTO\tRPO\tSCENARIO\tSCHEDULE\tCHECKS\tBACKUPS")
	for _, w := range loaded.Plan.Workloads {
		for _, d := range w.Databases {
			fmt.Fprintf(table, "%s/%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", w.Name, d.Name, d.Kind, w.Objectives.RTO, w.Objectives.RPO,
				d.Drill.Scenario, orDash(d.Drill.Schedule), checkCount(d), orDash(d.Backups+d.Source))
		}
	}
	return table.Flush()
}

// checkCount says how many checks there are and how many of them a drill
// brings by itself: "3 + 3 built in".
func checkCount(d plan.Database) string {
	builtIn := 0
	for _, on := range []*bool{d.BuiltinChecks.HeapRead, d.BuiltinChecks.InvalidIndexes, d.BuiltinChecks.Amcheck} {
		if on != nil && *on {
			builtIn++
		}
	}
	if builtIn == 0 {
		return fmt.Sprint(len(d.Checks))
	}
	return fmt.Sprintf("%d + %d built in", len(d.Checks), builtIn)
}

func orDash(text string) string {
	if strings.TrimSpace(text) == "" {
		return "-"
	}
	return text
}
