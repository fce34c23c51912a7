package rounds_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/rounds"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

const executions = "arn:aws:states:eu-central-1:111122223333:execution:lifeboat-prod-drill:"

// desk is what a notifier knows and whom it tells.
type desk struct {
	t        *testing.T
	now      time.Time
	ended    map[string]drill.Ended
	noticed  map[string]drill.Noticed
	recorded map[string]drill.Recorded
	facts    map[string][]drill.Fact
	sent     []mail
	figures  []float64

	tableRefuses, topicRefuses, evidenceRefuses, listRefuses, lookRefuses, mute bool
	dies                                                                        bool // in the middle of publishing
}

type mail struct{ Topic, Subject, Text string }

var errRefused = errors.New("refused")

func newDesk(t *testing.T) *desk {
	return &desk{
		t: t, now: time.Date(2026, 11, 5, 10, 0, 0, 0, time.UTC), ended: map[string]drill.Ended{}, noticed: map[string]drill.Noticed{},
		recorded: map[string]drill.Recorded{}, facts: map[string][]drill.Fact{},
	}
}

func (d *desk) Now() time.Time { return d.now }

func (d *desk) Ended(_ context.Context, machine string, since time.Time) (list []drill.Ended, err error) {
	if d.listRefuses {
		return nil, errRefused
	}
	for _, e := range d.ended {
		of := strings.Contains(e.Execution, machine[strings.LastIndexByte(machine, ':'):]+":")
		if of && e.Closed() && e.Status != "SUCCEEDED" && !e.StoppedAt.Before(since) {
			list = append(list, drill.Ended{Execution: e.Execution, Status: e.Status, StartedAt: e.StartedAt, StoppedAt: e.StoppedAt})
		}
	}
	return list, nil
}

func (d *desk) Ending(_ context.Context, execution string) (drill.Ended, error) {
	if d.lookRefuses {
		return drill.Ended{}, errRefused
	}
	return d.ended[execution], nil
}

func (d *desk) Notices(context.Context) (map[string]drill.Noticed, error) {
	if d.tableRefuses {
		return nil, errRefused
	}
	return d.noticed, nil
}

func (d *desk) Notice(_ context.Context, execution string) (drill.Noticed, error) {
	if d.tableRefuses {
		return drill.Noticed{}, errRefused
	}
	return d.noticed[execution], nil
}

func (d *desk) ClaimNotice(_ context.Context, execution string, stopped, now, cutOff time.Time) (drill.Noticed, bool, error) {
	if d.tableRefuses {
		return drill.Noticed{}, false, errRefused
	}
	before := d.noticed[execution]
	if before.Told(stopped) || before.State == drill.NoticeSending && !before.At.Before(cutOff) {
		return before, false, nil
	}
	d.noticed[execution] = drill.Noticed{Execution: execution, State: drill.NoticeSending, At: now}
	return before, true, nil
}

func (d *desk) KeepNotice(_ context.Context, n drill.Noticed) error {
	if d.tableRefuses || d.dies {
		return errRefused
	}
	d.noticed[n.Execution] = n
	return nil
}

func (d *desk) Location(execution string) string {
	return "s3://b/evidence/" + drill.RunID(execution) + ".json"
}

func (d *desk) Recorded(_ context.Context, execution string) (drill.Recorded, error) {
	r, there := d.recorded[execution]
	if d.evidenceRefuses || !there {
		return drill.Recorded{}, errRefused
	}
	return r, nil
}

func (d *desk) Facts(_ context.Context, runID string) ([]drill.Fact, error) {
	if d.tableRefuses {
		return nil, errRefused
	}
	return d.facts[runID], nil
}

var errDied = errors.New("died")

func (d *desk) Publish(_ context.Context, topic, subject, message string) error {
	if d.dies {
		panic(errDied)
	}
	if d.topicRefuses {
		return errRefused
	}
	var texts map[string]string
	if err := json.Unmarshal([]byte(message), &texts); err != nil {
		d.t.Error(err)
	}
	d.sent = append(d.sent, mail{topic[strings.LastIndexByte(topic, '-')+1:], subject, texts["default"]})
	return nil
}

// gauge is where figures go.
type gauge struct{ *desk }

