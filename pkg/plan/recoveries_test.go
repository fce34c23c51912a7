package plan

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func recovering(deployment string) Plan {
	return Plan{Deployment: deployment, Workloads: []Workload{{
		Name: "shop", Databases: []Database{{Name: "db", Kind: KindRDSInstance}},
		Recovery: &Recovery{Steps: []Step{{Name: "db", Kind: StepRestore, Database: "db"}}},
	}}}
}

// Once a month, in every month, at night, and not all at one minute.
func TestDefaultExerciseSchedule(t *testing.T) {
	seen := map[string]int{}
	for i := range 1000 {
		expression := recovering(fmt.Sprintf("team-%d", i)).ExerciseSchedule()
		seen[expression]++
		if i > 20 {
			continue
		}
		schedule, err := ParseSchedule(expression)
		if err != nil {
			t.Fatal(err)
		}
		if longest := schedule.Longest(); longest != 31*24*time.Hour {
			t.Errorf("%s: %s between two exercises", expression, longest)
		}
	}
	most := 0
	for _, n := range seen {
		most = max(most, n)
	}
	if len(seen) < 900 || most > 4 {
		t.Errorf("1000 deployments have %d minutes, %d of them one", len(seen), most)
	}
	if first := recovering("prod").ExerciseSchedule(); first != recovering("prod").ExerciseSchedule() {
		t.Error("the schedule changes by itself")
	}
}

func TestExerciseSchedule(t *testing.T) {
	declared := recovering("prod")
	declared.Recovery = &Recovering{Schedule: "rate(7 days)"}
	none := recovering("prod")
	none.Recovery = &Recovering{Schedule: ScheduleNone}
	here := recovering("prod")
	here.Workloads[0].Databases[0].Kind = KindPostgres
	for name, c := range map[string]struct {
		reason string
		plan   Plan
		want   string
	}{
		"declared":        {"the plan says when", declared, "rate(7 days)"},
		"none":            {"only people start exercises", none, ""},
		"of this machine": {"nothing is deployed that could start them", here, ""},
		"no recovery":     {"there is nothing to exercise", Plan{Deployment: "prod"}, ""},
	} {
		if got := c.plan.ExerciseSchedule(); got != c.want {
			t.Errorf("%s: %s: %q", name, c.reason, got)
		}
		if normal := c.plan.Normalised(); normal.ExerciseSchedule() != c.want {
			t.Errorf("%s: normalised it is %q", name, normal.ExerciseSchedule())
		}
	}
}

func TestDecisionTime(t *testing.T) {
	for name, c := range map[string]struct {
		reason             string
		declared           Duration
		failover, exercise time.Duration
	}{
		"default":  {"an hour for people, ten minutes for an exercise", 0, time.Hour, 10 * time.Minute},
		"longer":   {"an exercise does not wait as long", Duration(4 * time.Hour), 4 * time.Hour, 10 * time.Minute},
		"declared": {"nor longer than a failover", Duration(5 * time.Minute), 5 * time.Minute, 5 * time.Minute},
	} {
		p := recovering("prod")
		p.Recovery = &Recovering{Decision: c.declared}
		if p.DecisionTime(false) != c.failover || p.DecisionTime(true) != c.exercise {
			t.Errorf("%s: %s: %s, %s", name, c.reason, p.DecisionTime(false), p.DecisionTime(true))
		}
	}
}

// Alarms of a recovered database would be those of another deployment.
func TestDeploymentsThatCouldBeAlarmsOfRecoveredDatabases(t *testing.T) {
	for _, name := range []string{"prod-recovered", "prod-recovered-orders"} {
		p := recovering(name)
		refused := false
		for _, problem := range p.Validate() {
			refused = refused || problem.Path == "deployment" && strings.Contains(problem.What, "alarms")
		}
		if !refused {
			t.Errorf("%s is accepted", name)
		}
	}
}

// Whatever a plan says, looking at it ends, and breaks nothing.
func TestGraphsOfAnyShapeAreLookedAt(t *testing.T) {
	for name, steps := range map[string][]Step{
		"empty":         {{}},
		"no names":      {{Kind: StepRestore}, {Kind: StepEndpoint, After: []string{""}}},
		"all in a ring": ring(5000),
		"knots":         {{Name: "a", After: []string{"b", "c"}}, {Name: "b", After: []string{"a", "c"}}, {Name: "c", After: []string{"a", "b", "c"}}},
		"slashes":       {{Name: "a", Kind: StepWait, After: []string{"/", "//", "shop/", "/a"}}},
	} {
		p := recovering("prod")
		p.Workloads[0].Recovery.Steps = steps
		if len(p.Validate()) == 0 {
			t.Errorf("%s: accepted", name)
		}
		p.Normalised()
	}
}

func ring(n int) []Step {
	steps := make([]Step, n)
	for i := range steps {
		steps[i] = Step{Name: fmt.Sprint("s", i), Kind: StepWait, After: []string{fmt.Sprint("s", (i+1)%n)}}
	}
	return steps
}

// Who is told to recover one workload must be able to.
func TestRecoveredAlone(t *testing.T) {
	p := recovering("prod")
	p.Workloads = append(p.Workloads, p.Workloads[0])
	p.Workloads[0].Name, p.Workloads[1].Name = "shop", "pay"
	after := func(names ...string) *Recovery {
		return &Recovery{Steps: []Step{{Name: "a", Kind: StepRestore, Database: "db"}, {Name: "b", Kind: StepWait, After: names}}}
	}
	for name, c := range map[string]struct {
		reason    string
		shop, pay *Recovery
		want      string
	}{
		"both":       {"the first will do", after("a"), after("a"), "shop"},
		"its own":    {"a step may be named with its workload", after("shop/a"), after("a"), "shop"},
		"the second": {"the first waits for it", after("pay/a"), after("a"), "pay"},
		"none":       {"each waits for the other", after("pay/a"), after("shop/a"), ""},
	} {
		p.Workloads[0].Recovery, p.Workloads[1].Recovery = c.shop, c.pay
		if got := p.RecoveredAlone(); got != c.want {
			t.Errorf("%s (%s): %q, want %q", name, c.reason, got, c.want)
		}
	}
}
