package drillstep_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/rounds"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

var midnight = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

const executionID = "arn:aws:states:eu-west-1:123456789012:execution:drill:nightly"

const mistyped = "arn:aws:states:eu-west-1:123456789012:execution:drill:daily"

// world is a model of everything the steps touch. A restore takes
// restoreTakes, and what StartRestore made exists until Remove, which takes
// removalTakes.
type world struct {
	clock  step.Clock
	sleep  func(time.Duration)
	spec   drill.Spec
	points []drill.RecoveryPoint
	ahead  drill.Recoverability // of whichever point is chosen
	faults []*fault
	calls  map[string]int

	// dieAt is the number of the operation, dieIn its name, at which
	// everything stops, as if by kill -9: before its effect, or with dieAfter
	// behind it. What the machine does after that reaches nothing any more.
	dieAt, total   int
	dieIn          string
	dieAfter, gone bool

	busySources map[string]bool // points that cannot be restored from at the moment
	asked       []string        // points, in the order in which they were asked for

	restoreTakes, removalTakes time.Duration
	restoredAt, removedAt      time.Time // zero: not
	exists                     bool
	checks                     map[string]drill.CheckOutcome // default: passed

	reference *drill.Reference
	history   []float64 // seconds of past restores, newest first
	told      bool      // an event told their end
	facts     map[string][]drill.Fact
	owner     string // execution that has the lock
	running   map[string]bool
	scheduled map[string]string // scheduled time -> execution
	evidence  map[string]drill.EvidenceInput
	published [][]drill.Metric
	ran       []string // checks

	tokens     []string
	eventsIn   []time.Duration // after the restore was requested
	listen     func(rounds.EventListener)
	customGets func() (json.RawMessage, error)
	unfinished int // calls that a proof check takes before its last
}

// fault makes an operation fail, from its from-th call (1 is the first) on;
// times 0 is for ever. A fault that does not fire fails the test.
type fault struct {
	operation   string
	from, times int
	err         error
	fired       bool
	// early: it fired before the evidence was recorded.
	early bool
	// after lets the effect happen before the error: the answer was lost.
	after bool
	// hang lets this much time pass first.
	hang time.Duration
}

func newWorld(t *testing.T, c step.Clock, faults ...*fault) *world {
	t.Cleanup(func() {
		for _, f := range faults {
			if !f.fired {
				t.Errorf("the fault in %s never fired", f.operation)
			}
		}
	})
	return modelWorld(c, faults...)
}

func modelWorld(c step.Clock, faults ...*fault) *world {
	return &world{
		clock: c, faults: faults, calls: map[string]int{},
		restoreTakes: 4 * time.Minute, removalTakes: 5 * time.Second,
		history: []float64{800, 600, 9000},
		checks:  map[string]drill.CheckOutcome{}, facts: map[string][]drill.Fact{},
		running: map[string]bool{}, scheduled: map[string]string{}, evidence: map[string]drill.EvidenceInput{},
		points: []drill.RecoveryPoint{{ID: "backup-1", Kind: "model", TakenAt: midnight.Add(-30 * time.Minute), TimeSource: "model", Usable: true}},
		spec: drill.Spec{
			Deployment: "test", Workload: "orders", Database: "orders-db", Kind: modelKind,
			Objectives: drill.Objectives{RTOSeconds: 3600, RPOSeconds: 3600},
			Checks:     []drill.Check{{Name: "deep", Kind: drill.CheckSQL, Stage: drill.Proof}, {Name: "rows", Kind: drill.CheckSQL, Stage: drill.Gate}},
			Limits: drill.Limits{
				RestoreSeconds: 4 * 3600, ValidateSeconds: 840, RemovalSeconds: 1800, StatementSeconds: 600,
				LateCreationSeconds: 300,
			},
		},
	}
}

var errGone = errors.New("the process is gone")

// call runs the effect of an operation, or its fault.
func (w *world) call(operation string, effect func()) error {
	w.total++
	if w.gone {
		return errGone
	}
	if w.total == w.dieAt || operation == w.dieIn {
		w.gone = true
		if w.dieAfter && effect != nil {
			effect()
		}
		return errGone
	}
	w.calls[operation]++
	n := w.calls[operation]
	for _, f := range w.faults {
		if f.operation != operation || n < f.from || f.times > 0 && n >= f.from+f.times {
			continue
		}
		f.fired = true
		if f.hang > 0 {
			w.sleep(f.hang)
		}
		f.early = f.early || !slices.ContainsFunc(w.facts["nightly"], func(f drill.Fact) bool { return f.Kind == drill.FactEvidenceRecorded })
		if f.after && effect != nil {
			effect()
		}
		return f.err
	}
	if effect != nil {
		effect()
	}
	return nil
}

