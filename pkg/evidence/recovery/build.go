package recoveryevidence

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/evidence/page"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// Execution is what the world knows of who records, and the run does not.
type Execution struct {
	Host     string // name of the machine that lifeboat runs on
	Versions Versions
}

// Build writes the document of a run. It is a function of its input, except for
// Previous, which the store adds.
func Build(in recovery.Report, by Execution) Document {
	run, v := in.Run, in.Verdict
	d := Document{
		SchemaVersion: SchemaVersion, EvidenceOf: Of, ID: idOf(run), RunID: run.ID, RecordedAt: in.RecordedAt.UTC(),
		Ending: endingOf(v.Ending), Cause: Cause(v, maxCauseBytes),
		Deployment: run.Deployment, Mode: string(cmp.Or(run.Mode, recovery.Exercise)), PlanHash: run.PlanHash,
		Start: startOf(run, by), Versions: by.Versions,
		Workloads: workloadsOf(run, v), Timeline: timelineOf(in),
		CriticalPath: append([]string{}, v.Critical.Steps...),
		Decisions:    decisionsOf(run.Decisions), Findings: findingsOf(v.Findings), Failure: failureOf(in.Failure),
		Removal: removalOf(in),
	}
	d.Versions.Lifeboat = cmp.Or(d.Versions.Lifeboat, run.Version)
	d.Steps = stepsOf(in)
	d.Counts = countsOf(d.Steps)
	d.Resources = resourcesOf(in)
	page.Printable(&d)
	return d
}

// idOf the document of a run. What is recorded stays, so what is recorded of a run that
// goes on must not have the name of its last document.
func idOf(run recovery.Run) string {
	if run.OverAt == nil {
		return fmt.Sprintf("%s.p%d", run.ID, max(1, run.Epoch))
	}
	return run.ID
}

// maxCauseBytes keeps the cause readable; the findings have all of it.
const maxCauseBytes = 4000

// endingOf takes what nobody knows for what needs a person.
func endingOf(ending string) string {
	switch drill.Ending(ending) {
	case drill.Passed, drill.ObjectivesMissed, drill.FailureClean, drill.FailureDirty:
		return ending
	}
	return string(drill.FailureDirty)
}

// Cause says why it ended so: of each finding that decided it, the gravest first, and
// nothing where all went well.
func Cause(v recovery.Verdict, limit int) string {
	var sentences []string
	for _, f := range v.Findings {
		if grave(f.Severity) {
			sentences = append(sentences, f.What)
		}
	}
	cause := strings.Join(sentences, "; ")
	if len(cause) <= limit {
		return cause
	}
	return strings.ToValidUTF8(cause[:limit-len("…")], "") + "…"
}

func grave(s recovery.Severity) bool {
	switch s {
	case recovery.Missed, recovery.Fatal, recovery.Dirty:
		return true
	case recovery.Info, recovery.Warning:
		return false
	}
	return true // whatever it is, somebody must read it
}

func startOf(run recovery.Run, by Execution) Start {
	s := Start{At: run.StartedAt.UTC(), By: run.StartedBy, Trigger: run.Trigger, ExecutionID: run.First, Parents: max(1, run.Epoch), Host: by.Host}
	if run.Execution != run.First {
		s.LastExecutionID = run.Execution
	}
	return s
}

func timelineOf(in recovery.Report) Timeline {
	return Timeline{
		StartedAt: in.Run.StartedAt.UTC(), OverAt: utc(in.Run.OverAt), EndedAt: in.RecordedAt.UTC(), Seconds: in.Verdict.Seconds,
	}
}

