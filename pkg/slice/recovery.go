package slice

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
)

// Past is what was measured.
type Past interface {
	// Measured is how long restores of these databases took in drills, "workload/database",
	// newest first. What was never drilled lacks.
	Measured(ctx context.Context, databases []string) (budget.Measurements, error)
}

// Recovery implements recoverystep.Plans: where the places have a network that AWS
// isolates, of workloads on AWS; else of those of this machine.
func (p FixedPlan) Recovery(ctx context.Context, workload string) (recoverystep.Planned, error) {
	return RecoveryFor(ctx, p.Plan, workload, len(p.Places.SecurityGroups) > 0, p.Places, p.Past)
}

// RecoveryFor cuts out of the plan what a recovery needs, complete with defaults: of
// one workload, or of all that declare a recovery (""). Past may be nil, and what it
// cannot say is as the plan says: a recovery does not fail for want of a forecast.
//
// Errors: InvalidInput, which lists the workloads that there are.
func RecoveryFor(ctx context.Context, p plan.Plan, workload string, onAWS bool, places Places, past Past) (recoverystep.Planned, error) {
	hash := p.Hash()
	p = p.Normalised()
	workloads, err := recovered(p, workload, onAWS)
	if err != nil {
		return recoverystep.Planned{}, err
	}
	planned := recoverystep.Planned{
		Deployment: p.Deployment, PlanHash: hash,
		DecisionSeconds: map[recovery.Mode]float64{
			recovery.Exercise: p.DecisionTime(true).Seconds(), recovery.Failover: p.DecisionTime(false).Seconds(),
		},
	}
	measured := measuredOf(ctx, past, workloads)
	for _, w := range workloads {
		planned.Workloads = append(planned.Workloads, workloadFor(w))
		databases := map[string]recoverystep.Database{}
		for _, d := range w.Databases {
			if w.RecoveredBy(d.Name) == "" {
				continue
			}
			database, err := databaseFor(p, w, d, places)
			if err != nil {
				return recoverystep.Planned{}, err
			}
			databases[d.Name] = database
			planned.Databases = append(planned.Databases, database)
		}
		for _, s := range w.Recovery.Steps {
			record, err := stepFor(w, s, databases, measured)
			if err != nil {
				return recoverystep.Planned{}, err
			}
			record.Number = len(planned.Steps) + 1
			planned.Steps = append(planned.Steps, record)
		}
	}
	return planned, within(planned, workload)
}

// recovered are the workloads of a run.
func recovered(p plan.Plan, workload string, onAWS bool) ([]plan.Workload, error) {
	all := p.Recovered(onAWS)
	var names []string
	for _, w := range all {
		if w.Name == workload {
			return []plan.Workload{w}, nil
		}
		names = append(names, w.Name)
	}
	where := "on this machine"
	if onAWS {
		where = "on AWS"
	}
	switch {
	case len(all) == 0:
		return nil, &drill.Error{
			Name: drill.InvalidInput, What: "the plan declares no recovery " + where,
			Hint: "declare recovery.steps of a workload, see docs/recovery.md",
		}
	case workload != "":
		return nil, &drill.Error{
			Name: drill.InvalidInput, What: fmt.Sprintf("no workload %q declares a recovery %s", workload, where),
			Hint: "those that do: " + strings.Join(names, ", ") + "; without a name all of them are recovered",
		}
	}
	return all, nil
}

// within refuses a step that comes after one that the run does not have: nothing
// would say when it may begin.
func within(planned recoverystep.Planned, workload string) error {
	there := map[string]bool{}
	for _, s := range planned.Steps {
		there[s.Node.ID] = true
	}
	for _, s := range planned.Steps {
		for _, id := range s.Node.After {
			if !there[id] {
				return &drill.Error{
					Name: drill.InvalidInput, What: fmt.Sprintf("%s comes after %s, which a recovery of %s alone does not have", s.Node.ID, id, workload),
					Hint: "recover all workloads together, without a name",
				}
			}
		}
	}
	return nil
}

