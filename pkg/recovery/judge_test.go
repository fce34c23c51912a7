package recovery_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// done is a step that ran from one second to another.
func done(n int, kind recovery.Kind, id string, from, to int, result *recovery.Result, after ...string) recovery.Record {
	r := record(n, id, recovery.Succeeded, after...)
	r.Node.Kind = kind
	r.Status.ReadyAt, r.Status.StartedAt, r.Status.EndedAt, r.Status.Result = ptr(from), ptr(from), ptr(to), result
	return r
}

// cutOff is a step that began and failed.
func cutOff(kind recovery.Kind, name string) recovery.Record {
	r := record(1, "w/a", recovery.Failed)
	r.Node.Kind, r.Status.StartedAt, r.Status.EndedAt = kind, ptr(0), ptr(10)
	r.Status.Failure = &recovery.Failure{Error: name, Cause: "cause"}
	return r
}

func triedAgain(r recovery.Record) recovery.Record {
	r.Status.Attempt = 2
	r.Status.Earlier = []recovery.Attempt{{StartedAt: r.Status.StartedAt, EndedAt: r.Status.EndedAt, Failure: r.Status.Failure}}
	r.Status.Failure = &recovery.Failure{Error: "RestoreRefused", Cause: "cause"}
	return r
}

func lost(s float64) *recovery.Result { return &recovery.Result{LossSeconds: &s} }

