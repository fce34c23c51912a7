package recoveryevidence_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

func at(seconds float64) *time.Time {
	t := noon.Add(time.Duration(seconds * float64(time.Second)))
	return &t
}

const (
	first  = "arn:aws:states:eu-central-1:111122223333:execution:lifeboat-prod-recovery:run-1"
	second = "arn:aws:states:eu-central-1:111122223333:execution:lifeboat-prod-recovery:run-1-p2"
)

// done is a step that succeeded.
func done(n int, id string, kind recovery.Kind, ready, start, end float64, after ...string) recovery.Record {
	return recovery.Record{
		Number: n, Node: recovery.Node{ID: id, Kind: kind, After: after, ExpectedSeconds: end - start, Basis: "measured"},
		Spec:   recovery.Spec{Workload: recovery.WorkloadOf(id), TimeoutSeconds: 3600},
		Status: recovery.Status{State: recovery.Succeeded, Attempt: 1, ReadyAt: at(ready), StartedAt: at(start), EndedAt: at(end), Result: &recovery.Result{Says: "done: " + id}},
	}
}

func restored(r recovery.Record, throwaway bool, loss float64) recovery.Record {
	r.Spec.Database = r.Node.ID + "-db"
	r.Status.Result.PointTime, r.Status.Result.PointID, r.Status.Result.LossSeconds = at(-loss), "rds:point", &loss
	r.Status.Result.Endpoint = &recovery.Access{Host: "db.example.internal", Port: 5432, Engine: "postgres", Database: "orders", User: "app", Secret: "arn:aws:secretsmanager:eu-central-1:111122223333:secret:orders"}
	r.Status.Result.Resources = []recovery.Resource{{Kind: "rds:db", ID: "db-" + fmt.Sprint(r.Number), Throwaway: throwaway}}
	return r
}

// judged is a report as the last state makes it.
func judged(run recovery.Run, removal recovery.Removal, steps ...recovery.Record) recovery.Report {
	r := recovery.Report{Case: recovery.Case{Run: run, Steps: steps, Removal: removal}, RecordedAt: *at(2000)}
	r.Verdict = recovery.Judge(r.Case)
	return r
}

func run(mode recovery.Mode) recovery.Run {
	return recovery.Run{
		ID: "run-1", Deployment: "prod", Mode: mode, StartedAt: noon, StartedBy: "ops@example.com", Trigger: "manual", PlanHash: "abc", Version: "1.2.3",
		Workloads: []recovery.Workload{{Name: "orders", Owner: "payments", RTOSeconds: 3600, RPOSeconds: 3600, DetectionSeconds: 60, AllowedSeconds: 600, DNSSeconds: 120}},
		First:     first, Execution: first, Epoch: 1, OverAt: at(1000), DecisionSeconds: 600,
	}
}

// passed is an exercise that passed: the restore is on the critical path, the look at
// quotas is not.
func passed() recovery.Report {
	endpoint := done(3, "orders/endpoint", recovery.Endpoint, 601, 602, 605, "orders/restore")
	endpoint.Status.Result.Unproven = "the application was not switched: its parameter has the exercise's name"
	check := done(4, "orders/check", recovery.SQLCheck, 606, 607, 620, "orders/endpoint", "orders/validate")
	check.Status.Result.Checks = []recovery.CheckResult{{Name: "orders are there", Passed: true, Says: ">= 1000"}}
	return judged(run(recovery.Exercise), recovery.Removal{Clean: true},
		done(1, "orders/validate", recovery.Validate, 0, 1, 20), restored(done(2, "orders/restore", recovery.Restore, 0, 1, 600), true, 1800), endpoint, check)
}

