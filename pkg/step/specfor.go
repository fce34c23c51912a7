package step

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// Places are folders of this machine, absolute. They matter to kind postgres
// only.
type Places struct {
	Plan    string // of the plan file: its relative paths start here
	Scratch string // of throwaway servers, where the plan names none
}

// FixedPlan answers ClaimSlot from a plan in memory.
type FixedPlan struct {
	Plan   plan.Plan
	Places Places
}

// Drill implements Plans.
func (p FixedPlan) Drill(_ context.Context, database string) (drill.Spec, string, error) {
	spec, err := SpecFor(p.Plan, database, p.Places)
	return spec, p.Plan.Hash(), err
}

// SpecFor cuts out of the plan what a drill of one database needs, complete
// with defaults. The name is "workload/database"; a part of it will do where
// it is unambiguous. Errors: UnknownDatabase, which lists the names there are;
// InvalidInput for a check that has the name of a built-in one.
func SpecFor(p plan.Plan, name string, places Places) (drill.Spec, error) {
	w, d, err := p.Normalised().Find(name)
	if err != nil {
		return drill.Spec{}, &drill.Error{
			Name: drill.UnknownDatabase, What: err.Error(), Hint: "name one of them, as workload/database",
		}
	}
	objectives := drill.Objectives{RTOSeconds: w.Objectives.RTO.Seconds(), RPOSeconds: w.Objectives.RPO.Seconds()}
	spec := drill.Spec{
		Deployment: p.Deployment, Workload: w.Name, Database: d.Name, Owner: w.Owner, Kind: d.Kind,
		Scenario: d.Drill.Scenario, Objectives: objectives,
		Allowances: drill.Allowances{
			DetectionSeconds: w.Allowances.Detection.Seconds(),
			DecisionSeconds:  w.Allowances.Decision.Seconds(),
			DNSSeconds:       w.Allowances.DNS.Seconds(),
		},
		Checks: checksFor(d), Limits: limitsFor(d, objectives),
	}
	seen := map[string]bool{}
	for _, c := range spec.Checks {
		if seen[c.Name] {
			return drill.Spec{}, &drill.Error{
				Name: drill.InvalidInput, What: fmt.Sprintf("%s has two checks named %q", spec.Name(), c.Name),
				Hint: "results are told apart by name: rename the one in the plan, or switch the built-in one off",
			}
		}
		seen[c.Name] = true
	}
	if d.Kind == plan.KindPostgres {
		spec.Postgres = postgresSource(d, places)
	}
	return spec, nil
}

// checksFor are the plan's checks and the built-in ones that are switched on.
func checksFor(d plan.Database) []drill.Check {
	checks := []drill.Check{}
	for _, c := range d.Checks {
		checks = append(checks, drill.Check{
			Name: c.Name, Kind: drill.CheckSQL, Stage: drill.CheckStage(c.Stage), SQL: c.SQL, Expect: expectation(c.Expect),
		})
	}
	off := map[drill.CheckKind]bool{
		drill.CheckHeapRead: switchedOff(d.BuiltinChecks.HeapRead),
		drill.CheckIndexes:  switchedOff(d.BuiltinChecks.InvalidIndexes),
		drill.CheckAmcheck:  switchedOff(d.BuiltinChecks.Amcheck),
	}
	for _, c := range drill.BuiltInChecks(d.Kind) {
		if !off[c.Kind] {
			checks = append(checks, c)
		}
	}
	return checks
}

func switchedOff(on *bool) bool { return on != nil && !*on }

func expectation(e *plan.Expect) *drill.Expect {
	if e == nil {
		return nil
	}
	expect := &drill.Expect{Min: e.Min, Max: e.Max, Equals: e.Equals}
	if e.MaxAge != nil {
		seconds := e.MaxAge.Seconds()
		expect.MaxAgeSeconds = &seconds
	}
	if e.Rows != nil {
		expect.Rows = &drill.Range{Min: e.Rows.Min, Max: e.Rows.Max}
	}
	return expect
}

func limitsFor(d plan.Database, o drill.Objectives) drill.Limits {
	limits := drill.DefaultLimits(d.Kind, o)
	for _, l := range []struct {
		declared plan.Duration
		limit    *float64
	}{
		{d.Limits.Restore, &limits.RestoreSeconds},
		{d.Limits.Validate, &limits.ValidateSeconds},
		{d.Limits.Removal, &limits.RemovalSeconds},
		{d.Limits.Statement, &limits.StatementSeconds},
	} {
		if l.declared > 0 {
			*l.limit = l.declared.Seconds()
		}
	}
	return limits
}

func postgresSource(d plan.Database, places Places) *drill.PostgresSource {
	absolute := func(path string) string {
		if path == "" || filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(places.Plan, path)
	}
	backups := d.Backups
	if !filepath.IsAbs(backups) {
		// The folder is a name, not a pattern: it may well hold a "[".
		backups = filepath.Join(globQuote.Replace(places.Plan), backups)
	}
	scratch := absolute(d.Scratch)
	if scratch == "" {
		scratch = places.Scratch
	}
	return &drill.PostgresSource{
		Backups: backups, Binaries: absolute(d.Binaries), Scratch: scratch,
		Database: d.Database, User: d.User, Settings: d.Settings, TimeZone: d.TimeZone,
	}
}

var globQuote = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)
