package drillevidence

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Execution is what the world knows of the execution that records, and its
// steps do not.
type Execution struct {
	// States that the machine has entered so far, in order.
	States []State
	Host   string // name of the machine that lifeboat runs on
	// Versions of what took part. Lifeboat and SourceServer may be left empty:
	// they are taken from the run and from the recovery point.
	Versions Versions
}

// Build writes the document of a run. It is a function of its input, except
// for Previous, which the store adds.
func Build(in drill.EvidenceInput, by Execution) Document {
	v := in.Verdict
	d := Document{
		SchemaVersion: SchemaVersion,
		ID:            cmp.Or(in.ID, in.Run.ID), RunID: in.Run.ID, RecordedAt: in.RecordedAt.UTC(),
		Ending: string(v.Ending), Cause: drill.Cause(v, maxCauseBytes),
		Deployment: cmp.Or(in.Spec.Deployment, in.Run.Deployment), Workload: in.Spec.Workload, Database: in.Spec.Database,
		Owner: in.Spec.Owner, Kind: in.Spec.Kind, Scenario: in.Spec.Scenario, PlanHash: in.Run.PlanHash,
		Start: Start{
			At: in.Run.StartedAt.UTC(), By: in.Run.StartedBy, Trigger: in.Run.Trigger,
			ScheduledTime: in.Run.ScheduledTime, ExecutionID: in.Run.ExecutionID, Host: by.Host,
		},
		Versions:   by.Versions,
		Objectives: objectivesOf(in),
		Candidates: candidatesOf(v),
		Timeline: Timeline{
			StartedAt: in.Run.StartedAt.UTC(), EndedAt: in.RecordedAt.UTC(),
			Phases: phasesOf(v.Phases), Facts: factsOf(in.Facts),
		},
		Checks:     checksOf(v.Checks, in.Spec.AllChecks()),
		Findings:   findingsOf(v.Findings),
		Deviations: deviationsOf(in),
		Failure:    failureOf(in.Failure),
		Resources:  resourcesOf(in),
		Removal:    removalOf(in),
		States:     statesOf(by.States),
	}
	d.Versions.Lifeboat = cmp.Or(d.Versions.Lifeboat, in.Run.Version)
	if p := v.RecoveryPoint; p != nil {
		d.RecoveryPoint, d.Identity = pointOf(*p, v.RPO.ActualSeconds), identityOf(in)
		d.Versions.SourceServer = cmp.Or(d.Versions.SourceServer, p.ServerVersion)
	}
	Printable(&d)
	return d
}

// maxCauseBytes keeps the cause readable; the findings have all of it.
const maxCauseBytes = 4000

func pointOf(p drill.RecoveryPoint, age *float64) *RecoveryPoint {
	return &RecoveryPoint{
		ID: p.ID, Kind: p.Kind, TakenAt: known(p.TakenAt), AgeSeconds: age, TimeSource: p.TimeSource,
		UncertaintySeconds: p.UncertaintySeconds, SizeBytes: p.SizeBytes,
		Location: p.Location, ServerVersion: p.ServerVersion,
	}
}

func phasesOf(phases []drill.Phase) []Phase {
	list := make([]Phase, 0, len(phases))
	for _, p := range phases {
		list = append(list, Phase{
			Phase: p.Phase, StartedAt: p.StartedAt.UTC(), EndedAt: p.StartedAt.UTC().Add(drill.Seconds(p.Seconds)),
			Seconds: p.Seconds, InRTO: p.InRTO, UncertaintySeconds: p.UncertaintySeconds,
		})
	}
	return list
}

func checksOf(results []drill.CheckResult, declared []drill.Check) []Check {
	hashes := map[string]string{}
	for _, c := range declared {
		if c.SQL != "" {
			sum := sha256.Sum256([]byte(c.SQL))
			hashes[c.Name] = hex.EncodeToString(sum[:])
		}
	}
	list := make([]Check, 0, len(results))
	for _, r := range results {
		list = append(list, Check{
			Name: r.Name, Kind: string(r.Kind), Stage: string(r.Stage), SQLSHA256: hashes[r.Name],
			Outcome: string(r.Outcome), Passed: r.Passed, Figure: figure(r.Figure), Expected: r.Expected,
			Seconds: r.Seconds, StartedAt: r.StartedAt.UTC(), DataAgeSeconds: r.DataAgeSeconds,
			Code: r.Code, Reason: r.Reason, Reads: string(r.Reads), ReadsWhy: r.ReadsWhy, AnsweredBy: string(r.AnsweredBy),
		})
	}
	return list
}

func findingsOf(findings []drill.Finding) []Finding {
	list := make([]Finding, 0, len(findings))
	for _, f := range findings {
		of := encodable
		if f.Code == "CheckFailed" {
			of = figure // it is the check's
		}
		list = append(list, Finding{
			Severity: string(f.Severity), Code: f.Code, What: f.What,
			Figure: of(f.Figure), Target: encodable(f.Target), Hint: f.Hint,
		})
	}
	return list
}

// deviationsOf lists what the restore dropped or noticed, what was kept and
// which checks were left out.
func deviationsOf(in drill.EvidenceInput) []Deviation {
	list := []Deviation{}
	seen := map[Deviation]bool{}
	add := func(code, what string) {
		if d := (Deviation{Code: code, What: what}); !seen[d] {
			seen[d] = true
			list = append(list, d)
		}
	}
	for _, f := range in.Facts {
		if f.Status == nil {
			continue
		}
		for _, finding := range f.Status.Findings {
			add(finding.Code, finding.What)
		}
	}
	for _, f := range in.Verdict.Findings {
		if f.Code == "Kept" {
			add(f.Code, f.What)
		}
	}
	for _, r := range in.Verdict.Checks {
		if r.Outcome == drill.CheckSkipped {
			what := fmt.Sprintf("check %q was left out", r.Name)
			if r.Reason != "" {
				what += ": " + r.Reason
			}
			add("CheckSkipped", what)
		}
	}
	return list
}

func failureOf(f *drill.Failure) *Failure {
	if f == nil {
		return nil
	}
	return &Failure{State: f.State, Error: f.Error, Cause: f.Cause, Hint: f.Hint}
}

func statesOf(states []State) []State {
	list := make([]State, 0, len(states))
	for _, s := range states {
		list = append(list, State{Name: s.Name, EnteredAt: s.EnteredAt.UTC()})
	}
	return list
}

// known is nil for a moment that was not reached.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	utc := t.UTC()
	return &utc
}