// failed is a failover in which a step failed twice: one was retried, one skipped, and
// one is omitted.
func failed() recovery.Report {
	r := run(recovery.Failover)
	r.Epoch, r.Execution = 2, second
	r.Decisions = []recovery.Decision{
		{Choice: recovery.Retry, Step: "orders/restore", Try: 1, By: "ada", Reason: "the quota was raised", At: *at(300)},
		{Choice: recovery.Skip, Step: "orders/warm", Try: 1, By: "ada", Reason: "it can be cold", At: *at(900)},
	}
	restore := restored(done(1, "orders/restore", recovery.Restore, 0, 301, 800), false, 7200)
	restore.Status.Attempt = 2
	restore.Status.Earlier = []recovery.Attempt{{StartedAt: at(1), EndedAt: at(100), Failure: &recovery.Failure{Error: "QuotaReached", Cause: "40 instances"}}}
	warm := recovery.Record{Number: 2, Node: recovery.Node{ID: "orders/warm", Kind: recovery.Invoke, After: []string{"orders/restore"}}, Spec: recovery.Spec{Workload: "orders"}}
	warm.Status = recovery.Status{State: recovery.Skipped, Attempt: 1, ReadyAt: at(801), StartedAt: at(802), EndedAt: at(900), SkippedBy: "ada"}
	check := recovery.Record{Number: 3, Node: recovery.Node{ID: "orders/check", Kind: recovery.HTTPCheck, After: []string{"orders/warm"}}, Spec: recovery.Spec{Workload: "orders"}}
	check.Status = recovery.Status{State: recovery.Failed, Attempt: 1, ReadyAt: at(901), StartedAt: at(902), EndedAt: at(950), Failure: &recovery.Failure{Error: "CheckFailed", Cause: "500 <script>alert(1)</script>", Hint: "look at the server"}}
	protect := recovery.Record{Number: 4, Node: recovery.Node{ID: "orders/protect", Kind: recovery.Protect, After: []string{"orders/check"}}, Spec: recovery.Spec{Workload: "orders"}}
	protect.Status = recovery.Status{State: recovery.Omitted, Attempt: 1, EndedAt: at(950), Because: "orders/check"}
	return judged(r, recovery.Removal{Clean: true}, restore, warm, check, protect)
}

// dirty is an exercise that was aborted, of which something is left.
func dirty() recovery.Report {
	r := run(recovery.Exercise)
	r.Decisions = []recovery.Decision{{Choice: recovery.Abort, By: "ada", Reason: "enough", At: *at(50)}}
	restore := restored(done(1, "orders/restore", recovery.Restore, 0, 1, 60), true, 60)
	restore.Status.State, restore.Status.Failure = recovery.Failed, &recovery.Failure{Error: "RecoveryAborted", Cause: "ada aborted it"}
	return judged(r, recovery.Removal{Remaining: []recovery.Resource{{Kind: "rds:db", ID: "db-1"}, {Kind: "rds:snapshot", ID: "x"}}}, restore)
}

func stories() map[string]recovery.Report {
	empty := judged(recovery.Run{ID: "run-0", Deployment: "prod", StartedAt: noon, First: first, Execution: first}, recovery.Removal{Clean: true})
	return map[string]recovery.Report{
		"passed": passed(), "failed": failed(), "dirty": dirty(), "empty": empty, "many": many(), "hostile": hostile(), "unended": unended(),
	}
}

// many is an exercise of 200 restores, of which every third failed.
func many() recovery.Report {
	steps := make([]recovery.Record, 200)
	for i := range steps {
		start := float64(i)
		steps[i] = restored(done(i+1, fmt.Sprintf("orders/%s-%03d", strings.Repeat("x", i%60), i+1), recovery.Restore, start, start+1, start+400), true, 100)
		if i%3 == 0 {
			steps[i].Status.State, steps[i].Status.Failure = recovery.Failed, &recovery.Failure{Error: "QuotaReached", Cause: "40 instances", Hint: "raise the quota"}
		}
	}
	return judged(run(recovery.Exercise), recovery.Removal{Clean: true}, steps...)
}

// hostile has names and texts of others that try to be markup, and no targets.
func hostile() recovery.Report {
	const text = "</td></svg><script>alert(1)</script><img src=x onerror\u003dalert(1)> \u202e gnp.exe"
	r := run(recovery.Failover)
	r.StartedBy, r.Trigger = text, text
	r.Workloads = []recovery.Workload{{Name: "o<b>rders", Owner: text}}
	r.Decisions = []recovery.Decision{{Choice: recovery.Skip, Step: "o<b>rders/a", By: text, Reason: text, At: *at(900)}}
	check := done(1, "o<b>rders/a", recovery.SQLCheck, 0, 1, 20)
	check.Status.Result = &recovery.Result{Says: text, Unproven: text, Deviation: text, Checks: []recovery.CheckResult{{Name: text, Says: text}}, Resources: []recovery.Resource{{Kind: text, ID: text}}}
	check.Status.State, check.Status.Failure = recovery.Failed, &recovery.Failure{Error: text, Cause: text, Hint: text}
	return judged(r, recovery.Removal{Clean: true}, check)
}

// unended is an exercise whose parent had to report while a step ran.
func unended() recovery.Report {
	r := run(recovery.Exercise)
	r.OverAt = nil
	restore := done(2, "orders/restore", recovery.Restore, 1, 2, 100)
	restore.Status.State, restore.Status.EndedAt, restore.Status.Result = recovery.Running, nil, nil
	return judged(r, recovery.Removal{Clean: true}, done(1, "orders/validate", recovery.Validate, 0, 1, 20), restore)
}