func TestJudge(t *testing.T) {
	over := func(mode recovery.Mode, w recovery.Workload, decisions ...recovery.Decision) recovery.Run {
		w.Name = "w"
		return recovery.Run{ID: "r", Mode: mode, StartedAt: start, OverAt: ptr(1000), Workloads: []recovery.Workload{w}, Decisions: decisions}
	}
	failing := func(n int, id string, result *recovery.Result, after ...string) recovery.Record {
		r := record(n, id, recovery.Failed, after...)
		r.Status.Result = result
		return r
	}
	skipped := func(r recovery.Record) recovery.Record {
		r.Status.State, r.Status.SkippedBy = recovery.Skipped, "ann"
		return r
	}
	restored := done(1, recovery.Restore, "w/restore", 0, 600, lost(120))
	half := &recovery.Result{Resources: []recovery.Resource{{Kind: "rds:db", ID: "shop-dr"}}}
	cases := map[string]struct {
		reason  string
		run     recovery.Run
		records []recovery.Record
		removal *recovery.Removal // nil: clean
		failure *recovery.Failure
		ending  string
		codes   []string
	}{
		"all is well": {
			reason: "within both targets", run: over(recovery.Failover, recovery.Workload{RTOSeconds: 700, RPOSeconds: 120}),
			records: []recovery.Record{restored}, ending: recovery.Passed,
		},
		"no targets": {
			reason: "nothing can be missed", run: over(recovery.Exercise, recovery.Workload{}),
			records: []recovery.Record{restored}, ending: recovery.Passed,
		},
		"too slow": {
			reason: "the RTO is the service's", run: over(recovery.Failover, recovery.Workload{RTOSeconds: 599}),
			records: []recovery.Record{restored}, ending: recovery.ObjectivesMissed, codes: []string{"RTOMissed"},
		},
		"too slow with what cannot be measured": {
			reason: "allowances count", run: over(recovery.Failover, recovery.Workload{RTOSeconds: 700, DetectionSeconds: 60, DNSSeconds: 60}),
			records: []recovery.Record{restored}, ending: recovery.ObjectivesMissed, codes: []string{"RTOMissed"},
		},
		"too much lost": {
			reason: "of the restore that lost most", run: over(recovery.Failover, recovery.Workload{RPOSeconds: 100}),
			records: []recovery.Record{restored, done(2, recovery.Restore, "w/other", 0, 10, lost(1))},
			ending:  recovery.ObjectivesMissed, codes: []string{"RPOMissed"},
		},
		"loss not measured": {
			reason: "nobody may say that the RPO is kept", run: over(recovery.Failover, recovery.Workload{RPOSeconds: 100}),
			records: []recovery.Record{done(1, recovery.Restore, "w/restore", 0, 10, nil)},
			ending:  recovery.ObjectivesMissed, codes: []string{"RPOMissed"},
		},
		"left out of an exercise": {
			reason: "is said, and is no miss", run: over(recovery.Exercise, recovery.Workload{RPOSeconds: 100}),
			records: []recovery.Record{done(1, recovery.PromoteReplica, "w/promote", 0, 10, &recovery.Result{Unproven: "the replica was looked at, not promoted"})},
			ending:  recovery.Passed, codes: []string{"Unproven"},
		},
		"skipped": {
			reason: "not all was done", run: over(recovery.Failover, recovery.Workload{}, decide(recovery.Skip, "w/look", 1)),
			records: []recovery.Record{restored, skipped(record(2, "w/look", recovery.Failed, "w/restore"))},
			ending:  recovery.ObjectivesMissed, codes: []string{"StepSkipped", "Decided"},
		},
		"failed": {
			reason: "and what came after it", run: over(recovery.Exercise, recovery.Workload{RTOSeconds: 3600}),
			records: []recovery.Record{failing(1, "w/a", half), omitted(record(2, "w/b", recovery.Waiting, "w/a"), "w/a")},
			ending:  recovery.FailureClean, codes: []string{"StepFailed", "StepOmitted", "RTOMissed"},
		},
		"cut off": {
			reason: "what an execution made that closed without a word nobody knows", run: over(recovery.Failover, recovery.Workload{}),
			records: []recovery.Record{cutOff(recovery.Restore, "StepCutOff")}, ending: recovery.FailureDirty, codes: []string{"HalfMade", "StepFailed", "RTOMissed"},
		},
		"killed in its call": {
			reason: "the call may have had its effect", run: over(recovery.Failover, recovery.Workload{}),
			records: []recovery.Record{cutOff(recovery.Protect, "States.Timeout")}, ending: recovery.FailureDirty, codes: []string{"HalfMade", "StepFailed", "RTOMissed"},
		},
		"cut off, and tried again": {
			reason: "the next attempt failed before it looked", run: over(recovery.Failover, recovery.Workload{}),
			records: []recovery.Record{triedAgain(cutOff(recovery.Restore, "StepCutOff"))}, ending: recovery.FailureDirty, codes: []string{"HalfMade", "StepFailed", "RTOMissed", "StepRetried"},
		},
		"refused": {
			reason: "it says itself that it made nothing", run: over(recovery.Failover, recovery.Workload{}),
			records: []recovery.Record{cutOff(recovery.Restore, "RestoreRefused")}, ending: recovery.FailureClean, codes: []string{"StepFailed", "RTOMissed"},
		},
		"cut off, and makes nothing": {
			reason: "a check leaves nothing", run: over(recovery.Failover, recovery.Workload{}),
			records: []recovery.Record{cutOff(recovery.HTTPCheck, "StepCutOff")}, ending: recovery.FailureClean, codes: []string{"StepFailed", "RTOMissed"},
		},
		"cut off in an exercise": {
			reason: "removal looks by name", run: over(recovery.Exercise, recovery.Workload{}),
			records: []recovery.Record{cutOff(recovery.Restore, "StepCutOff")}, ending: recovery.FailureClean, codes: []string{"StepFailed", "RTOMissed"},
		},
		"aborted": {
			reason: "although all that ran succeeded", run: over(recovery.Exercise, recovery.Workload{}, decide(recovery.Abort, "", 0)),
			records: []recovery.Record{restored}, ending: recovery.FailureClean, codes: []string{"Aborted"},
		},
		"half made": {
			reason: "nothing of a failover is removed: somebody has to look", run: over(recovery.Failover, recovery.Workload{}),
			records: []recovery.Record{failing(1, "w/a", half)},
			ending:  recovery.FailureDirty, codes: []string{"HalfMade", "StepFailed", "RTOMissed"},
		},
		"left behind": {
			reason: "an exercise costs money while it is there", run: over(recovery.Exercise, recovery.Workload{}),
			records: []recovery.Record{restored}, removal: &recovery.Removal{Remaining: half.Resources},
			ending: recovery.FailureDirty, codes: []string{"RemovalUnconfirmed"},
		},
		"nobody knows what is left": {
			reason: "it may be there", run: over(recovery.Exercise, recovery.Workload{}),
			records: []recovery.Record{restored}, removal: &recovery.Removal{Failure: &recovery.Failure{Error: "CleanupFailed", Cause: "RDS did not answer"}},
			ending: recovery.FailureDirty, codes: []string{"RemovalUnconfirmed"},
		},
		"removed with trouble": {
			reason: "it is gone, and that is worth a line", run: over(recovery.Exercise, recovery.Workload{}),
			records: []recovery.Record{restored}, removal: &recovery.Removal{Clean: true, Failure: &recovery.Failure{Error: "Throttled"}},
			ending: recovery.Passed, codes: []string{"CleanupTrouble"},
		},
		"the machine failed": {
			reason: "nobody knows what it left undone", run: over(recovery.Exercise, recovery.Workload{}),
			records: []recovery.Record{restored}, failure: &recovery.Failure{Error: "States.DataLimitExceeded", Cause: "too much"},
			ending: recovery.FailureClean, codes: []string{"States.DataLimitExceeded"},
		},
		"not over": {
			reason: "the report of a machine that broke off", run: recovery.Run{ID: "r", StartedAt: start},
			records: []recovery.Record{restored, record(2, "w/b", recovery.Running)},
			ending:  recovery.FailureDirty, codes: []string{"StepStillRunning", "NotOver"},
		},
		"nothing": {
			reason: "that nothing was to be done proves nothing", run: over(recovery.Exercise, recovery.Workload{}),
			ending: recovery.FailureClean, codes: []string{"NoSteps", "RTOMissed"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if c.removal == nil {
				c.removal = &recovery.Removal{Clean: true}
			}
			v := recovery.Judge(recovery.Case{Run: c.run, Steps: c.records, Removal: *c.removal, Failure: c.failure})
			if v.Ending != c.ending {
				t.Errorf("%s: %s, want %s", c.reason, v.Ending, c.ending)
			}
			var codes []string
			for _, f := range v.Findings {
				codes = append(codes, f.Code)
			}
			if diff := cmp.Diff(c.codes, codes); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.reason, diff)
			}
		})
	}
}

