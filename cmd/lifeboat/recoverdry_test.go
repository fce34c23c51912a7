package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

func dryOf(t *testing.T, change func(*plan.Plan), mermaid bool, args ...string) string {
	t.Helper()
	loaded, err := planfile.Load("../../examples/recovery/lifeboat.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p := loaded.Plan
	change(&p)
	var stdout bytes.Buffer
	out := ui.Output{Streams: ui.Streams{Out: &stdout, Err: &stdout}}
	flags := pflag.NewFlagSet("recover", pflag.ContinueOnError)
	out.Flag(flags, "")
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	if err := (dryRecovery{plan: p, onAWS: recoversOnAWS(p), mermaid: mermaid}).tell(context.Background(), out); err != nil {
		t.Fatal(err)
	}
	return stdout.String()
}

func TestDryRecovery(t *testing.T) {
	text := dryOf(t, func(*plan.Plan) {}, false)
	t.Log(text)
	for _, want := range []string{
		"recovery of prod on AWS", "11 steps", "critical path (*):", "shop/warm-cache", "detection 1m30s declared, decision 10m0s declared",
		"an exercise leaves out shop/shop-answers",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
}

func TestDryRecoveryWarns(t *testing.T) {
	text := dryOf(t, func(p *plan.Plan) {
		w := &p.Workloads[0]
		w.Databases[0].Recovery = nil
		w.Assumptions.Restore = 0
		w.Objectives.RTO /= 24
	}, false)
	for _, want := range []string{
		"shop/customers-db: it has no recovery.target, so that a failover of shop is refused", "nobody knows how long shop/customers, shop/orders takes",
		"at least", "too long by", "exceeds the RTO",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
}

func TestDryRecoveryAsMermaid(t *testing.T) {
	if text := dryOf(t, func(*plan.Plan) {}, true); !strings.HasPrefix(text, "flowchart LR\n") || !strings.Contains(text, "shop/orders") {
		t.Errorf("no flow chart:\n%s", text)
	}
}

func TestDryRecoveryAsJSON(t *testing.T) {
	var document struct {
		Where     string
		Workloads []struct {
			Name             string
			ProjectedSeconds float64
			Met              bool
		}
		Steps   []struct{ ID, Kind, Basis string }
		Mermaid string
	}
	text := dryOf(t, func(*plan.Plan) {}, true, "--json")
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	if document.Where != "aws" || len(document.Steps) != 11 || len(document.Workloads) != 1 || !document.Workloads[0].Met || document.Mermaid == "" {
		t.Errorf("%+v", document)
	}
}

// What nobody knows is neither met nor missed.
func TestDryRecoverySaysWhatNobodyKnows(t *testing.T) {
	unknown := func(p *plan.Plan) { p.Workloads[0].Assumptions.Restore = 0 }
	text := dryOf(t, unknown, true, "--json")
	var document struct {
		CriticalAtLeast bool
		Workloads       []struct {
			AtLeast bool
			Met     *bool
		}
		Steps []struct {
			ID            string
			BeginsAtLeast bool
		}
	}
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	if w := document.Workloads[0]; w.Met != nil || !w.AtLeast || !document.CriticalAtLeast {
		t.Errorf("a restore of unknown length, and the RTO is judged: %+v", document)
	}
	for _, s := range document.Steps {
		if after := s.ID != "shop/ready" && s.ID != "shop/customers" && s.ID != "shop/orders"; s.BeginsAtLeast != after {
			t.Errorf("%s: begins at least is %t", s.ID, s.BeginsAtLeast)
		}
	}
	text = dryOf(t, unknown, false)
	for _, want := range []string{">1m0s", "critical path (*): at least", "steps at least", "whether the RTO is met nobody knows"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
}

// The budget of a plan is of its slowest database; its steps may wait for each other.
func TestPlanWarnsOfStepsThatTakeTooLong(t *testing.T) {
	loaded, err := planfile.Load("../../examples/recovery/lifeboat.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if problems := tooLong(context.Background(), loaded.Plan, nil); problems != nil {
		t.Errorf("the example: %v", problems)
	}
	steps := loaded.Plan.Workloads[0].Recovery.Steps
	for i := range steps {
		if steps[i].Name == "orders" {
			steps[i].After = []string{"customers"}
		}
	}
	loaded.Plan.Workloads[0].Objectives.RTO = plan.Duration(80 * time.Minute)
	problems := tooLong(context.Background(), loaded.Plan, nil)
	if len(problems) != 1 || !strings.Contains(problems[0].What, "the recovery of shop takes 1h3") || !strings.Contains(problems[0].Why, "shop/customers -> shop/orders") {
		t.Fatalf("one restore after the other: %v", problems)
	}
	loaded.Warn(problems...)
	if last := loaded.Warnings[len(loaded.Warnings)-1]; last.Line != 27 {
		t.Errorf("it stands in line %d", last.Line)
	}
}

// A forecast of a failover that would be refused says so, and is none.
func TestDryRecoveryOfAFailover(t *testing.T) {
	for name, c := range map[string]struct {
		reason string
		change func(*plan.Plan)
		onAWS  bool
		asked  world.RecoverRequest
		want   string // "": it is shown
	}{
		"a failover":             {"all databases have a target", func(*plan.Plan) {}, true, world.RecoverRequest{Mode: recovery.Failover, Confirm: "prod"}, ""},
		"not confirmed yet":      {"nothing begins", func(*plan.Plan) {}, true, world.RecoverRequest{Mode: recovery.Failover}, ""},
		"another deployment":     {"it would be refused", func(*plan.Plan) {}, true, world.RecoverRequest{Mode: recovery.Failover, Confirm: "test"}, "another deployment"},
		"confirmed exercise":     {"which is meant?", func(*plan.Plan) {}, true, world.RecoverRequest{Mode: recovery.Exercise, Confirm: "prod"}, "--confirm is of a failover"},
		"no target":              {"it would be refused", func(p *plan.Plan) { p.Workloads[0].Databases[1].Recovery = nil }, true, world.RecoverRequest{Mode: recovery.Failover}, "no recovery.target of shop/orders-db"},
		"no target, an exercise": {"it needs none", func(p *plan.Plan) { p.Workloads[0].Databases[1].Recovery = nil }, true, world.RecoverRequest{Mode: recovery.Exercise}, ""},
	} {
		loaded, err := planfile.Load("../../examples/recovery/lifeboat.yaml")
		if err != nil {
			t.Fatal(err)
		}
		c.change(&loaded.Plan)
		var stdout bytes.Buffer
		err = dryRecovery{plan: loaded.Plan, onAWS: c.onAWS, request: c.asked}.tell(context.Background(), ui.Output{Streams: ui.Streams{Out: &stdout, Err: &stdout}})
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s (%s): %v", name, c.reason, err)
		}
	}
}
