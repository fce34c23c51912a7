package slice

import (
	"context"
	"fmt"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// Forecast is what a recovery would do, and how long it would take, by the plan and
// what drills measured. Nothing was asked, and nothing begun.
type Forecast struct {
	Deployment string               `json:"deployment"`
	PlanHash   string               `json:"planHash"`
	Where      string               `json:"where"` // "aws", "local"
	Workloads  []ForecastOfWorkload `json:"workloads"`
	Steps      []ForecastOfStep     `json:"steps"` // in the order of the plan
	// Critical is the way through the graph that takes longest.
	Critical recovery.Path `json:"critical"`
	// CriticalAtLeast: nobody knows how long some step takes, so that it takes longer, or
	// another way does.
	CriticalAtLeast bool `json:"criticalAtLeast,omitempty"`
	// Notes are what does not follow from the graph, and what somebody most likely did
	// not mean.
	Notes []string       `json:"notes"`
	Graph recovery.Graph `json:"-"`
}

// ForecastOfWorkload is the recovery time of one.
type ForecastOfWorkload struct {
	recovery.Workload
	Critical []string `json:"critical"` // ids of the steps of its longest way
	// PathSeconds is what that takes, ProjectedSeconds with the declared allowances.
	PathSeconds      float64 `json:"pathSeconds"`
	ProjectedSeconds float64 `json:"projectedSeconds"`
	// AtLeast: nobody knows how long some step of it takes, so that it takes longer.
	AtLeast bool `json:"atLeast,omitempty"`
	// Met is the RTO; left out where nobody knows: what is known does not exceed it.
	Met *bool `json:"met,omitempty"`
}

// ForecastOfStep is one step.
type ForecastOfStep struct {
	recovery.Node
	Number        int      `json:"number"`
	Database      string   `json:"database,omitempty"`      // "workload/database"
	BeginsSeconds float64  `json:"beginsSeconds"`           // after the start
	BeginsAtLeast bool     `json:"beginsAtLeast,omitempty"` // nobody knows how long something before it takes
	Critical      bool     `json:"critical,omitempty"`
	LeftOut       bool     `json:"leftOutInExercises,omitempty"`
	Timeout       *float64 `json:"timeoutSeconds,omitempty"`
}

// dryPlaces stand for the network that a deployment has: nothing is made in it.
var dryPlaces = Places{SecurityGroups: []string{"sg-00000000"}}

// ForecastOf a recovery of one workload, or of all ("") that declare one on AWS or on
// this machine. Errors: InvalidInput, which lists the workloads that there are.
func ForecastOf(ctx context.Context, p plan.Plan, workload string, onAWS bool, measured budget.Measurements) (Forecast, error) {
	planned, err := RecoveryFor(ctx, p, workload, onAWS, dryPlaces, fixedPast(measured))
	if err != nil {
		return Forecast{}, err
	}
	graph, err := recovery.GraphOf(planned.Steps)
	if err != nil {
		return Forecast{}, &drill.Error{Name: drill.InvalidInput, What: "the steps are no graph: " + err.Error(), Hint: "see docs/recovery.md"}
	}
	projected := graph.Project()
	f := Forecast{
		Deployment: planned.Deployment, PlanHash: planned.PlanHash, Where: "local", Critical: projected.Critical, Graph: graph,
		Workloads: []ForecastOfWorkload{}, Steps: []ForecastOfStep{}, Notes: []string{},
	}
	if onAWS {
		f.Where = "aws"
	}
	unknown := map[string]bool{}
	for _, id := range projected.Unknown {
		unknown[id] = true
	}
	f.CriticalAtLeast = len(unknown) > 0
	for _, s := range planned.Steps {
		f.Steps = append(f.Steps, ForecastOfStep{
			Node: s.Node, Number: s.Number, Database: s.Spec.Database, BeginsSeconds: projected.Begins[s.Node.ID], BeginsAtLeast: projected.Later[s.Node.ID],
			Critical: projected.Critical.Has(s.Node.ID), LeftOut: s.Spec.NotInExercise, Timeout: &s.Spec.TimeoutSeconds,
		})
	}
	for _, w := range planned.Workloads {
		f.Workloads = append(f.Workloads, forecastOf(w, projected, graph, unknown))
	}
	f.Notes = append(f.Notes, notes(p.Normalised(), f, unknown)...)
	return f, nil
}

// fixedPast is what is known already.
type fixedPast budget.Measurements

func (p fixedPast) Measured(context.Context, []string) (budget.Measurements, error) {
	return budget.Measurements(p), nil
}

func forecastOf(w recovery.Workload, projected recovery.Projection, graph recovery.Graph, unknown map[string]bool) ForecastOfWorkload {
	path := projected.Workloads[w.Name]
	of := ForecastOfWorkload{
		Workload: w, Critical: path.Steps, PathSeconds: path.Seconds,
		ProjectedSeconds: path.Seconds + w.DetectionSeconds + w.AllowedSeconds + w.DNSSeconds,
	}
	// A step that is not on the longest way known could make another one longer: of any
	// that the workload waits for nobody may be in the dark.
	for id := range waitedFor(graph, w.Name) {
		of.AtLeast = of.AtLeast || unknown[id]
	}
	if met := of.ProjectedSeconds <= w.RTOSeconds; w.RTOSeconds > 0 && (!met || !of.AtLeast) {
		of.Met = &met
	}
	return of
}

// waitedFor are the steps of a workload, and all that they come after.
func waitedFor(graph recovery.Graph, workload string) map[string]bool {
	seen := map[string]bool{}
	var todo []string
	for _, n := range graph.Nodes() {
		if recovery.WorkloadOf(n.ID) == workload {
			todo = append(todo, n.ID)
		}
	}
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[id] {
			continue
		}
		seen[id] = true
		if n, known := graph.Node(id); known {
			todo = append(todo, n.After...)
		}
	}
	return seen
}

// notes are what the graph alone does not say.
func notes(p plan.Plan, f Forecast, unknown map[string]bool) (notes []string) {
	add := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	for _, of := range f.Workloads {
		for _, w := range p.Workloads {
			if w.Name == of.Name {
				notesOfWorkload(w, f.Where == "aws", add)
			}
		}
		switch {
		case of.Met != nil && !*of.Met:
			add("%s: the projected recovery time exceeds the RTO", of.Name)
		case of.AtLeast:
			add("%s: whether the RTO is met nobody knows", of.Name)
		}
	}
	var out, dark []string
	for _, s := range f.Steps {
		if s.LeftOut {
			out = append(out, s.ID)
		}
		if unknown[s.ID] {
			dark = append(dark, s.ID)
		}
	}
	if out != nil {
		add("an exercise leaves out %s, and proves nothing of it", strings.Join(out, ", "))
	}
	if dark != nil {
		add("nobody knows how long %s takes, and it counts as nothing: declare assumptions, or drill it", strings.Join(dark, ", "))
	}
	if f.Where == "local" {
		add("on this machine a recovery is an exercise: it restores into throwaways, and there is no failover")
	}
	return notes
}

func notesOfWorkload(w plan.Workload, onAWS bool, add func(string, ...any)) {
	for _, d := range w.Databases {
		name := w.Name + "/" + d.Name
		switch by := w.RecoveredBy(d.Name); {
		case by == "":
			add("%s: no step brings it back", name)
		case onAWS && w.RecoveredAs(d) == "":
			add("%s: it has no recovery.target, so that a failover of %s is refused; exercises work", name, w.Name)
		}
	}
}
