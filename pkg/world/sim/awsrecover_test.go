package sim_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
	"github.com/lifeboat-dr/lifeboat/pkg/world/aws"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
)

// terminal is a person at a terminal before a deployment that can recover, as
// `lifeboat recover --world aws` is run there.
type terminal struct {
	t     *testing.T
	world *sim.RecoveryWorld
	aws   *aws.World
	hash  string
}

// warmCache is a step of the example.
const warmCache = "shop/warm-cache"

func atTerminal(t *testing.T, s sim.RecoveryScenario, change ...func(*aws.Options)) terminal {
	t.Helper()
	loaded, err := planfile.Load("../../../examples/recovery/lifeboat.yaml")
	if err != nil {
		t.Fatal(err)
	}
	w, err := sim.OpenRecovery(sim.RecoveryOptions{Plan: loaded.Plan, Scenario: s, Seed: 1, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	o := w.Terminal()
	o.PlanHash = loaded.Plan.Hash()
	for _, c := range change {
		c(&o)
	}
	return terminal{t, w, aws.Open(o), o.PlanHash}
}

func (p terminal) recover(r world.RecoverRequest) *world.RecoveryOutcome {
	p.t.Helper()
	outcome, err := p.aws.Recover(context.Background(), r)
	if err != nil {
		p.t.Fatal(err)
	}
	return outcome
}

// state of a step, as it was seen.
func state(seen world.Recovery, id string) recovery.State {
	for _, s := range seen.Steps {
		if s.Node.ID == id {
			return s.Status.State
		}
	}
	return ""
}

// ended is what every outcome of a run that was reported has.
func (p terminal) ended(o *world.RecoveryOutcome, want drill.Ending) {
	p.t.Helper()
	switch {
	case o.Ending != want:
		p.t.Errorf("it ended as %q: %s %s", o.Ending, o.Error, o.Cause)
	case o.Document == nil || o.Document.Ending != string(want) || o.Recovery == nil || o.Recovery.Run.Ending != string(want):
		p.t.Errorf("it says %+v", o)
	case !strings.HasPrefix(o.Evidence, "s3://lifeboat-prod-111122223333-") || !strings.HasSuffix(o.Report, ".html"):
		p.t.Errorf("its evidence lies at %q, its page at %q", o.Evidence, o.Report)
	}
}

func TestRecoveryIsStartedAndFollowed(t *testing.T) {
	p := atTerminal(t, sim.RecoveryScenario{})
	if _, err := p.aws.Recovery(context.Background(), ""); !errors.Is(err, recovery.ErrNoRun) || drill.HintOf(err) == "" {
		t.Errorf("before any: %v", err)
	}
	var states []recovery.State
	outcome := p.recover(world.RecoverRequest{Observe: func(r world.Recovery) {
		if s := state(r, "shop/orders"); !slices.Contains(states, s) {
			states = append(states, s)
		}
	}})
	p.ended(outcome, drill.Passed)
	if by := outcome.Document.Start.By; !strings.HasSuffix(by, ":user/alex") {
		t.Errorf("started by %q", by)
	}
	if len(states) < 2 || states[len(states)-1] != recovery.Succeeded {
		t.Errorf("it was seen %v", states)
	}
	newest, err := p.aws.Recovery(context.Background(), "")
	if err != nil || newest.Run.ID != outcome.Recovery.Run.ID || newest.Run.ReportedAt == nil || len(newest.Steps) != len(outcome.Recovery.Steps) {
		t.Errorf("the newest is %+v, %v", newest.Run, err)
	}
	if all, err := p.aws.Recoveries(context.Background(), 0); err != nil || len(all) != 1 {
		t.Errorf("%d recoveries, %v", len(all), err)
	}
}

func TestWhatIsNotBegun(t *testing.T) {
	other := func(o *aws.Options) { o.PlanHash = "0123" }
	for name, c := range map[string]struct {
		reason  string
		request world.RecoverRequest
		change  []func(*aws.Options)
		says    string // "": it is begun
	}{
		"another plan":       {"what is deployed is not what the caller sees", world.RecoverRequest{}, []func(*aws.Options){other}, "0123"},
		"any plan":           {"the caller said so", world.RecoverRequest{DeployedPlan: true}, []func(*aws.Options){other}, ""},
		"a wrong workload":   {"it lists those that there are", world.RecoverRequest{Workload: "shoop"}, nil, "shop"},
		"exercise confirmed": {"which is meant?", world.RecoverRequest{Confirm: "prod"}, nil, "failover"},
		"the workload":       {"as the plan names it", world.RecoverRequest{Workload: "shop"}, nil, ""},
		"a failover":         {"it was confirmed", world.RecoverRequest{Mode: recovery.Failover, Confirm: "prod"}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := atTerminal(t, sim.RecoveryScenario{}, c.change...)
			outcome := p.recover(c.request)
			if c.says == "" {
				p.ended(outcome, drill.Passed)
				return
			}
			if outcome.Ending != "" || outcome.Recovery != nil || outcome.Error != "NotConfirmed" || !strings.Contains(outcome.Cause, c.says) {
				t.Errorf("%s: %+v", c.reason, outcome)
			}
		})
	}
}

// A failover that nobody confirmed does not even reach AWS.
func TestFailoverIsConfirmedBeforeAnythingIsAsked(t *testing.T) {
	p := atTerminal(t, sim.RecoveryScenario{Mode: recovery.Failover})
	for _, word := range []string{"", "production", "PROD"} {
		before := len(p.world.Calls())
		_, err := p.aws.Recover(context.Background(), world.RecoverRequest{Mode: recovery.Failover, Confirm: word})
		if drill.NameOf(err) != drill.InvalidInput || !strings.Contains(drill.HintOf(err), "--confirm prod") || len(p.world.Calls()) != before {
			t.Errorf("confirmed by %q: %v", word, err)
		}
	}
}

// The second of two failovers is told of the first, and what became of it is no matter
// of evidence.
func TestTheSecondOfTwoFailovers(t *testing.T) {
	p := atTerminal(t, sim.RecoveryScenario{Mode: recovery.Failover})
	request, run := world.RecoverRequest{Mode: recovery.Failover, Confirm: "prod"}, ""
	observed := request
	observed.Observe = func(r world.Recovery) {
		if run != "" || state(r, "shop/orders") != recovery.Running {
			return
		}
		run = r.Run.ID
		second := p.recover(request)
		if second.Error != "NotConfirmed" || second.Ending != "" || !strings.Contains(second.Cause, run) {
			t.Errorf("%+v", second)
		}
		if told, err := p.aws.Resume(context.Background(), world.ResumeRequest{Run: second.Recovery.Run.ID}); err != nil || told.Document != nil || told.Other != "finished" {
			t.Errorf("resumed, it comes to %+v, %v", told, err)
		}
	}
	p.ended(p.recover(observed), drill.Passed)
}

// A step that failed is decided about by the deployed function, while somebody else
// looks on.
func TestDecisionsOfAPerson(t *testing.T) {
	for name, c := range map[string]struct {
		choice recovery.Choice
		fails  int
		ending drill.Ending
		state  recovery.State
	}{
		"retried":        {recovery.Retry, 1, drill.Passed, recovery.Succeeded},
		"retried, twice": {recovery.Retry, 2, drill.Passed, recovery.Succeeded},
		"skipped":        {recovery.Skip, 1, drill.ObjectivesMissed, recovery.Skipped},
		"aborted":        {recovery.Abort, 1, drill.FailureClean, recovery.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := atTerminal(t, sim.RecoveryScenario{Steps: map[string]sim.StepTrouble{warmCache: {Fails: c.fails}}})
			step, made := warmCache, 0
			if c.choice == recovery.Abort {
				step = ""
			}
			outcome := p.recover(world.RecoverRequest{Observe: func(r world.Recovery) {
				if state(r, warmCache) != recovery.Failed || r.Run.OverAt != nil || made == c.fails {
					return
				}
				made++
				if err := p.aws.Decide(context.Background(), r.Run.ID, recovery.Decision{Choice: c.choice, Step: step, Try: made * map[bool]int{true: 1}[step != ""], Reason: "it is known"}); err != nil {
					t.Error(err)
				}
			}})
			p.ended(outcome, c.ending)
			if got := state(*outcome.Recovery, warmCache); got != c.state {
				t.Errorf("the step is %s", got)
			}
			if got := outcome.Recovery.Run.Decisions; len(got) != c.fails || !strings.HasSuffix(got[0].By, ":user/alex") || got[0].Reason != "it is known" {
				t.Errorf("decided was %+v", got)
			}
		})
	}
}