func (g gauge) Publish(_ context.Context, metrics []drill.Metric) error {
	if g.mute {
		return errRefused
	}
	for _, m := range metrics {
		if m.Name != rounds.Unreported || m.Dimensions["Deployment"] != "prod" {
			g.t.Errorf("%+v", m)
		}
		g.figures = append(g.figures, m.Value)
	}
	return nil
}

func (d *desk) notifier() step.Handler {
	return step.JSON(rounds.Notifier{
		Names:   deployed.Names{Deployment: "prod", Account: "111122223333", Region: "eu-central-1"},
		Endings: d, Notices: d, Finder: d, Evidence: d, Record: d, Publisher: d, Metrics: gauge{d}, Clock: d,
	}.Handle)
}

// ends an execution a minute ago or so.
func (d *desk) ends(name, status, failure, input string) {
	d.ended[executions+name] = drill.Ended{
		Execution: executions + name, Status: status, Error: failure, Cause: "because", Input: json.RawMessage(input),
		StartedAt: d.now.Add(-time.Hour), StoppedAt: d.now,
	}
}

func (d *desk) claimed(name string) {
	d.facts[name] = append(d.facts[name], drill.Fact{Kind: drill.FactClaimed, Run: &drill.Run{}, Spec: &drill.Spec{Workload: "orders", Database: "orders-db"}})
}

func (d *desk) told(input string) (rounds.NotifierOut, error) {
	text, err := d.notifier()(context.Background(), json.RawMessage(input))
	var out rounds.NotifierOut
	if err == nil {
		if err := json.Unmarshal(text, &out); err != nil {
			d.t.Fatal(err)
		}
	}
	return out, err
}

// event is what Step Functions sends of an execution.
func (d *desk) event(name string) rounds.NotifierOut {
	d.t.Helper()
	x := d.ended[executions+name]
	out, err := d.told(fmt.Sprintf(`{"source": "aws.states", "detail": {"executionArn": %q, "status": %q, "error": %q}}`, x.Execution, x.Status, x.Error))
	if err != nil {
		d.t.Fatal(err)
	}
	return out
}

func (d *desk) round() rounds.NotifierOut {
	d.t.Helper()
	out, err := d.told("{}")
	if err != nil {
		d.t.Fatal(err)
	}
	return out
}

// later lets rounds pass.
func (d *desk) later(minutes int) {
	d.t.Helper()
	for range minutes / 15 {
		d.now = d.now.Add(15 * time.Minute)
		d.round()
	}
	d.now = d.now.Add(time.Duration(minutes%15) * time.Minute)
}

func (d *desk) subjects() (list []string) {
	for _, m := range d.sent {
		list = append(list, m.Topic+": "+m.Subject)
	}
	return list
}

func (d *desk) expect(want ...string) {
	d.t.Helper()
	if diff := cmp.Diff(want, d.subjects()); diff != "" {
		d.t.Errorf("(-want +got):\n%s", diff)
	}
}

func (d *desk) says(words ...string) {
	d.t.Helper()
	last := d.sent[len(d.sent)-1].Text
	for _, word := range words {
		if !strings.Contains(last, word) {
			d.t.Errorf("it does not say %q:\n%s", word, last)
		}
	}
}

const (
	failed = "pages: PAGE orders/orders-db: FailureClean (prod)"
	stop   = "pages: PAGE orders/orders-db: stopped, "
)

func (d *desk) fails(name string) {
	d.ends(name, "FAILED", "FailureClean", "{}")
	d.claimed(name)
	d.recorded[executions+name] = drill.Recorded{
		Database: "orders/orders-db", Ending: drill.FailureClean, Location: "s3://b/evidence/" + name + ".json",
		Findings: []drill.Finding{
			{Severity: drill.Failed, Code: "NoUsableBackup", What: "there is none", Hint: "make one"},
			{Severity: drill.Missed, Code: "RPOMissed", What: "too old", Figure: 7200.0, Target: 3600.0},
			{Severity: drill.Warning, Code: "Odd", What: "odd"},
		},
	}
}

