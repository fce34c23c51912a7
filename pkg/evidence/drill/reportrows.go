package drillevidence

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/evidence/page"
)

func tilesOf(d Document) []tile {
	checks := checksTile(d.Checks)
	removal := tile{Label: "Removal", Value: "confirmed", Note: "nothing was left", Class: "good"}
	switch {
	case d.Removal.Kept:
		removal.Value, removal.Note, removal.Class = "kept", "on request", "none"
	case !d.Removal.Clean:
		removal.Value, removal.Note, removal.Class = "not confirmed", "see resources", "bad"
	case len(d.Resources) == 0:
		removal.Value, removal.Note, removal.Class = "not needed", "nothing was created", "none"
	}
	return []tile{
		objectiveTile("Recovery time (RTO)", d.Objectives.RTO),
		objectiveTile("Recovery point age (RPO)", d.Objectives.RPO),
		checks, removal,
	}
}

// checksTile counts a check that was skipped neither way.
func checksTile(checks []Check) tile {
	ran, passed := 0, 0
	for _, c := range checks {
		if c.Outcome == string(drill.CheckSkipped) {
			continue
		}
		ran++
		if c.Passed {
			passed++
		}
	}
	t := tile{Label: "Checks", Value: fmt.Sprintf("%d of %d passed", passed, ran), Class: "good"}
	switch {
	case ran == 0:
		t.Value, t.Class = "none ran", "none"
	case passed < ran:
		t.Class = "bad"
	}
	if n := len(checks) - ran; n > 0 {
		t.Note = fmt.Sprintf("%d skipped", n)
	}
	return t
}

func objectiveTile(label string, o Objective) tile {
	t := tile{Label: label, Value: "not measured", Note: "no target", Class: "none"}
	if o.TargetSeconds != nil {
		limit, name := o.limit()
		t.Note = name + " " + page.Duration(*limit)
	}
	if o.ActualSeconds == nil {
		return t
	}
	t.Value = page.Duration(*o.ActualSeconds)
	if o.TargetSeconds != nil {
		// What reads as its limit and is not says what differs.
		if limit, _ := o.limit(); *limit != *o.ActualSeconds && page.Duration(*limit) == t.Value {
			t.Value = page.Seconds(*o.ActualSeconds)
			t.Note += ", " + page.Seconds(*limit)
		}
		t.Class = map[bool]string{true: "good", false: "bad"}[o.Met]
	}
	return t
}

type objectiveRow struct {
	Name, Reason, Result, Class, Unsure string
	Objective
}

// unsure says how far a figure may be off: a time that was cut short by an
// observation is an upper bound, any other may be off either way.
func unsure(seconds float64, upperBound bool) string {
	switch {
	case seconds == 0:
		return ""
	case upperBound:
		return "up to −" + page.Duration(seconds)
	}
	return "± " + page.Duration(seconds)
}

func objectiveRows(o Objectives) []objectiveRow {
	row := func(name string, o Objective) objectiveRow {
		r := objectiveRow{Name: name, Objective: o, Reason: o.Reason, Unsure: unsure(o.UncertaintySeconds, false)}
		switch {
		case o.ActualSeconds == nil:
			r.Result, r.Class = "Not measured", "none"
		case o.TargetSeconds == nil:
			r.Result, r.Class = "No target", "none"
		case o.Met:
			r.Result, r.Class = "Met", "good"
		default:
			r.Result, r.Class = "Missed", "bad"
		}
		return r
	}
	rows := []objectiveRow{row("Recovery time (RTO)", o.RTO), row("Recovery point age (RPO)", o.RPO)}
	rows[0].Unsure = unsure(o.RTO.UncertaintySeconds, true)
	if o.DataAge != nil {
		rows = append(rows, row("Age of the newest data", *o.DataAge))
	}
	return rows
}

// declaredText says what of the RTO is declared and not measured; nothing where
// nothing is.
func declaredText(o Objectives) string {
	d := o.Declared
	if d.TotalSeconds == 0 {
		return ""
	}
	text := fmt.Sprintf("Declared in the plan, not measured: %s for detection, %s for decision, %s for DNS.",
		page.Duration(d.DetectionSeconds), page.Duration(d.DecisionSeconds), page.Duration(d.DNSSeconds))
	if o.RTO.BudgetSeconds != nil {
		text += fmt.Sprintf(" The RTO is the service's: it leaves a budget of %s for what is measured.", page.Duration(*o.RTO.BudgetSeconds))
	}
	return text
}

type phaseRow struct {
	Phase
	Name, What, Unsure string
}

func phaseRows(d Document) []phaseRow {
	var rows []phaseRow
	for _, p := range d.Timeline.Phases {
		rows = append(rows, phaseRow{Phase: p, Name: phaseName(p.Phase), What: phaseMeaning[p.Phase], Unsure: unsure(p.UncertaintySeconds, true)})
	}
	return rows
}

var phaseMeaning = map[string]string{
	drill.PhaseSelect:   "find the newest backup that counts",
	drill.PhaseStart:    "ask for the restore",
	drill.PhaseWait:     "until the provider could begin: it had no capacity, or the source was busy",
	drill.PhaseRestore:  "until the copy was seen to be available",
	drill.PhaseLogin:    "make a login for the drill, timed apart",
	drill.PhaseConnect:  "open a connection to the copy",
	drill.PhaseValidate: "gate checks",
	drill.PhaseProof:    "deep reads, timed apart",
	drill.PhaseRemove:   "until the copy was seen to be gone",
}

// phaseName fits the column of names.
func phaseName(phase string) string {
	const longest = 18
	name := []rune(phase)
	if len(name) == 0 {
		return "?"
	}
	if name[0] >= 'a' && name[0] <= 'z' {
		name[0] -= 'a' - 'A'
	}
	if len(name) > longest {
		name = append(name[:longest-1], '…')
	}
	return string(name)
}

type stateRow struct {
	Name  string
	Times int
}

// stateRows lists the states in the order of their first visit: a restore is
// looked at hundreds of times.
func stateRows(states []State) []stateRow {
	var rows []stateRow
	at := map[string]int{}
	for _, s := range states {
		i, known := at[s.Name]
		if !known {
			i = len(rows)
			at[s.Name] = i
			rows = append(rows, stateRow{Name: s.Name})
		}
		rows[i].Times++
	}
	return rows
}

// valueText writes a figure for people.
func valueText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case json.Number:
		return v.String()
	case bool:
		return map[bool]string{true: "true", false: "false"}[v]
	case string:
		if at, err := time.Parse(time.RFC3339Nano, v); err == nil {
			return page.Moment(at)
		}
		return v
	}
	return fmt.Sprint(v)
}

// sizeText writes bytes with the unit that fits.
func sizeText(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d bytes", n)
	}
	value, units := float64(n)/unit, []string{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	for value >= unit && len(units) > 1 {
		value, units = value/unit, units[1:]
	}
	return page.Trimmed(value, 1) + " " + units[0]
}