// What cannot be decided says what can, and changes nothing.
func TestDecisionsThatAreRefused(t *testing.T) {
	p, tried := atTerminal(t, sim.RecoveryScenario{}), false
	decide := func(run string, d recovery.Decision) error { return p.aws.Decide(context.Background(), run, d) }
	outcome := p.recover(world.RecoverRequest{Observe: func(r world.Recovery) {
		if tried || state(r, "shop/ready") != recovery.Succeeded || r.Run.OverAt != nil {
			return
		}
		tried = true
		for name, c := range map[string]struct {
			run string
			d   recovery.Decision
		}{
			"no such run":       {"recovery-0", recovery.Decision{Choice: recovery.Abort, Reason: "x"}},
			"no such step":      {r.Run.ID, recovery.Decision{Choice: recovery.Skip, Step: "shop/none", Reason: "x"}},
			"one that is done":  {r.Run.ID, recovery.Decision{Choice: recovery.Retry, Step: "shop/ready", Reason: "x"}},
			"no reason":         {r.Run.ID, recovery.Decision{Choice: recovery.Skip, Step: warmCache}},
			"another attempt":   {r.Run.ID, recovery.Decision{Choice: recovery.Skip, Step: warmCache, Try: 7, Reason: "x"}},
			"no such choice":    {r.Run.ID, recovery.Decision{Choice: "wait", Step: warmCache, Reason: "x"}},
			"abort of one step": {r.Run.ID, recovery.Decision{Choice: recovery.Abort, Step: warmCache, Reason: "x"}},
		} {
			if err := decide(c.run, c.d); err == nil || drill.NameOf(err) == drill.Unexpected || drill.HintOf(err) == "" {
				t.Errorf("%s: %v, hint %q", name, err, drill.HintOf(err))
			}
		}
	}})
	p.ended(outcome, drill.Passed)
	if !tried || len(outcome.Recovery.Run.Decisions) > 0 {
		t.Errorf("decided was %+v", outcome.Recovery.Run.Decisions)
	}
	if err := decide(outcome.Recovery.Run.ID, recovery.Decision{Choice: recovery.Abort, Reason: "late"}); err == nil || drill.HintOf(err) == "" {
		t.Errorf("of one that is over: %v", err)
	}
}

