package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world/machines"
)

// Rehearsal is what one rehearsed drill came to.
type Rehearsal struct {
	Description string       `json:"description,omitempty"`
	Seed        uint64       `json:"seed"`
	Database    string       `json:"database"`
	StartedAt   time.Time    `json:"startedAt"`
	Seconds     float64      `json:"seconds"` // of virtual time, from the start to the ending
	Ending      drill.Ending `json:"ending"`
	Cause       string       `json:"cause,omitempty"`
	// Expected is the scenario's ending, and Met whether it was reached; Met is
	// true where the scenario names none.
	Expected drill.Ending `json:"expected,omitempty"`
	Met      bool         `json:"met"`
	// Authorised: every request was authorised as AWS would. False: what a
	// deployment's roles may was not asked.
	Authorised bool `json:"authorised"`
	// Why says what was not as the scenario expects.
	Why    []string              `json:"why,omitempty"`
	States []drillevidence.State `json:"states"`
	Cost   Cost                  `json:"cost"`
	// Evidence is what the evidence would say; nil where none was recorded.
	Evidence *drillevidence.Document `json:"evidence,omitempty"`
	// LeftBehind names throwaways that are still there.
	LeftBehind []string `json:"leftBehind"`
}

// Rehearse runs one drill of the scenario's database to its end.
func Rehearse(ctx context.Context, o Options) (*Rehearsal, error) {
	w, err := Open(o)
	if err != nil {
		return nil, err
	}
	return w.Run(ctx)
}

// Calls are all calls of AWS so far.
func (w *World) Calls() []simaws.Record { return w.cloud.Calls() }

// Run runs one drill of the scenario's database to its end.
func (w *World) Run(ctx context.Context) (*Rehearsal, error) {
	if err := w.options.Scenario.fits(w.land.spec); err != nil {
		return nil, err
	}
	arn, err := w.Start("rehearsal", drillstep.Request{
		Database: w.land.spec.Name(), StartedBy: "lifeboat rehearse", Trigger: "rehearsal", ScheduledTime: w.started.Format(time.RFC3339),
	})
	if err != nil {
		return nil, err
	}
	if err := w.Wait(ctx); err != nil {
		return nil, err
	}
	return w.rehearsal(w.executions.Find(arn))
}

func (w *World) rehearsal(x *machines.Execution) (*Rehearsal, error) {
	lived, storageGiB := w.estate.billed(w.cloud)
	document, err := w.evidence(drill.RunID(x.ARN))
	if err != nil {
		return nil, err
	}
	return Seen{
		Execution: x, Scenario: w.options.Scenario, Seed: w.seed, Database: w.land.spec.Name(), StartedAt: w.started, Took: w.functions.took,
		Calls: w.cloud.Calls(), Lived: lived, StorageGiB: storageGiB, Evidence: document, LeftBehind: w.LeftBehind(), Unused: w.cloud.UnusedFaults(),
	}.Rehearsal(), nil
}

// Seen is what a world saw of one rehearsed drill.
type Seen struct {
	Execution  *machines.Execution
	Scenario   Scenario
	Seed       uint64
	Database   string
	StartedAt  time.Time
	Took       []time.Duration // by each call of a function
	Calls      []simaws.Record
	Lived      time.Duration // all copies together
	StorageGiB int
	Evidence   *drillevidence.Document
	LeftBehind []string
	Unused     []simaws.Fault
	// Authorised: every request was, as AWS would.
	Authorised bool
}

// Rehearsal is what it came to.
func (s Seen) Rehearsal() *Rehearsal {
	x := s.Execution
	r := &Rehearsal{
		Description: s.Scenario.Description, Seed: s.Seed, Database: s.Database, StartedAt: s.StartedAt, Seconds: x.Ended().Sub(s.StartedAt).Seconds(),
		Ending: Ending(x), Cause: x.Result.Cause, Expected: s.Scenario.Ending, States: visited(x), LeftBehind: s.LeftBehind, Authorised: s.Authorised,
		Cost: CostOf(x.Result.Transitions, s.Took, s.Calls, s.Lived, s.StorageGiB), Evidence: s.Evidence,
	}
	r.Why = r.differs(s.Scenario)
	for _, fault := range s.Unused {
		r.Why = append(r.Why, fmt.Sprintf("the fault on %s never fired", fault.On))
	}
	r.Met = len(r.Why) == 0
	return r
}

// differs compares with what the scenario expects. Whatever it expects, only a
// dirty ending may leave something behind.
func (r *Rehearsal) differs(s Scenario) []string {
	var why []string
	if s.Ending != "" && r.Ending != s.Ending {
		why = append(why, fmt.Sprintf("it ended in %s, and must end in %s", r.Ending, s.Ending))
	}
	if s.Finding != "" && (r.Evidence == nil || len(r.Evidence.Findings) == 0 || r.Evidence.Findings[0].Code != s.Finding) {
		why = append(why, "the gravest finding is not "+s.Finding)
	}
	if r.Ending != drill.FailureDirty && len(r.LeftBehind) > 0 {
		why = append(why, fmt.Sprintf("it ended in %s, and left %v behind", r.Ending, r.LeftBehind))
	}
	return why
}

// Ending reads the ending of an execution as an operator would.
func Ending(x *machines.Execution) drill.Ending {
	if x.Result.Error != "" {
		return drill.Ending(x.Result.Error)
	}
	var output struct {
		Ending drill.Ending `json:"ending"`
	}
	if json.Unmarshal(x.Result.Output, &output) != nil {
		return ""
	}
	return output.Ending
}

// evidence reads the document from the simulated bucket; nil where none is.
func (w *World) evidence(id string) (*drillevidence.Document, error) {
	text, found := w.document(id)
	if !found {
		return nil, nil
	}
	document, err := drillevidence.DecodeAs(id, text)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the evidence of %s cannot be read", id), err)
	}
	return &document, nil
}

// LeftBehind are the copies that are still there.
func (w *World) LeftBehind() []string { return w.estate.leftBehind(w.cloud, w.names) }
