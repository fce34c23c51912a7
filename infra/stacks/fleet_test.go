package stacks_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/infra/stacks"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/authz"
	"github.com/lifeboat-dr/lifeboat/pkg/world/template"
)

// fleetPlan has so many workloads with so many databases each.
func fleetPlan(t *testing.T, workloads, each int) plan.Plan {
	t.Helper()
	p := examplePlan(t)
	w := p.Workloads[0]
	d := w.Databases[0]
	p.Workloads = nil
	for i := range workloads {
		w.Name, w.Databases = fmt.Sprintf("w%d", i), nil
		for j := range each {
			d.Name, d.Source = fmt.Sprintf("db%d", j), fmt.Sprintf("db-%d-%d", i, j)
			w.Databases = append(w.Databases, d)
		}
		p.Workloads = append(p.Workloads, w)
	}
	return p
}

const mostResources = 500 // of a stack

// Up to the limit each database has its own schedule and alarms, above it there
// is one dispatcher; either way the stack can be deployed.
func TestFleets(t *testing.T) {
	for name, c := range map[string]struct {
		workloads, each, limit int
		dispatched             bool
	}{
		"one":                     {1, 1, 0, false},
		"the default limit":       {5, stacks.DefaultPerDatabase / 5, 0, false},
		"one more":                {1, stacks.DefaultPerDatabase + 1, 0, true},
		"a lower limit":           {1, 3, 2, true},
		"10,000":                  {100, 100, 0, true},
		"a workload per database": {160, 1, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := synthesize(t, fleetPlan(t, c.workloads, c.each), false, func(p *stacks.Props) { p.PerDatabase = c.limit })
			if err != nil {
				t.Fatal(err)
			}
			resources := len(a.recovery.Resources)
			schedules, databases := len(a.resources("AWS::Scheduler::Schedule")), c.workloads*c.each
			dispatched := slices.ContainsFunc(functionNames(a), func(name string) bool { return strings.HasSuffix(name, "-dispatcher") })
			if dispatched != c.dispatched || c.dispatched && schedules != 0 || !c.dispatched && schedules != databases {
				t.Errorf("%d databases: %d schedules, a dispatcher: %t", databases, schedules, dispatched)
			}
			if resources > mostResources {
				t.Errorf("%d databases: %d resources", databases, resources)
			}
			said := fmt.Sprintf("%d resources, %d alarms", resources, len(a.resources("AWS::CloudWatch::Alarm")))
			t.Logf("%d databases: %s", databases, said)
			if name == "10,000" {
				saidInDocs(t, regexp.MustCompile(`\d+ resources, \d+ alarms`), said)
			}
		})
	}
}

func functionNames(a assembly) (names []string) {
	for _, r := range a.resources("AWS::Lambda::Function") {
		names = append(names, r.Properties["FunctionName"].(string))
	}
	return names
}

// The dispatcher may do what it does in a rehearsal, and starts nothing but
// drills.
func TestDispatcherIsAllowedItsCalls(t *testing.T) {
	a := shaped(t, "fleet")
	if len(a.findings) > 0 {
		t.Error(a.findings)
	}
	allowed := map[string]bool{}
	w := open(t, shaped(t, "small fleet").folder, func(o *template.Options) {
		o.Asked = func(q authz.Question) {
			if q.Principal == roleARN(account, "lifeboat-prod-dispatcher") {
				allowed[q.Action] = true
			}
		}
	})
	pass(3*time.Minute)(t, w)
	for _, trouble := range w.Troubles() {
		t.Error(trouble)
	}
	const role = "lifeboat-prod-dispatcher"
	cases := []request{
		{role, "states:StartExecution", "arn:aws:states:" + home + ":" + account + ":stateMachine:another", nil},
		{role, "rds:DeleteDBInstance", rdsARN + "db:lifeboat-prod-0123456789ab", map[string]any{"aws:ResourceTag/lifeboat:deployment": "prod"}},
	}
	for i, got := range simulate(t, roles(t, a), cases) {
		if got == "Allowed" {
			t.Errorf("%s of %s: %s", cases[i].Action, cases[i].Resource, got)
		}
	}
	if len(allowed) < 4 {
		t.Errorf("the dispatcher asked only for %v", allowed)
	}
	for id, properties := range alarmsThatTell(a) {
		if page := runbookOf(properties); page == "" || !fileExists(filepath.Join("../../docs/runbooks", page)) {
			t.Errorf("%s links %q", id, page)
		}
	}
}