// modelKind is the kind of the only database.
const modelKind = "model"

func only[T any](adapter T) drillstep.ByKind[T] { return drillstep.ByKind[T]{modelKind: adapter} }

func (w *world) steps() (s drillstep.Steps) {
	for _, step := range fieldsOf(&s) {
		for _, need := range fieldsOf(step.Addr().Interface()) {
			w.give(need)
		}
	}
	return s
}

// give fills in what a step needs: the world is every adapter that it has the
// methods of, of the one kind that there is. What a new step needs besides is a
// method in a file of its own.
func (w *world) give(need reflect.Value) {
	for _, adapter := range []any{w.clock, w, drillstep.OpenChecks(w.open), "test"} {
		have := reflect.ValueOf(adapter)
		switch byKind := need.Kind() == reflect.Map; {
		case !have.IsValid():
		case byKind && have.Type().AssignableTo(need.Type().Elem()):
			need.Set(reflect.MakeMap(need.Type()))
			need.SetMapIndex(reflect.ValueOf(modelKind), have)
			return
		case have.Type().AssignableTo(need.Type()):
			need.Set(have)
			return
		}
	}
}

func fieldsOf(structure any) (fields []reflect.Value) {
	v := reflect.ValueOf(structure).Elem()
	for i := range v.NumField() {
		fields = append(fields, v.Field(i))
	}
	return fields
}

func (w *world) Append(_ context.Context, runID string, fact drill.Fact) error {
	// What a record cannot hold must not be put into one.
	text, err := json.Marshal(fact)
	if err != nil {
		return err
	}
	var stored drill.Fact
	if err := json.Unmarshal(text, &stored); err != nil {
		return err
	}
	return w.call("Append", func() { w.facts[runID] = append(w.facts[runID], stored) })
}

func (w *world) Facts(_ context.Context, runID string) ([]drill.Fact, error) {
	return slices.Clone(w.facts[runID]), w.call("Facts", nil)
}

func (w *world) Drill(_ context.Context, database string) (drill.Spec, string, error) {
	if database != w.spec.Name() {
		return drill.Spec{}, "", &drill.Error{Name: drill.UnknownDatabase, What: fmt.Sprintf("the plan has no database %q, but %s", database, w.spec.Name())}
	}
	return w.spec, "plan-hash", w.call("Drill", nil)
}

func (w *world) Claim(_ context.Context, r drillstep.SlotRequest) (bool, error) {
	if first := w.scheduled[r.ScheduledTime]; r.ScheduledTime != "" && first != "" && first != r.ExecutionID {
		return true, w.call("Claim", nil)
	}
	if w.owner != "" && w.owner != r.ExecutionID && w.running[w.owner] {
		return false, &drill.Error{Name: drill.SlotBusy, What: r.Database + " is being drilled by " + w.owner}
	}
	return false, w.call("Claim", func() { w.owner, w.scheduled[r.ScheduledTime] = r.ExecutionID, r.ExecutionID })
}

func (w *world) Release(_ context.Context, _, executionID string) error {
	return w.call("Release", func() {
		if w.owner == executionID {
			w.owner = ""
		}
	})
}

func (w *world) Closed(_ context.Context, executionID string) (bool, error) {
	return !w.running[executionID], w.call("Closed", nil)
}

// Known is false of the one name that nobody has.
func (w *world) Known(_ context.Context, executionID string) (bool, error) {
	return executionID != mistyped, w.call("Known", nil)
}

func (w *world) Past(context.Context, string) (past drill.Past, err error) {
	for _, seconds := range w.history {
		past.Restores = append(past.Restores, drill.PastRestore{Seconds: seconds, ToldByEvent: w.told})
	}
	past.Reference = w.reference
	return past, w.call("Past", nil)
}

func (w *world) RecoveryPoints(context.Context, drill.Spec) ([]drill.RecoveryPoint, error) {
	return w.points, w.call("RecoveryPoints", nil)
}

func (w *world) RecoverableFrom(context.Context, drill.Spec, drill.RecoveryPoint) drill.Recoverability {
	return w.ahead
}

func (w *world) resource(run drill.Run) drill.Resource {
	return drill.Resource{Kind: "model-instance", ID: run.Throwaway}
}

// busy makes the source of a point busy for good.
func (w *world) busy(point string) { w.busySources = map[string]bool{point: true} }

// add has one more recovery point of that age.
func (w *world) add(id string, age time.Duration) {
	w.points = append(w.points, drill.RecoveryPoint{ID: id, Kind: "model", TakenAt: midnight.Add(-age), TimeSource: "model", Usable: true})
}