func workloadsOf(run recovery.Run, v recovery.Verdict) []Workload {
	list := make([]Workload, 0, len(v.Workloads))
	for _, w := range v.Workloads {
		out := Workload{Name: w.Name, RTO: objectiveOf(w.RTO), RPO: objectiveOf(w.RPO), ProjectedSeconds: w.ProjectedSeconds}
		out.RPO.BudgetSeconds = out.RPO.TargetSeconds // nothing of it is declared
		for _, declared := range run.Workloads {
			if declared.Name == w.Name {
				out.Owner, out.Declared = declared.Owner, Allowances{
					DetectionSeconds: declared.DetectionSeconds, DecisionSeconds: declared.AllowedSeconds, DNSSeconds: declared.DNSSeconds,
					TotalSeconds: w.AllowancesSeconds,
				}
			}
		}
		list = append(list, out)
	}
	return list
}

func objectiveOf(j recovery.Judgement) Objective {
	o := Objective{ActualSeconds: j.ActualSeconds, Met: j.Met, Reason: j.Reason}
	if j.TargetSeconds > 0 {
		o.TargetSeconds, o.BudgetSeconds = &j.TargetSeconds, &j.BudgetSeconds
	}
	return o
}

func stepsOf(in recovery.Report) []Step {
	list := make([]Step, 0, len(in.Steps))
	for _, r := range in.Steps {
		s := Step{
			Number: r.Number, ID: r.Node.ID, Workload: r.Spec.Workload, Kind: string(r.Node.Kind), After: append([]string{}, r.Node.After...),
			Database: r.Spec.Database, State: string(r.Status.State), Critical: slices.Contains(in.Verdict.Critical.Steps, r.Node.ID),
			ReadyAt: utc(r.Status.ReadyAt), StartedAt: utc(r.Status.StartedAt), EndedAt: utc(r.Status.EndedAt),
			Seconds: seconds(r.Status.StartedAt, r.Status.EndedAt), StartSeconds: seconds(r.Status.ReadyAt, r.Status.StartedAt),
			Basis: r.Node.Basis, TimeoutSeconds: r.Spec.TimeoutSeconds,
			Attempts: attemptsOf(r.Status.Earlier), Failure: failureOf(r.Status.Failure), Because: r.Status.Because, SkippedBy: r.Status.SkippedBy,
		}
		if r.Node.Basis != "" {
			s.ExpectedSeconds = &r.Node.ExpectedSeconds
		}
		s.take(r.Status.Result)
		list = append(list, s)
	}
	slices.SortStableFunc(list, func(a, b Step) int { return cmp.Compare(a.Number, b.Number) })
	return list
}

// take takes over what a step did.
func (s *Step) take(r *recovery.Result) {
	if r == nil {
		return
	}
	s.Says, s.Unproven, s.Deviation = r.Says, r.Unproven, r.Deviation
	s.PointTime, s.PointID, s.LossSeconds = utc(r.PointTime), r.PointID, r.LossSeconds
	if e := r.Endpoint; e != nil {
		s.Endpoint = &Endpoint{Host: e.Host, Port: e.Port, Engine: e.Engine, Database: e.Database, Secret: e.Secret}
	}
	for _, c := range r.Checks {
		s.Checks = append(s.Checks, Check(c))
	}
}

func attemptsOf(earlier []recovery.Attempt) []Attempt {
	list := make([]Attempt, 0, len(earlier))
	for _, a := range earlier {
		list = append(list, Attempt{
			StartedAt: utc(a.StartedAt), EndedAt: utc(a.EndedAt), Seconds: seconds(a.StartedAt, a.EndedAt), Failure: failureOf(a.Failure),
		})
	}
	return list
}

func countsOf(steps []Step) Counts {
	c := Counts{Steps: len(steps)}
	for _, s := range steps {
		switch recovery.State(s.State) {
		case recovery.Succeeded:
			c.Succeeded++
		case recovery.Failed:
			c.Failed++
		case recovery.Omitted:
			c.Omitted++
		case recovery.Skipped:
			c.Skipped++
		case recovery.Waiting, recovery.Ready, recovery.Running:
			c.Unended++
		default:
			c.Unended++
		}
		if s.Unproven != "" {
			c.Unproven++
		}
		if s.Deviation != "" {
			c.Deviating++
		}
		if len(s.Attempts) > 0 {
			c.Retried++
		}
	}
	return c
}

