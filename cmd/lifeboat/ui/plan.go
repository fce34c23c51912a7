package ui

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
)

// Plan is a table of the databases.
func Plan(w io.Writer, loaded *planfile.Loaded) error {
	fmt.Fprintf(w, "deployment %s, plan %s\n\n", loaded.Plan.Deployment, loaded.Hash[:12])
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	onAWS := loaded.Plan.Any(plan.DrilledOnAWS)
	header := []string{"DATABASE", "KIND", "RTO", "RPO", "SCENARIO", "SCHEDULE", "CHECKS", "SOURCE"}
	if onAWS {
		header = append(header, "REGIONS", "FROM")
	}
	tagged := len(loaded.Plan.CopyTags()) > 0
	if tagged {
		header = append(header, "TAGS")
	}
	fmt.Fprintln(table, strings.Join(header, "\t"))
	for _, workload := range loaded.Plan.Workloads {
		for _, d := range workload.Databases {
			row := []string{
				workload.Name + "/" + d.Name, d.Kind, workload.Objectives.RTO.String(), workload.Objectives.RPO.String(),
				d.Drill.Scenario, orDash(d.Drill.Schedule), checkCount(d), orDash(d.Backups + d.Source),
			}
			if onAWS {
				row = append(row, regionsOf(loaded.Plan, d), fromOf(d))
			}
			if tagged {
				row = append(row, tagsOf(loaded.Plan, d))
			}
			fmt.Fprintln(table, strings.Join(row, "\t"))
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	recoveries(w, loaded.Plan)
	return nil
}

// recoveries says which workloads declare one, and when they are exercised.
func recoveries(w io.Writer, p plan.Plan) {
	for i, onAWS := range []bool{true, false} {
		var of []string
		for _, workload := range p.Recovered(onAWS) {
			of = append(of, workload.Name+" ("+count(len(workload.Recovery.Steps), "step")+")")
		}
		if of == nil {
			continue
		}
		when := "when somebody starts it"
		if schedule := p.ExerciseSchedule(); i == 0 && schedule != "" {
			when = schedule
		}
		fmt.Fprintf(w, "\nrecovery of %s, exercised: %s; lifeboat recover --dry-run shows the graph\n", strings.Join(of, ", "), when)
	}
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

// mostTags are shown of a database; a line has an end.
const mostTags = 3

// tagsOf says what its copies carry beside lifeboat's own.
func tagsOf(p plan.Plan, d plan.Database) string {
	if !plan.DrilledOnAWS(plan.KindOf(d.Kind)) {
		return "-"
	}
	tags := p.TagsOf(d)
	keys := slices.Sorted(maps.Keys(tags))
	var shown []string
	for _, key := range keys[:min(len(keys), mostTags)] {
		shown = append(shown, key+"="+tags[key])
	}
	if more := len(keys) - mostTags; more > 0 {
		shown = append(shown, fmt.Sprintf("%d more", more))
	}
	return orDash(strings.Join(shown, ", "))
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