// Whoever stops watching stops nothing.
func TestARecoveryThatIsNotFollowedGoesOn(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	p := atTerminal(t, sim.RecoveryScenario{}, func(o *aws.Options) {
		o.Pause = func(context.Context, time.Duration) error { stop(); return ctx.Err() }
	})
	_, err := p.aws.Recover(ctx, world.RecoverRequest{})
	var left *world.NotFollowed
	if !errors.As(err, &left) || !strings.Contains(left.Hint, drill.RunID(left.ExecutionID)) {
		t.Fatalf("%v", err)
	}
	if err := p.world.Wait(context.Background()); err != nil {
		t.Fatal(err)
	}
	newest, err := p.aws.Recovery(context.Background(), drill.RunID(left.ExecutionID))
	if err != nil || newest.Run.Ending != string(drill.Passed) {
		t.Errorf("%+v, %v", newest.Run, err)
	}
}

// A look that AWS does not answer is not the end of what is looked at.
func TestALookThatFails(t *testing.T) {
	deaf := &outage{}
	p := atTerminal(t, sim.RecoveryScenario{}, func(o *aws.Options) {
		deaf.over = o.Config.HTTPClient
		o.Config.HTTPClient = deaf
	})
	looks := 0
	_, err := p.aws.Recover(context.Background(), world.RecoverRequest{Observe: func(world.Recovery) {
		looks++
		deaf.is = looks == 5
	}})
	var left *world.NotFollowed
	if !errors.As(err, &left) || !strings.Contains(left.Hint, "recover status") || !strings.Contains(err.Error(), "no route to host") {
		t.Errorf("%v", err)
	}
}