func decisionsOf(decisions []recovery.Decision) []Decision {
	list := make([]Decision, 0, len(decisions))
	for _, d := range decisions {
		list = append(list, Decision{Choice: string(d.Choice), Step: d.Step, Attempt: d.Try, By: d.By, Reason: d.Reason, At: d.At.UTC()})
	}
	return list
}

func findingsOf(findings []recovery.Finding) []Finding {
	list := make([]Finding, 0, len(findings))
	for _, f := range findings {
		out := Finding{Severity: string(f.Severity), Code: f.Code, What: f.What, Hint: f.Hint}
		if f.Figure != nil {
			out.Figure = *f.Figure
		}
		if f.Target != nil {
			out.Target = *f.Target
		}
		list = append(list, out)
	}
	return list
}

func failureOf(f *recovery.Failure) *Failure {
	if f == nil {
		return nil
	}
	return &Failure{Error: f.Error, Cause: f.Cause, Hint: f.Hint}
}

// resourcesOf are what steps made or changed, each once, and what was found at the end
// that no step told of.
func resourcesOf(in recovery.Report) []Resource {
	type key struct{ kind, id string }
	list, at := []Resource{}, map[key]int{}
	remains := map[key]bool{}
	for _, r := range in.Removal.Remaining {
		remains[key{r.Kind, r.ID}] = true
	}
	unseen := !in.Removal.Clean && (in.Removal.Failure != nil || len(remains) == 0) // not all was looked at
	add := func(r recovery.Resource, step, state string) {
		k := key{r.Kind, r.ID}
		if i, known := at[k]; known { // of several steps: the last that says something of it
			list[i].State, list[i].ARN = state, cmp.Or(r.ARN, list[i].ARN)
			return
		}
		at[k] = len(list)
		list = append(list, Resource{Kind: r.Kind, ID: r.ID, ARN: r.ARN, Step: step, State: state})
	}
	for _, s := range in.Steps {
		if s.Status.Result == nil {
			continue
		}
		for _, r := range s.Status.Result.Resources {
			state := Recovered
			switch {
			case remains[key{r.Kind, r.ID}], r.Throwaway && unseen:
				state = Remaining
			case r.Throwaway:
				state = Removed
			case s.Status.State != recovery.Succeeded:
				state = Unclear
			}
			add(r, s.Node.ID, state)
		}
	}
	for _, r := range in.Removal.Remaining {
		add(r, "", Remaining)
	}
	return list
}

func removalOf(in recovery.Report) Removal {
	r := Removal{Clean: in.Removal.Clean, Trouble: failureOf(in.Removal.Failure)}
	made := 0
	for _, s := range in.Steps {
		if s.Status.Result == nil {
			continue
		}
		for _, resource := range s.Status.Result.Resources {
			if resource.Throwaway {
				made++
			}
		}
	}
	running := 0
	for _, s := range in.Steps {
		if s.Status.State == recovery.Running {
			running++
		}
	}
	switch {
	case running > 0:
		r.Proof = fmt.Sprintf("still running when this was recorded: %d; what these make nobody has seen", running)
	case !r.Clean && len(in.Removal.Remaining) > 0:
		r.Proof = fmt.Sprintf("still there at the last look: %d", len(in.Removal.Remaining))
	case !r.Clean:
		r.Proof = "whether anything is left could not be seen"
	case in.Run.Mode == recovery.Failover:
		r.Proof = "a failover makes nothing to be thrown away: what it recovered stays"
	case made == 0:
		r.Proof = "nothing was created"
	default:
		r.Proof = "everything that the exercise made was looked for, and nothing was left"
	}
	return r
}

func utc(t *time.Time) *time.Time {
	if t == nil || t.IsZero() {
		return nil
	}
	u := t.UTC()
	return &u
}
