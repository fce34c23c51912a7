package plan

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSchedules(t *testing.T) {
	cases := map[string]struct {
		reason string
		ok     bool
	}{
		"cron(0 3 1 * ? *)":             {"monthly", true},
		"cron(0/15 8-17 ? * MON-FRI *)": {"steps, ranges and words", true},
		"cron(0 0 L * ? *)":             {"the last day", true},
		"cron(0 0 ? * 6#3 *)":           {"the third Friday", true},
		"cron(0 0 15W * ? 2026-2030)":   {"the nearest weekday", true},
		"rate(1 hour)":                  {"a rate", true},
		"rate(7 days)":                  {"a rate", true},
		"rate(0 days)":                  {"never, or always?", false},
		"rate(7 weeks)":                 {"no such unit", false},
		"cron(0 3 1 * *)":               {"five fields are crontab's", false},
		"cron(0 3 * * * *)":             {"neither day is ?", false},
		"cron(0 3 ? * ? *)":             {"both days are ?", false},
		"cron(60 3 1 * ? *)":            {"no such minute", false},
		"cron(0 3 1 FOO ? *)":           {"no such month", false},
		"cron(0 5-3 1 * ? *)":           {"backwards", false},
		"0 3 1 * ? *":                   {"no cron(...) around it", false},
	}
	for expression, c := range cases {
		if err := CheckSchedule(expression); (err == nil) != c.ok {
			t.Errorf("%s (%s): %v", expression, c.reason, err)
		}
	}
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90s": 90 * time.Second, "60m": time.Hour, "1h30m": 90 * time.Minute, "7d": 7 * 24 * time.Hour, "1d12h": 36 * time.Hour, "0s": 0, "500ms": 500 * time.Millisecond,
	} {
		d, err := ParseDuration(text)
		if err != nil || time.Duration(d) != want {
			t.Errorf("%s: %v %v, want %v", text, d, err, want)
		}
		if again, err := ParseDuration(d.String()); err != nil || again != d {
			t.Errorf("%s is written %s, which reads as %v %v", text, d, again, err)
		}
	}
	for text, reason := range map[string]string{
		"60": "no unit", "": "nothing", "soon": "no number", "-5m": "negative", "99999999d": "longer than a hundred years", "1d-30h": "negative", "9999999h": "overflow",
	} {
		if d, err := ParseDuration(text); err == nil {
			t.Errorf("%q gave %v, though: %s", text, d, reason)
		}
	}
}

func samplePlan() Plan {
	database := func(name string) Database {
		return Database{Name: name, Kind: KindPostgres, Backups: "b/*", Checks: []Check{{Name: "c", SQL: "select 1", Expect: &Expect{Equals: 1.0}}}}
	}
	objectives := Objectives{RTO: Duration(time.Hour), RPO: Duration(time.Hour)}
	return Plan{Version: 1, Deployment: "prod", Workloads: []Workload{
		{Name: "orders", Objectives: objectives, Databases: []Database{database("a"), database("b")}},
		{Name: "users", Objectives: objectives, Databases: []Database{database("a")}},
	}}
}

func TestFind(t *testing.T) {
	p := samplePlan()
	cases := map[string]struct {
		reason string
		want   string
	}{
		"orders/b": {"the whole name", "orders/b"},
		"users":    {"the workload has one only", "users/a"},
		"orders":   {"it has two", ""},
		"":         {"the plan has three", ""},
		"nope":     {"there is none", ""},
	}
	for name, c := range cases {
		w, d, err := p.Find(name)
		if c.want == "" {
			if err == nil || !strings.Contains(err.Error(), "orders/a") {
				t.Errorf("%q (%s): %v does not list the names", name, c.reason, err)
			}
			continue
		}
		if got := w.Name + "/" + d.Name; err != nil || got != c.want {
			t.Errorf("%q (%s): %s %v", name, c.reason, got, err)
		}
	}
}

func TestNormalisedLeavesTheOriginalAlone(t *testing.T) {
	p := samplePlan()
	n := p.Normalised()
	if p.Workloads[0].Topology != "" || p.Workloads[0].Databases[0].Checks[0].Stage != "" {
		t.Error("the defaults were written into the original")
	}
	d := n.Workloads[0].Databases[0]
	if n.Workloads[0].Topology != "backup-restore" || d.Drill.Scenario != ScenarioOperatorError || d.Checks[0].Stage != StageGate || !*d.BuiltinChecks.Amcheck {
		t.Errorf("defaults are missing: %+v", d)
	}
	if n.Hash() != p.Hash() {
		t.Error("normalising changed the hash")
	}
}

func TestDeploymentFitsIntoAnIdentifier(t *testing.T) {
	for deployment, ok := range map[string]bool{
		"prod": true, "a1-b2": true, "Prod": false, "1a": false, "a--b": false, "a-": false, "": false, strings.Repeat("a", 40): true, strings.Repeat("a", 41): false,
	} {
		p := samplePlan()
		p.Deployment = deployment
		wrong := slices.ContainsFunc(p.Validate(), func(p Problem) bool { return p.Path == "deployment" })
		if wrong == ok {
			t.Errorf("%q: refused %v", deployment, wrong)
		}
	}
}

func TestOneStatementPerCheck(t *testing.T) {
	for sql, more := range map[string]bool{
		"select 1": false, "select 1;": false, "select 1; -- done": false, "select ';' ; ": false, "select 1; drop table t": true,
		"select /* ; */ 1": false, "select 1 from `a;b`": false, "select \"a;b\" from t": false, "-- a; b\nselect 1; select 2": true,
	} {
		if moreThanOne(sql) != more {
			t.Errorf("%q: more than one: %v", sql, !more)
		}
	}
}

// Each may be a hundred years, and no sum is less than its parts.
func TestAllowancesDoNotWrapAround(t *testing.T) {
	century := Duration(36500 * day)
	if sum := (Allowances{Detection: century, Decision: century, DNS: century}).Sum(); sum < century {
		t.Errorf("three centuries are %s", sum)
	}
}