// outage is a network that is there at times.
type outage struct {
	over awssdk.HTTPClient
	is   bool
}

func (o *outage) Do(r *http.Request) (*http.Response, error) {
	if o.is {
		return nil, errors.New("no route to host")
	}
	return o.over.Do(r)
}

// A parent that is stopped in the console ends an exercise, and whoever follows it
// sees it to its end: the throwaways are removed by another.
func TestAnExerciseWhoseParentIsStopped(t *testing.T) {
	p, stopped := atTerminal(t, sim.RecoveryScenario{}), false
	outcome := p.recover(world.RecoverRequest{Observe: func(r world.Recovery) {
		if !stopped && state(r, "shop/orders") == recovery.Running {
			stopped = true
			p.world.StopParent(r.Run.Execution)
		}
	}})
	p.ended(outcome, drill.FailureClean)
	if outcome.Recovery.Run.Aborted() == nil || outcome.Recovery.Run.Epoch != 2 {
		t.Errorf("%+v", outcome.Recovery.Run)
	}
}

// Nobody goes on by itself with a failover whose parent is stopped: whoever followed
// it is told how to, and does.
func TestAFailoverWhoseParentIsStopped(t *testing.T) {
	p, stopped := atTerminal(t, sim.RecoveryScenario{Mode: recovery.Failover}), false
	outcome := p.recover(world.RecoverRequest{Mode: recovery.Failover, Confirm: "prod", Observe: func(r world.Recovery) {
		if !stopped && state(r, "shop/orders") == recovery.Running {
			stopped = true
			p.world.StopParent(r.Run.Execution)
		}
	}})
	if outcome.Ending != "" || outcome.Document != nil || !strings.Contains(outcome.Hint, "lifeboat recover resume "+outcome.Recovery.Run.ID) {
		t.Fatalf("%+v", outcome)
	}
	again, err := p.aws.Resume(context.Background(), world.ResumeRequest{Run: outcome.Recovery.Run.ID})
	if err != nil {
		t.Fatal(err)
	}
	p.ended(again, drill.Passed)
	// One that is over and reported is told once more, and nothing else happens.
	told, err := p.aws.Resume(context.Background(), world.ResumeRequest{Run: outcome.Recovery.Run.ID, Abort: true})
	if err != nil || told.Document == nil || told.Document.Ending != string(drill.Passed) || told.Recovery.Run.Aborted() != nil {
		t.Errorf("%+v, %v", told, err)
	}
}

// Two take a run on, one after the other: the first sees what the second's comes to,
// whenever that takes over.
func TestARunThatAnotherTakesOver(t *testing.T) {
	p, taken := atTerminal(t, sim.RecoveryScenario{}), false
	outcome := p.recover(world.RecoverRequest{Observe: func(r world.Recovery) {
		if taken || state(r, "shop/orders") != recovery.Running {
			return
		}
		taken = true
		if _, err := p.world.Begin("taken-over", recovery.Request{Resume: r.Run.ID, StartedBy: "robin"}); err != nil {
			t.Error(err)
		}
		p.world.Pass(5 * time.Minute) // between the look at the record and that at the execution
	}})
	p.ended(outcome, drill.Passed)
}

func TestResumeOfNone(t *testing.T) {
	p := atTerminal(t, sim.RecoveryScenario{})
	if _, err := p.aws.Resume(context.Background(), world.ResumeRequest{Run: "recovery-0"}); drill.NameOf(err) != drill.InvalidInput || !errors.Is(err, recovery.ErrNoRun) {
		t.Errorf("%v", err)
	}
}
