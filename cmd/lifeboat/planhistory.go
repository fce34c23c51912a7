package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	measured := measurements{of: loaded, taken: budget.Measurements{}, seen: map[string]bool{}}
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
		for _, d := range history.Drills {
			measured.add(summaryOf(d))
		}
	default:
		text, err := os.ReadFile(h.from)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, usageError("--history local, --history aws, or a file that lifeboat history --json --limit 0 wrote", "--history: %w", err)
		} else if err != nil {
			return nil, usageError("see that it can be read", "--history: %w", err)
		}
		if err = measured.read(text); err != nil {
			return nil, usageError("lifeboat history --json --limit 0 writes such a file", "--history %s: %w", h.from, err)
		}
	}
	measured.tell(s.Err)
	return measured.taken, nil
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

// measurements are what drills of the plan's databases took, as they would be drilled
// today: a restore for another scenario comes from other backups.
type measurements struct {
	of    *planfile.Loaded
	today map[string]string // scenarios, by "workload/database"
	taken budget.Measurements
	seen  map[string]bool // runs: a file that was put together has some twice
	// What was not taken, though it was measured.
	strangers, otherScenarios int
	unnamed                   int // taken, and nothing says of which deployment
}

// add takes what one drill measured: of one that passed, or that missed an
// objective. One that failed may have measured half of a recovery.
func (m *measurements) add(s drillevidence.Summary) {
	seconds := s.Objectives.RTO.ActualSeconds
	if seconds == nil || *seconds <= 0 || s.Ending != string(drill.Passed) && s.Ending != string(drill.ObjectivesMissed) {
		return
	}
	if m.today == nil {
		m.today = map[string]string{}
		for _, w := range m.of.Plan.Workloads {
			for _, d := range w.Databases {
				m.today[w.Name+"/"+d.Name] = d.Drill.Scenario
			}
		}
	}
	name := s.Workload + "/" + s.Database
	scenario, ours := m.today[name]
	switch {
	case s.RunID != "" && m.seen[s.RunID]:
		return
	case !ours || s.Deployment != "" && s.Deployment != m.of.Plan.Deployment:
		m.strangers++
		return
	case s.Scenario != "" && s.Scenario != scenario:
		m.otherScenarios++
		return
	case s.Deployment == "":
		m.unnamed++
	}
	m.seen[s.RunID] = true
	of := m.taken[name]
	of.Seconds = append(of.Seconds, *seconds)
	m.taken[name] = of
}

// tell says what the plan is judged by, where that is not all that was given.
func (m *measurements) tell(stderr io.Writer) {
	if m.strangers > 0 {
		fmt.Fprintf(stderr, "lifeboat: %s there of other databases or deployments than the plan's %s: not counted\n", drills(m.strangers), m.of.Plan.Deployment)
	}
	if m.otherScenarios > 0 {
		fmt.Fprintf(stderr, "lifeboat: %s there for another scenario than the plan's, which restores from other backups: not counted\n", drills(m.otherScenarios))
	}
	if m.unnamed > 0 {
		fmt.Fprintf(stderr, "lifeboat: %s there without a deployment, as lifeboat history wrote them before: counted as if of %s\n", drills(m.unnamed), m.of.Plan.Deployment)
	}
	if len(m.taken) == 0 {
		fmt.Fprintln(stderr, "lifeboat: no drill of these databases was measured there: the plan is judged by what it says")
	}
}

func drills(n int) string {
	if n == 1 {
		return "1 drill is"
	}
	return fmt.Sprintf("%d drills are", n)
}

func summaryOf(d world.PastDrill) drillevidence.Summary {
	return drillevidence.Summarize(d.Document, d.Evidence, d.Report)
}

// read takes what lifeboat history --json wrote.
func (m *measurements) read(text []byte) error {
	var list []drillevidence.Summary
	if err := json.Unmarshal(text, &list); err != nil {
		return fmt.Errorf("it is no list of drills: %w", err)
	}
	if list == nil {
		return errors.New("it is no list of drills: null")
	}
	for i, s := range list {
		if s.Workload == "" || s.Database == "" || s.Ending == "" {
			return fmt.Errorf("entry %d is no drill", i+1)
		}
		if seconds := s.Objectives.RTO.ActualSeconds; seconds != nil && *seconds <= 0 {
			return fmt.Errorf("entry %d: no recovery takes %gs", i+1, *seconds)
		}
		m.add(s)
	}
	return nil
}