func TestAnEndingIsToldOnce(t *testing.T) {
	d := newDesk(t)
	d.fails("a")
	d.event("a")
	d.event("a") // it came twice
	d.later(60)
	d.expect(failed)
	d.says("NoUsableBackup: there is none", "and 1 more", "1. make one", "s3://b/evidence/a.json", "runbooks/FailureClean.md", "#/v2/executions/details/"+executions+"a")
	if diff := cmp.Diff([]float64{0, 0, 0, 0}, d.figures); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestALostEventIsFoundByTheRound(t *testing.T) {
	d := newDesk(t)
	d.fails("a")
	d.later(60)
	d.expect(failed)
}

func TestMissedObjectivesAreTickets(t *testing.T) {
	d := newDesk(t)
	d.ends("a", "FAILED", "ObjectivesMissed", "{}")
	d.recorded[executions+"a"] = drill.Recorded{Database: "orders/orders-db", Findings: []drill.Finding{{Severity: drill.Missed, Code: "RPOMissed", What: "too old", Figure: 7200.0, Target: 3600.0}}}
	d.event("a")
	d.expect("tickets: TICKET orders/orders-db: ObjectivesMissed (prod)")
	d.says("figure: 2h0m0s", "target: 1h0m0s")
}

func TestWhatIsDirtyPages(t *testing.T) {
	d := newDesk(t)
	d.ends("a", "FAILED", "FailureDirty", "{}")
	d.event("a")
	// The clean-up after it, whatever comes of it, is no news.
	d.ends("cleanup-a", "FAILED", "FailureDirty", `{"cleanUpAfter": "`+executions+`a"}`)
	d.event("cleanup-a")
	d.later(60)
	d.expect("pages: PAGE unknown database: FailureDirty (prod)")
}

// One message for what was stopped and for its clean-up.
func TestWhatWasCutOffIsToldWithItsCleanUp(t *testing.T) {
	const after = `{"cleanUpAfter": "` + executions + `a"}`
	for name, c := range map[string]struct {
		reason string
		play   func(d *desk)
		want   []string
		says   []string
	}{
		"cleaned up": {"the clean-up's end is an event", func(d *desk) {
			d.ends("cleanup-a", "FAILED", "FailureClean", after)
			d.recorded[executions+"cleanup-a"] = drill.Recorded{Database: "orders/orders-db", Location: "s3://b/evidence/cleanup-a.json", Findings: []drill.Finding{{Severity: drill.Failed, Code: "Stopped", What: "it was cut off"}}}
			d.event("cleanup-a")
			d.later(60)
		}, []string{stop + "cleaned up (prod)"}, []string{"nothing is left behind", "s3://b/evidence/cleanup-a.json", "Stopped: it was cut off"}},
		"its event is lost": {"the round finds it", func(d *desk) {
			d.ends("cleanup-a", "FAILED", "FailureClean", after)
			d.later(60)
		}, []string{stop + "cleaned up (prod)"}, []string{"could not be read"}},
		"there was nothing to do": {"a clean-up that finds all done succeeds", func(d *desk) {
			d.ends("cleanup-a", "SUCCEEDED", "", after)
			d.later(60)
		}, []string{stop + "cleaned up (prod)"}, nil},
		"dirty": {"it could not prove it", func(d *desk) {
			d.ends("cleanup-a", "FAILED", "FailureDirty", after)
			d.event("cleanup-a")
			d.later(60)
		}, []string{stop + "FailureDirty (prod)"}, []string{"could not prove", "FailureDirty.md"}},
		"cut off as well": {"somebody stops it, too", func(d *desk) {
			d.ends("cleanup-a", "ABORTED", "", after)
			d.event("cleanup-a")
			d.later(60)
		}, []string{stop + "clean-up failed (prod)"}, []string{"cut off as well", `{"cleanUpAfter":"` + executions + `a"}`}},
		"none came": {"the event to the listener is lost", func(d *desk) { d.later(60) },
			[]string{stop + "not cleaned up (prod)"}, []string{`{"cleanUpAfter":"` + executions + `a"}`}},
		"it takes long": {"thirty minutes are awaited, and its end is no news", func(d *desk) {
			d.ended[executions+"cleanup-a"] = drill.Ended{Execution: executions + "cleanup-a", Status: "RUNNING", Input: json.RawMessage(after)}
			d.later(45)
			d.ends("cleanup-a", "FAILED", "FailureClean", after)
			d.event("cleanup-a")
			d.later(60)
		}, []string{stop + "not cleaned up (prod)"}, []string{"cleanup-a, which is to clean up"}},
		"it takes long, and is dirty": {"that is news", func(d *desk) {
			d.later(45)
			d.ends("cleanup-a", "FAILED", "FailureDirty", after)
			d.event("cleanup-a")
			d.event("cleanup-a")
			d.later(60)
		}, []string{stop + "not cleaned up (prod)", "pages: PAGE orders/orders-db: FailureDirty (prod)"}, []string{"the clean-up after execution a"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.ends("a", "ABORTED", "", "{}")
			d.claimed("a")
			d.event("a")
			d.expect()
			d.now = d.now.Add(5 * time.Minute)
			c.play(d)
			d.expect(c.want...)
			d.says(c.says...)
		})
	}
}

// It was stopped before it began: nobody cleans up, and nobody is waited for.
func TestWhatNeverBeganIsToldAtOnce(t *testing.T) {
	d := newDesk(t)
	d.ends("a", "ABORTED", "", `{"database": "orders/orders-db"}`)
	d.event("a")
	d.expect("pages: PAGE orders/orders-db: stopped (prod)")
	d.says("nothing is left behind")
}

// It was stopped after it had seen to everything: nobody cleans up, and nobody is
// waited for.
func TestWhatHadSeenToEverythingIsToldAtOnce(t *testing.T) {
	d := newDesk(t)
	d.ends("a", "ABORTED", "", `{"database": "orders/orders-db"}`)
	d.claimed("a")
	id := drill.RunID(executions + "a")
	d.facts[id] = append(d.facts[id], drill.Fact{Kind: drill.FactRemovalObserved}, drill.Fact{Kind: drill.FactEvidenceRecorded}, drill.Fact{Kind: drill.FactSlotReleased})
	d.event("a")
	d.expect("pages: PAGE orders/orders-db: stopped (prod)")
	d.says("its evidence stands, and nothing is left behind")
}

func TestOtherEndsOfAnExecution(t *testing.T) {
	for status, c := range map[string]struct{ failure, want string }{
		"TIMED_OUT": {"States.Timeout", "timed out"},
		"FAILED":    {"States.Runtime", "failed"},
	} {
		d := newDesk(t)
		d.ends("a", status, c.failure, "{}")
		d.event("a")
		d.expect("pages: PAGE unknown database: " + c.want + " (prod)")
		d.says(c.failure + ": because")
	}
}

// A clean-up that an operator starts has no name of ours.
func TestACleanUpByHand(t *testing.T) {
	d := newDesk(t)
	d.ends("a", "ABORTED", "", "{}")
	d.claimed("a")
	d.ends("by-hand", "FAILED", "FailureClean", `{"cleanUpAfter": "`+executions+`a"}`)
	d.event("by-hand")
	d.later(60)
	d.expect(stop + "cleaned up (prod)")
}

// A claim that came to nothing is taken over after ten minutes.
func TestCutOffBetweenClaimAndMessage(t *testing.T) {
	d := newDesk(t)
	d.fails("a")
	d.dies = true
	func() {
		defer func() {
			if recover() == nil {
				t.Error("it lived")
			}
		}()
		d.event("a")
	}()
	d.dies = false
	d.now = d.now.Add(time.Minute)
	if out := d.event("a"); len(out.Waiting) != 1 { // Lambda calls again
		t.Errorf("%+v", out)
	}
	d.expect()
	d.later(60)
	d.expect(failed)
	d.says("It may have come before")
}

func TestWhoeverIsRefusedTriesAgain(t *testing.T) {
	d := newDesk(t)
	d.fails("a")
	d.topicRefuses = true
	if out := d.event("a"); out.Unreported != 1 || len(out.Findings) != 1 {
		t.Errorf("%+v", out)
	}
	d.later(30)
	if diff := cmp.Diff([]float64{1, 1, 1}, d.figures); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	d.topicRefuses = false
	d.later(30)
	d.expect(failed)
	if last := d.figures[len(d.figures)-1]; last != 0 {
		t.Errorf("%v", d.figures)
	}
}

// Without the table people are told all the same, and not all day long.
func TestTheTableRefuses(t *testing.T) {
	d := newDesk(t)
	d.fails("a")
	d.tableRefuses = true
	d.event("a")
	d.says("It may come twice", "refused")
	d.later(24 * 60)
	if got := len(d.sent); got > 2 {
		t.Errorf("told %d times", got)
	}
	d = newDesk(t)
	d.fails("a")
	d.tableRefuses = true // and the event is lost
	d.later(60)
	if len(d.sent) == 0 {
		t.Error("nobody was told")
	}
}

func TestTheEvidenceRefuses(t *testing.T) {
	d := newDesk(t)
	d.fails("a")
	d.facts["a"] = append(d.facts["a"], drill.Fact{Kind: drill.FactFailed, Failure: &drill.Failure{Error: "RestoreRefused", Cause: "AWS said no", Hint: "ask for more"}})
	d.evidenceRefuses = true
	d.event("a")
	d.expect(failed)
	d.says("could not be read (refused)", "s3://b/evidence/a.json", "FailureClean: because", "RestoreRefused: AWS said no", "ask for more")
	d = newDesk(t)
	d.ends("a", "FAILED", "FailureClean", `{"database": "orders/oders-db"}`)
	d.evidenceRefuses, d.tableRefuses = true, true
	d.event("a")
	d.expect("pages: PAGE orders/oders-db: FailureClean (prod)")
	d.says("The run record could not be read either")
}

func TestStepFunctionsRefuses(t *testing.T) {
	d := newDesk(t)
	d.fails("a")
	d.lookRefuses = true
	d.event("a")
	d.expect(failed)
	d.says("could not be asked about the execution")

	d = newDesk(t)
	d.ends("a", "ABORTED", "", "{}")
	d.claimed("a")
	d.recorded[executions+"a"] = drill.Recorded{Database: "orders/orders-db"}
	d.lookRefuses = true
	d.event("a")
	d.later(60)
	d.expect(stop + "not cleaned up (prod)")

	d.listRefuses = true
	if _, err := d.told("{}"); err == nil {
		t.Error("a round that saw nothing is no round")
	}
	d.listRefuses, d.mute = false, true
	if _, err := d.told("{}"); err == nil {
		t.Error("the figure did not come")
	}
}

func TestEventsOfNoInterest(t *testing.T) {
	d := newDesk(t)
	for _, event := range []string{
		`{"source": "aws.states", "detail": {"executionArn": "arn:x", "status": "SUCCEEDED"}}`,
		`{"source": "aws.states", "detail": {"executionArn": "arn:x", "status": "RUNNING"}}`,
	} {
		if _, err := d.told(event); err != nil {
			t.Error(err)
		}
	}
	for _, event := range []string{`{"source": "aws.rds", "detail": {}}`, `{"source": "aws.states", "detail": {}}`} {
		if _, err := d.told(event); drill.NameOf(err) != drill.InvalidInput {
			t.Errorf("%s: %v", event, err)
		}
	}
	d.expect()
}

// What does not fit into the time of one call is the next round's, and counted.
func TestTimeIsBounded(t *testing.T) {
	d := newDesk(t)
	d.fails("a")
	d.fails("b")
	ctx, cancel := context.WithDeadline(context.Background(), d.now.Add(time.Second))
	defer cancel()
	if _, err := d.notifier()(ctx, json.RawMessage("{}")); err != nil {
		t.Fatal(err)
	}
	d.expect()
	if diff := cmp.Diff([]float64{2}, d.figures); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	d.later(15)
	if got := d.subjects(); len(got) != 2 || !slices.Contains(got, failed) {
		t.Errorf("%v", got)
	}
}

// The topic was refused for a week and more: it is told late, and counted till then.
func TestAnEndingIsNotDropped(t *testing.T) {
	d := newDesk(t)
	d.fails("a")
	d.topicRefuses = true
	d.event("a")
	d.now = d.now.Add(13 * 24 * time.Hour)
	if out := d.round(); out.Unreported != 1 {
		t.Errorf("%+v", out)
	}
	d.topicRefuses = false
	d.round()
	d.round()
	d.expect(failed)
}

// What may never have been told is counted until it is known.
func TestWhatNobodyKnowsToBeToldIsCounted(t *testing.T) {
	for _, age := range []time.Duration{20 * time.Minute, 3 * time.Hour, 13 * 24 * time.Hour} {
		d := newDesk(t)
		d.fails("a")
		d.now = d.now.Add(age)
		d.tableRefuses = true
		if out := d.round(); out.Unreported != 1 || len(d.sent) != 0 {
			t.Errorf("%v: %+v", age, out)
		}
		d.tableRefuses = false
		if out := d.round(); out.Unreported != 0 {
			t.Errorf("%v: %+v", age, out)
		}
		d.expect(failed)
	}
}

// A redriven execution ends a second time, and people hear of that, too.
func TestARedrivenExecutionIsToldAgain(t *testing.T) {
	d := newDesk(t)
	d.fails("a")
	d.event("a")
	d.now = d.now.Add(time.Hour)
	d.ends("a", "FAILED", "FailureClean", "{}")
	d.event("a")
	d.round()
	d.expect(failed, failed)
	d.now = d.now.Add(time.Hour)
	d.ends("a", "FAILED", "FailureClean", "{}") // and this event is lost
	d.later(60)
	d.expect(failed, failed, failed)
}

// Names are cut and may collide: another's clean-up says nothing of this execution.
func TestAnothersCleanUpIsNotTaken(t *testing.T) {
	d := newDesk(t)
	d.ends("a", "ABORTED", "", "{}")
	d.claimed("a")
	d.ends("cleanup-a", "FAILED", "FailureClean", `{"cleanUpAfter": "`+executions+`b-a"}`)
	d.event("a")
	d.expect()
	d.later(45)
	if got := d.subjects(); !slices.Contains(got, stop+"not cleaned up (prod)") {
		t.Errorf("%v", got)
	}
}

// A workload may be called cleanup.
func TestADrillNamedLikeACleanUp(t *testing.T) {
	d := newDesk(t)
	d.ends("orders", "FAILED", "FailureDirty", "{}")
	d.noticed[executions+"orders"] = drill.Noticed{Execution: executions + "orders", State: drill.NoticeSent, At: d.now}
	d.fails("cleanup-orders")
	x := d.ended[executions+"cleanup-orders"]
	x.Input = nil
	d.ended[executions+"cleanup-orders"] = x
	d.event("cleanup-orders")
	d.expect(failed)
}

// What was stopped after it had judged does not say that it judged nothing.
func TestStoppedAfterItHadJudged(t *testing.T) {
	d := newDesk(t)
	d.ends("a", "ABORTED", "", "{}")
	d.claimed("a")
	d.recorded[executions+"a"] = drill.Recorded{Database: "orders/orders-db", Findings: []drill.Finding{{Severity: drill.Missed, Code: "RPOMissed", What: "too old"}}}
	d.later(45)
	d.says("RPOMissed", "before its end.")
	if strings.Contains(d.sent[0].Text, "judged nothing") {
		t.Error(d.sent[0].Text)
	}
}

// What began with no database says nothing of one, and wakes nobody who typed it.
func TestNoDrillBegan(t *testing.T) {
	const name = `{"database": "orders/orders-db"}`
	const byTheClock = `{"database": "orders/orders-db", "trigger": "schedule"}`
	for _, c := range []struct{ code, input, want, says string }{
		{"SlotBusy", name, "tickets: TICKET orders/orders-db", "another drill of this database was running"},
		{"SlotBusy", byTheClock, "tickets: TICKET orders/orders-db", "another drill of this database was running"},
		{"UnknownDatabase", name, "tickets: TICKET orders/orders-db", "No drill began"},
		{"UnknownDatabase", byTheClock, "pages: PAGE orders/orders-db", "No drill began"},
		{"InvalidInput", `{"databse": 3, "trigger": 4}`, "tickets: TICKET unknown database", "No drill began"},
		{"InvalidInput", byTheClock, "pages: PAGE orders/orders-db", "No drill began"},
	} {
		for _, recorded := range []bool{true, false} {
			d := newDesk(t)
			d.ends("a", "FAILED", "FailureClean", c.input)
			x := d.ended[executions+"a"]
			x.Cause = c.code + ": ClaimSlot failed: so it is"
			d.ended[executions+"a"] = x
			if recorded {
				d.recorded[executions+"a"] = drill.Recorded{Findings: []drill.Finding{{Severity: drill.Failed, Code: c.code, What: "so it is"}}}
			}
			d.event("a")
			d.expect(c.want + ": FailureClean (prod)")
			d.says(c.says)
			if strings.Contains(d.sent[0].Text, "could not prove") {
				t.Error(d.sent[0].Text)
			}
		}
	}
	d := newDesk(t)
	d.ends("a", "FAILED", "FailureClean", name)
	d.claimed("a")
	d.recorded[executions+"a"] = drill.Recorded{Findings: []drill.Finding{{Severity: drill.Failed, Code: "InvalidInput", What: "of a later step"}}}
	d.event("a")
	d.expect(failed)
}