func workloadFor(w plan.Workload) recovery.Workload {
	return recovery.Workload{
		Name: w.Name, Owner: w.Owner, RTOSeconds: w.Objectives.RTO.Seconds(), RPOSeconds: w.Objectives.RPO.Seconds(),
		DetectionSeconds: w.Allowances.Detection.Seconds(), AllowedSeconds: w.Allowances.Decision.Seconds(), DNSSeconds: w.Allowances.DNS.Seconds(),
	}
}

func measuredOf(ctx context.Context, past Past, workloads []plan.Workload) budget.Measurements {
	if past == nil {
		return nil
	}
	var names []string
	for _, w := range workloads {
		for _, d := range w.Databases {
			if w.RecoveredBy(d.Name) == plan.StepRestore {
				names = append(names, w.Name+"/"+d.Name)
			}
		}
	}
	measured, err := past.Measured(ctx, names)
	if err != nil {
		return nil // the forecast is the plan's then
	}
	return measured
}

func databaseFor(p plan.Plan, w plan.Workload, d plan.Database, places Places) (recoverystep.Database, error) {
	one := p // the defaults of all of them are filled in already
	w.Databases = []plan.Database{d}
	one.Workloads = []plan.Workload{w}
	name := w.Name + "/" + d.Name
	spec, err := SpecFor(one, name, places)
	if err != nil {
		return recoverystep.Database{}, err
	}
	return recoverystep.Database{Name: name, Drill: spec, Target: targetFor(p, d), Replica: strings.ToLower(d.Replica)}, nil
}

// targetFor is nil where the plan has none. Its identifier is as RDS stores it.
func targetFor(p plan.Plan, d plan.Database) *recoverystep.Target {
	if d.Recovery == nil || d.Recovery.Target == nil {
		return nil
	}
	t := d.Recovery.Target // of a normalised plan: no pointer of it is nil
	return &recoverystep.Target{
		Identifier: strings.ToLower(t.Identifier), InstanceClass: t.InstanceClass, MultiAZ: *t.MultiAZ,
		SubnetGroup: t.SubnetGroup, SecurityGroups: slices.Clone(t.SecurityGroups), ParameterGroup: t.ParameterGroup, OptionGroup: t.OptionGroup,
		KMSKey: cmp.Or(t.KMSKey, d.Drill.KMSKey), BackupDays: t.BackupDays(), DeletionProtection: *t.DeletionProtection, Port: t.Port,
		Tags: p.TagsOfTarget(d),
	}
}

// stepFor is a step as the run's record begins: waiting, for its first attempt.
func stepFor(w plan.Workload, s plan.Step, databases map[string]recoverystep.Database, measured budget.Measurements) (recovery.Record, error) {
	id := func(step string) string {
		if strings.Contains(step, "/") {
			return step
		}
		return w.Name + "/" + step
	}
	node := recovery.Node{ID: id(s.Name), Kind: recovery.Kind(s.Kind)}
	for _, after := range s.After {
		node.After = append(node.After, id(after))
	}
	spec := recovery.Spec{
		Workload: w.Name, TimeoutSeconds: s.Timeout.Seconds(), NotInExercise: s.Exercise != nil && !*s.Exercise,
		Stacks: s.Stacks, Secrets: s.Secrets, Images: s.Images, Store: s.Store, Function: s.Function, Command: s.Command,
		WaitSeconds: s.For.Seconds(), URL: s.URL, Status: s.Status, Contains: s.Contains,
	}
	if s.Payload != nil {
		text, err := json.Marshal(s.Payload)
		if err != nil {
			return recovery.Record{}, &drill.Error{Name: drill.InvalidInput, What: node.ID + ": the payload is no JSON: " + err.Error(), Hint: "texts, numbers, true and false, lists and mappings are"}
		}
		spec.Payload = string(text)
	}
	database, about := databases[s.Database]
	if about {
		spec.Database = database.Name
	}
	var err error
	switch node.Kind {
	case recovery.Validate:
		for _, d := range w.Databases {
			if of, is := databases[d.Name]; is {
				spec.Databases = append(spec.Databases, of.Name)
			}
		}
	case recovery.Restore:
		if spec.TimeoutSeconds == 0 {
			spec.TimeoutSeconds = database.Drill.Limits.RestoreSeconds
		}
	case recovery.Endpoint:
		if spec.Store == "" {
			spec.Store = plan.StoreFile
		}
	case recovery.SQLCheck:
		spec.Checks, err = checksOf(s, database.Drill)
	case recovery.PromoteReplica, recovery.Invoke, recovery.Wait, recovery.HTTPCheck, recovery.Protect:
		// They need nothing that is not there yet.
	case recovery.Approval, recovery.DNSCutover:
		err = &drill.Error{Name: drill.InvalidInput, What: fmt.Sprintf("%s is of kind %s, which is not there yet", node.ID, s.Kind), Hint: "leave it out until it is"}
	}
	if err != nil {
		return recovery.Record{}, err
	}
	node.ExpectedSeconds, node.Basis = expected(w, s, measured)
	return recovery.Record{Node: node, Spec: spec, Status: recovery.Status{State: recovery.Waiting, Attempt: 1}}, nil
}