func TestFiguresOfTheStepsAndTheWay(t *testing.T) {
	run := recovery.Run{ID: "r", StartedAt: start, OverAt: ptr(1000), Workloads: []recovery.Workload{{Name: "w", RTOSeconds: 3600, DNSSeconds: 100}, {Name: "x"}}}
	warm := done(3, recovery.Invoke, "w/warm", 905, 940, nil, "w/restore", "x/users")
	warm.Status.ReadyAt, warm.Status.Attempt = ptr(902), 2
	warm.Status.Earlier = []recovery.Attempt{{StartedAt: ptr(602), EndedAt: ptr(620), Failure: &recovery.Failure{Error: "FunctionFailed"}}}
	v := recovery.Judge(recovery.Case{Run: run, Removal: recovery.Removal{Clean: true}, Steps: []recovery.Record{
		done(1, recovery.Restore, "w/restore", 1, 601, lost(60)), done(2, recovery.Restore, "x/users", 1, 301, lost(30)), warm,
	}})
	if v.Ending != recovery.Passed {
		t.Errorf("%s: %v", v.Ending, v.Findings)
	}
	if diff := cmp.Diff(recovery.Path{Steps: []string{"w/restore", "w/warm"}, Seconds: 938}, v.Critical); diff != "" {
		t.Errorf("critical (-want +got):\n%s", diff)
	}
	figure := func(f float64) *float64 { return &f }
	if diff := cmp.Diff(recovery.StepResult{
		ID: "w/warm", Number: 3, Kind: recovery.Invoke, State: recovery.Succeeded, Attempt: 2, Critical: true,
		BeganSeconds: figure(602), Seconds: figure(338), WaitedSeconds: figure(3),
	}, v.Steps[2]); diff != "" {
		t.Errorf("step (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]*float64{figure(940), figure(940), figure(1040), figure(301)},
		[]*float64{v.Seconds, v.Workloads[0].RTO.ActualSeconds, v.Workloads[0].ProjectedSeconds, v.Workloads[1].RTO.ActualSeconds}); diff != "" {
		t.Errorf("times (-want +got):\n%s", diff)
	}
}
