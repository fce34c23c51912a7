package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
	"github.com/lifeboat-dr/lifeboat/pkg/world/open"
)

// historyFlag says whose drills measured how long recoveries take. Without it
// nothing is asked and nothing is read: the same plan means the same in CI and on
// a laptop.
type historyFlag struct{ from string }

func (h *historyFlag) register(flags *pflag.FlagSet) {
	namedVar(flags, &h.from, "history", "", "judge by what drills measured: local, aws, or a file that lifeboat history --json --limit 0 wrote; default: by the plan alone")
}

// measured is what the drills of the plan's databases measured; nil where nobody
// asked.
func (h *historyFlag) measured(cmd *cobra.Command, s ui.Streams, flags *planFlags, loaded *planfile.Loaded) (budget.Measurements, error) {
	switch given := cmd.Flag("history").Changed; {
	case h.from != string(open.Local) && cmd.Flag("state-dir").Changed:
		return nil, usageError("leave it out, or say --history local", "--state-dir says nothing here: the plan is judged without the drills of this machine")
	case given && h.from == "":
		return nil, usageError("--history FILE, or one of the worlds local and aws", "--history names nothing")
	}
	var measured measurements
	switch h.from {
	case "":
		return nil, nil
	case string(open.Local), string(open.AWS):
		past, err := h.past(cmd, flags, loaded)
		if err != nil {
			return nil, err
		}
		history, err := past.History(cmd.Context(), world.Query{})
		warnOfHistory(s.Err, history)
		if err != nil {
			return nil, err
		}
		measured = ofDrills(loaded, history.Drills)
	default:
		text, err := os.ReadFile(h.from)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, usageError("--history local, --history aws, or a file that lifeboat history --json --limit 0 wrote", "--history: %w", err)
		} else if err != nil {
			return nil, usageError("see that it can be read", "--history: %w", err)
		}
		if measured, err = ofSummaries(text); err != nil {
			return nil, usageError("lifeboat history --json --limit 0 writes such a file", "--history %s: %w", h.from, err)
		}
	}
	if len(measured) == 0 {
		fmt.Fprintln(s.Err, "lifeboat: no drill of these databases was measured there: the plan is judged by what it says")
	}
	return budget.Measurements(measured), nil
}

// past is the world that remembers.
func (h *historyFlag) past(cmd *cobra.Command, flags *planFlags, loaded *planfile.Loaded) (world.Past, error) {
	if h.from == string(open.Local) {
		if err := stateFolder(cmd); err != nil {
			return nil, err
		}
		return open.Folder(flags.stateDir), nil
	}
	return place{open.AWS, loaded, &worldFlags{plan: *flags}}.open(cmd)
}

type measurements budget.Measurements

// add takes what one drill measured: of one that passed, or that missed an
// objective. One that failed may have measured half of a recovery.
func (m measurements) add(workload, database, ending string, seconds *float64) {
	if seconds == nil || ending != string(drill.Passed) && ending != string(drill.ObjectivesMissed) {
		return
	}
	name := workload + "/" + database
	of := m[name]
	of.Seconds = append(of.Seconds, *seconds)
	m[name] = of
}

// ofDrills are those of the plan's databases, as they would be drilled today: a
// restore for another scenario comes from other backups.
func ofDrills(loaded *planfile.Loaded, drills []world.PastDrill) measurements {
	today := map[string]string{}
	for _, w := range loaded.Plan.Workloads {
		for _, d := range w.Databases {
			today[w.Name+"/"+d.Name] = d.Drill.Scenario
		}
	}
	measured := measurements{}
	for _, d := range drills {
		doc := d.Document
		if scenario, ours := today[doc.Name()]; ours && doc.Deployment == loaded.Plan.Deployment && (doc.Scenario == "" || doc.Scenario == scenario) {
			measured.add(doc.Workload, doc.Database, doc.Ending, doc.Objectives.RTO.ActualSeconds)
		}
	}
	return measured
}

// ofSummaries reads what lifeboat history --json wrote.
func ofSummaries(text []byte) (measurements, error) {
	var list []drillevidence.Summary
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("it is no list of drills: %w", err)
	}
	measured := measurements{}
	for i, s := range list {
		if s.Workload == "" || s.Database == "" || s.Ending == "" {
			return nil, fmt.Errorf("entry %d is no drill", i+1)
		}
		measured.add(s.Workload, s.Database, s.Ending, s.Objectives.RTO.ActualSeconds)
	}
	return measured, nil
}