// checksOf are those of a sql-check, as JSON: its own one, or the gate checks of its
// database.
func checksOf(s plan.Step, of drill.Spec) (string, error) {
	var checks []drill.Check
	if s.SQL != "" {
		checks = append(checks, drill.Check{Name: s.Name, Kind: drill.CheckSQL, Stage: drill.Gate, SQL: s.SQL, Expect: expectation(s.Expect)})
	} else {
		for _, c := range of.Checks {
			if c.Stage == drill.Gate {
				checks = append(checks, c)
			}
		}
	}
	if len(checks) == 0 {
		return "", &drill.Error{Name: drill.InvalidInput, What: of.Name() + " has no gate check that " + s.Name + " could put", Hint: "write sql and expect at the step"}
	}
	text, err := json.Marshal(checks)
	return string(text), err
}

// What steps take where nobody measured it: on AWS a minute for what asks for many
// things, seconds for what asks for one; on this machine, where nothing is far,
// seconds. They are called assumed wherever they are shown.
var (
	assumedOnAWS = map[recovery.Kind]float64{
		recovery.Validate: 60, recovery.Endpoint: 5, recovery.Invoke: 30, recovery.HTTPCheck: 5, recovery.SQLCheck: 30, recovery.Protect: 60,
	}
	assumedHere = map[recovery.Kind]float64{
		recovery.Validate: 1, recovery.Endpoint: 1, recovery.Invoke: 10, recovery.HTTPCheck: 1, recovery.SQLCheck: 2, recovery.Protect: 1,
	}
)

// expected is how long a step takes, in seconds, and on whose word.
func expected(w plan.Workload, s plan.Step, measured budget.Measurements) (seconds float64, basis string) {
	of := func(f budget.Figure) (float64, string) {
		if !f.Known() {
			return 0, ""
		}
		return *f.Seconds, string(f.Basis)
	}
	i := slices.IndexFunc(w.Databases, func(d plan.Database) bool { return d.Name == s.Database })
	assumed := assumedHere
	if w.OnAWS() {
		assumed = assumedOnAWS
	}
	switch kind := recovery.Kind(s.Kind); {
	case kind == recovery.Restore && i >= 0:
		return of(budget.Restoring(&w, &w.Databases[i], measured[w.Name+"/"+s.Database]))
	case kind == recovery.PromoteReplica && i >= 0:
		return of(budget.Promoting(&w, &w.Databases[i]))
	case kind == recovery.Wait:
		return s.For.Seconds(), string(budget.Declared)
	case assumed[kind] > 0:
		return assumed[kind], string(budget.Assumed)
	}
	return 0, ""
}