func (w *world) StartRestore(_ context.Context, run drill.Run, _ drill.Spec, point drill.RecoveryPoint) (drill.Copy, error) {
	w.asked = append(w.asked, point.ID)
	if w.busySources[point.ID] && !w.exists {
		if err := w.call("StartRestore", nil); err != nil {
			return nil, err
		}
		return nil, &drill.Error{Name: drill.SourceBusy, What: "the source of " + point.ID + " is backing-up", Hint: "wait"}
	}
	for _, after := range w.eventsIn {
		w.clock.(*clock.Virtual).AfterFunc(after, func() {
			w.listen(rounds.EventListener{Deployment: "test", Tokens: w})
		})
	}
	return drill.Copy{w.resource(run)}, w.call("StartRestore", func() {
		if !w.exists {
			w.exists, w.removedAt = true, time.Time{}
			w.restoredAt = w.clock.Now().Add(w.restoreTakes)
		}
	})
}

func (w *world) RestoreStatus(context.Context, drill.Run, drill.Spec, drill.Resource) (drill.RestoreStatus, error) {
	status := drill.RestoreStatus{Status: "creating", ObservedAt: w.clock.Now()}
	if !w.clock.Now().Before(w.restoredAt) {
		status.Available, status.Status = true, "available"
	}
	return status, w.call("RestoreStatus", nil)
}

func (w *world) open(context.Context, drill.Run, drill.Spec, drill.Resource, drill.Access) (drillstep.CheckSession, error) {
	return session{w}, w.call("Open", nil)
}

type session struct{ w *world }

func (s session) Run(_ context.Context, c drill.Check) (drill.CheckResult, error) {
	if c.Stage == drill.Proof && s.w.unfinished > 0 {
		s.w.unfinished--
		return drill.CheckResult{Name: c.Name, Unfinished: true, Cursor: c.Cursor + "x"}, s.w.call("Run", nil)
	}
	outcome := s.w.checks[c.Name]
	if outcome == "" {
		outcome = drill.CheckPassed
	}
	r := drill.CheckResult{Name: c.Name, Kind: c.Kind, Stage: c.Stage, Outcome: outcome, Passed: outcome == drill.CheckPassed, StartedAt: s.w.clock.Now(), Reads: drill.ReadsTables}
	return r, s.w.call("Run", func() { s.w.ran = append(s.w.ran, c.Name) })
}

// awaitEvents makes the machine listen, and events come so long after the
// restore was requested.
func (w *world) awaitEvents(after ...time.Duration) {
	w.spec.Limits.AwaitEvents, w.spec.Limits.PollSeconds, w.eventsIn = true, 10, after
	w.history = nil
	w.restoreTakes = 9 * time.Second
	if len(after) > 0 {
		w.restoreTakes, w.history = 4*time.Minute, []float64{800, 600, 9000}
	}
}

// custom declares a function of the team's own, with its answer.
func (w *world) custom(answer string, err error) {
	w.spec.CustomCheck = &drill.CustomCheck{Name: "the app is content", Function: "arn:aws:lambda:eu-west-1:123456789012:function:judge"}
	w.customGets = func() (json.RawMessage, error) { return json.RawMessage(answer), err }
}

// PutToken keeps the newest only, as the table does.
func (w *world) PutToken(_ context.Context, throwaway, token string, _ time.Time) error {
	return w.call("PutToken", func() { w.tokens = []string{token} })
}

func (w *world) Tokens(context.Context, string) ([]string, error) {
	return w.tokens, w.call("Tokens", nil)
}

func (w *world) DeleteToken(_ context.Context, _, token string) error {
	return w.call("DeleteToken", func() {
		w.tokens = slices.DeleteFunc(slices.Clone(w.tokens), func(t string) bool { return t == token })
	})
}

func (s session) Close() error { return s.w.call("Close", nil) }

func (w *world) Parts(run drill.Run) drill.Copy { return drill.Copy{w.resource(run)} }

func (w *world) Remove(context.Context, drill.Run, drill.Spec, drill.Resource) error {
	return w.call("Remove", func() {
		if w.exists && w.removedAt.IsZero() {
			w.removedAt = w.clock.Now().Add(w.removalTakes)
		}
	})
}

func (w *world) Remaining(_ context.Context, run drill.Run, _ drill.Spec) ([]drill.Resource, error) {
	if w.exists && !w.removedAt.IsZero() && !w.clock.Now().Before(w.removedAt) {
		w.exists = false
	}
	if !w.exists {
		return nil, w.call("Remaining", nil)
	}
	return []drill.Resource{w.resource(run)}, w.call("Remaining", nil)
}

func (w *world) Record(_ context.Context, in drill.EvidenceInput) (string, error) {
	return "evidence/" + in.ID, w.call("Record", func() { w.evidence[in.ID] = in })
}

func (w *world) Publish(_ context.Context, metrics []drill.Metric) error {
	return w.call("Publish", func() { w.published = append(w.published, metrics) })
}
