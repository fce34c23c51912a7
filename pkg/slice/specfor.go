package slice

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// Places are where copies are made.
type Places struct {
	// Folders of this machine, absolute; kind postgres only.
	Plan    string // of the plan file: its relative paths start here
	Scratch string // of throwaway servers
	// The isolated network that the deployment made in the region of the
	// drill; AWS kinds only.
	SubnetGroup    string // empty: "lifeboat-<deployment>"
	SecurityGroups []string
}

// FixedPlan answers ClaimSlot and PrepareRecovery from a plan in memory.
type FixedPlan struct {
	Plan   plan.Plan
	Places Places
	// Past is what recoveries are forecast by; nil: the plan alone.
	Past Past
}

// Drill implements Plans.
func (p FixedPlan) Drill(_ context.Context, database string) (drill.Spec, string, error) {
	spec, err := SpecFor(p.Plan, database, p.Places)
	return spec, p.Plan.Hash(), err
}

// SpecFor cuts out of the plan what a drill of one database needs, complete
// with defaults. The name is "workload/database"; a part of it will do where
// it is unambiguous. Errors: UnknownDatabase, which lists the names there are;
// InvalidInput for a check that has the name of a built-in one, for a kind that
// cannot be drilled, and for a copy on AWS that no security group would isolate.
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
	if c := d.CustomCheck; c != nil {
		spec.CustomCheck = &drill.CustomCheck{Name: c.Name, Function: c.Function}
	}
	switch d.Kind {
	case plan.KindPostgres:
		spec.Postgres = postgresSource(d, places)
	case plan.KindRDSInstance:
		spec.RDS = rdsSource(d)
	default:
		err = &drill.Error{
			Name: drill.InvalidInput, What: fmt.Sprintf("%s is of kind %s, which cannot be drilled yet", spec.Name(), d.Kind),
			Hint: "drills restore databases of the kinds " + strings.Join(plan.KindNames(plan.Drillable), " and "),
		}
	}
	if err == nil && plan.KindOf(d.Kind).OnAWS {
		spec.Place, err = placeFor(p, w, d, places)
	}
	if err == nil {
		err = distinct(spec)
	}
	if err != nil {
		return drill.Spec{}, err
	}
	return spec, nil
}

// distinct refuses two checks of one name, of which one may be built in.
func distinct(spec drill.Spec) error {
	seen := map[string]bool{}
	for _, c := range spec.AllChecks() {
		if seen[c.Name] {
			return &drill.Error{
				Name: drill.InvalidInput, What: fmt.Sprintf("%s has two checks named %q", spec.Name(), c.Name),
				Hint: "results are told apart by name: rename the one in the plan, or switch the built-in one off",
			}
		}
		seen[c.Name] = true
	}
	return nil
}

// checksFor are the plan's checks and the built-in ones that are switched on.
func checksFor(d plan.Database) []drill.Check {
	checks := []drill.Check{}
	for _, c := range d.Checks {
		checks = append(checks, drill.Check{
			Name: c.Name, Kind: drill.CheckKind(c.KindName()), Stage: drill.CheckStage(c.Stage), SQL: c.SQL, Expect: expectation(c.Expect),
		})
	}
	on := map[drill.CheckKind]*bool{ // of a normalised plan: none is nil
		drill.CheckHeapRead: d.BuiltinChecks.HeapRead,
		drill.CheckIndexes:  d.BuiltinChecks.InvalidIndexes,
		drill.CheckAmcheck:  d.BuiltinChecks.Amcheck,
	}
	for _, c := range drill.BuiltInChecks() {
		if plan.KindOf(d.Kind).SQL && *on[c.Kind] {
			checks = append(checks, c)
		}
	}
	return checks
}

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
	limits := drill.LocalLimits(o)
	if plan.KindOf(d.Kind).OnAWS {
		limits = drill.CloudLimits(o)
	}
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

// rdsSource is what only RDS has.
func rdsSource(d plan.Database) *drill.RDSSource {
	return &drill.RDSSource{
		Instance: strings.ToLower(d.Source), // as RDS stores it and compares it
		From:     drill.RestoreFrom(d.Drill.From), InstanceClass: d.Drill.InstanceClass,
		ParameterGroup: d.Drill.ParameterGroup, OptionGroup: d.Drill.OptionGroup,
		Login: drill.Login(d.Login), User: d.User, Database: d.Database,
	}
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
		Database: d.Database, User: d.User, Settings: d.Settings, TimeZone: d.TimeZone, Trust: d.Trust,
	}
}

var globQuote = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)

// MonitoredSpecs are the specs of all databases whose backups AWS keeps.
func MonitoredSpecs(p plan.Plan, places Places) ([]drill.Spec, error) {
	var specs []drill.Spec
	for w, d := range p.OnAWS() {
		one := p // filling in the defaults of all of them for each would take long
		w.Databases = []plan.Database{d}
		one.Workloads = []plan.Workload{w}
		spec, err := SpecFor(one, w.Name+"/"+d.Name, places)
		if err != nil {
			return nil, err
		}
		specs = append(specs, spec)
	}
	return specs, nil
}
