package sim_test

import (
	"context"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
)

// An organisation that asks for tags on everything that is made gets those of
// the plan on every copy; the refusal names it, and what to do.
func TestTagsThatTheOrganisationAsksFor(t *testing.T) {
	type tags = map[string]string
	for name, c := range map[string]struct {
		reason          string
		plan, databases tags
		ending          drill.Ending
	}{
		"none":                {"the plan names none", nil, nil, drill.FailureClean},
		"of the plan":         {"every copy has them", tags{"CostCenter": "4711", "Team": "payments"}, nil, drill.Passed},
		"of the database":     {"its copies have them", nil, tags{"CostCenter": "4711"}, drill.Passed},
		"its own instead":     {"they stand in the place of the plan's", tags{"CostCenter": "4712"}, tags{"CostCenter": "4711"}, drill.Passed},
		"another value":       {"the organisation knows no such", tags{"CostCenter": "4712"}, nil, drill.FailureClean},
		"another value of it": {"the same", tags{"CostCenter": "4711"}, tags{"CostCenter": "4712"}, drill.FailureClean},
		"another case":        {"IAM's condition keys have none", tags{"costcenter": "4711"}, nil, drill.Passed},
	} {
		t.Run(name, func(t *testing.T) {
			p := examplePlan(t)
			p.Tags, p.Workloads[0].Databases[0].Drill.Tags = c.plan, c.databases
			scenario, err := sim.LoadScenario(filepath.Join(examples, "scenarios", "org-tags.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			if c.ending == drill.Passed {
				scenario.Ending, scenario.Finding = drill.Passed, ""
			}
			for kind, backups := range map[string]sim.Backups{
				"a point in time": {},
				"a snapshot":      {NoReplica: true, Snapshots: []sim.Snapshot{{Kind: "manual", Age: sim.Duration(30 * time.Minute), CopiedAfter: sim.Duration(10 * time.Minute)}}},
			} {
				scenario.Backups = backups
				var sent []map[string]string
				r := rehearse(t, sim.Options{Plan: p, Scenario: scenario, Exchange: func(e simaws.Exchange) {
					if strings.HasPrefix(e.Operation, "Restore") {
						sent = append(sent, tagsOf(t, e))
					}
				}})
				for _, why := range r.Why {
					t.Errorf("%s, from %s: %s (%s)", c.reason, kind, why, r.Cause)
				}
				if r.Ending != c.ending {
					t.Errorf("%s, from %s: it ended in %s (%s)", c.reason, kind, r.Ending, r.Cause)
				}
				if len(sent) != 1 {
					t.Fatalf("%d restores", len(sent))
				}
				for key := range sent[0] {
					if strings.HasPrefix(key, "lifeboat:") {
						delete(sent[0], key)
					}
				}
				want := p.TagsOf(p.Workloads[0].Databases[0])
				if want == nil {
					want = tags{}
				}
				if diff := cmp.Diff(want, sent[0]); diff != "" {
					t.Errorf("from %s, tags beside our own (-plan +sent):\n%s", kind, diff)
				}
				if c.ending == drill.FailureClean && !strings.Contains(r.Evidence.Findings[0].Hint, "tags in lifeboat.yaml") {
					t.Errorf("what to do: %+v", r.Evidence.Findings[0])
				}
			}
		})
	}
}

// tagsOf a request to RDS.
func tagsOf(t *testing.T, e simaws.Exchange) map[string]string {
	t.Helper()
	form, err := url.ParseQuery(string(e.RequestBody))
	if err != nil {
		t.Fatal(err)
	}
	tags := map[string]string{}
	for name, values := range form {
		if prefix, is := strings.CutSuffix(name, ".Key"); is && strings.HasPrefix(name, "Tags.") {
			tags[values[0]] = form.Get(prefix + ".Value")
		}
	}
	return tags
}

// The sweeper goes by our tags and name, whatever other tags there are.
func TestTheSweeperKnowsCopiesWithOtherTags(t *testing.T) {
	var w *sim.World
	o := sim.Options{Plan: examplePlan(t), Version: "test", Scenario: sim.Scenario{Events: sim.Events{Lost: []string{"all"}}}}
	o.Plan.Tags = map[string]string{"CostCenter": "4711", "Team": "payments"}
	o.Observe = func(arn string, e asl.Event) {
		if e.IsEntered() && e.StateName() == "ValidateData" {
			w.Kill(arn, 0)
		}
	}
	w, err := sim.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if left := w.LeftBehind(); len(left) != 1 {
		t.Fatalf("%v is left: nothing to sweep", left)
	}
	for range 8 { // four hours
		if _, err := w.Sweep(context.Background()); err != nil && drill.NameOf(err) != drill.CleanupFailed {
			t.Fatal(err)
		}
		w.Pass(30 * time.Minute)
	}
	if left := w.LeftBehind(); len(left) > 0 {
		t.Errorf("%v is still there", left)
	}
}