// The most databases with schedules and alarms of their own: one more is refused
// in one line, not by a panic, and the page says how many.
func TestMostPerDatabase(t *testing.T) {
	most := 0
	for _, workloads := range []int{1, 70} { // how they are spread makes no difference
		own := func(n int) (assembly, error) {
			p := fleetPlan(t, 1, n)
			if workloads > 1 {
				p = fleetPlan(t, n, 1)
			}
			return synthesize(t, p, false, func(p *stacks.Props) { p.PerDatabase = 1000 })
		}
		ten, err := own(10)
		if err != nil {
			t.Fatal(err)
		}
		eleven, err := own(11)
		if err != nil {
			t.Fatal(err)
		}
		each := len(eleven.recovery.Resources) - len(ten.recovery.Resources)
		most = 10 + (mostResources-len(ten.recovery.Resources))/each
		if a, err := own(most); err != nil || len(a.recovery.Resources) > mostResources {
			t.Errorf("%d databases, %d resources each: %v", most, each, err)
		}
		if _, err := own(most + 1); err == nil || strings.Count(err.Error(), "\n") > 0 || !strings.Contains(err.Error(), "PER_DATABASE") || errors.Is(err, stacks.ErrSynthesis) {
			t.Errorf("%d databases: %v", most+1, err)
		}
	}
	saidInDocs(t, regexp.MustCompile(`PER_DATABASE=\d+`), fmt.Sprintf("PER_DATABASE=%d", most))
	saidInDocs(t, regexp.MustCompile(`\(\d+ is the most`), fmt.Sprintf("(%d is the most", most))
}

// saidInDocs holds docs/deploy.md to a figure, or writes it there with -update.
func saidInDocs(t *testing.T, form *regexp.Regexp, want string) {
	t.Helper()
	const file = "../../docs/deploy.md"
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		page = form.ReplaceAllLiteral(page, []byte(want))
		if err := os.WriteFile(file, page, 0o644); err != nil { //nolint:gosec // a page
			t.Fatal(err)
		}
	}
	if said := string(form.Find(page)); said != want {
		t.Errorf("docs/deploy.md says %q, and it is %q: write it with -update", said, want)
	}
}

// What would fail in the middle of a deployment is refused before it: several
// kinds of names that share a role count together.
func TestNamesThatFitNoPolicyAreRefused(t *testing.T) {
	const keys = 8
	for databases, fits := range map[int]bool{20: true, 30: false, 80: false} {
		p := fleetPlan(t, 1, databases)
		p.Deployment, p.Regions.Primary, p.Regions.Recovery = "payments-platform-production", home, ""
		for i := range p.Workloads[0].Databases {
			d := &p.Workloads[0].Databases[i]
			d.Source = fmt.Sprintf("a%062d", i)
			d.Drill.Scenario = plan.ScenarioOperatorError
			if d.Drill.KMSKey = fmt.Sprintf("alias/%0250d", i%keys); i%keys == 0 {
				d.Drill.KMSKey = fmt.Sprintf("arn:aws:kms:%s:%s:key/11111111-1111-1111-1111-111111111111", home, account)
			}
		}
		largest := 0
		a, err := synthesize(t, p, false, nil)
		if err == nil {
			for role, policies := range roles(t, a) {
				size := 0
				for _, p := range policies {
					size += len(p)
				}
				if largest = max(largest, size); size > 10240 {
					t.Errorf("%d databases: the policy of %s has %d characters", databases, role, size)
				}
			}
		}
		if fits != (err == nil) || err != nil && (!strings.Contains(err.Error(), "split the plan") || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%d sources and %d keys in one policy, the largest with %d characters: %v", databases, keys, largest, err)
		}
	}
}
