package metrics_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/metrics"
	"github.com/lifeboat-dr/lifeboat/pkg/monitor"
	"github.com/lifeboat-dr/lifeboat/pkg/protection"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/rounds"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// heard are the figures that were published: name, unit and dimensions.
type heard map[string]bool

func (h heard) Publish(_ context.Context, list []drill.Metric) error {
	for _, m := range list {
		h[fmt.Sprint(m.Name, " ", m.Unit, " ", slices.Sorted(maps.Keys(m.Dimensions)))] = true
	}
	return nil
}

// never is a dispatcher's memory that has nothing in it.
type never struct{}

func (never) Dispatched(context.Context) (time.Time, error)              { return time.Time{}, nil }
func (never) SetDispatched(context.Context, time.Time) error             { return nil }
func (never) LastPassed(context.Context) (map[string]time.Time, error)   { return nil, nil }
func (never) LastVerdicts(context.Context) (map[string]time.Time, error) { return nil, nil }
func (never) Watched(context.Context, []string, map[string]time.Time, time.Time) (map[string]time.Time, error) {
	return nil, nil
}

// a disabled key, as the preflight finds it.
func (never) Recoverable(context.Context, []drill.Spec) map[string]drill.Recoverability {
	return map[string]drill.Recoverability{"orders/a": {Findings: []drill.Finding{{Severity: drill.Failed, Code: drill.KeyUnusable}}}}
}

// no ending and nothing remembered of any.
func (never) Ended(context.Context, string, time.Time) ([]drill.Ended, error) { return nil, nil }
func (never) Ending(context.Context, string) (drill.Ended, error)             { return drill.Ended{}, nil }
func (never) Notices(context.Context) (map[string]drill.Noticed, error)       { return nil, nil }
func (never) KeepNotice(context.Context, drill.Noticed) error                 { return nil }
func (never) ClaimNotice(context.Context, string, time.Time, time.Time, time.Time) (drill.Noticed, bool, error) {
	return drill.Noticed{}, true, nil
}

// no recovery, and none on record.
func (never) Run(context.Context, string) (recovery.Run, error) {
	return recovery.Run{}, recovery.ErrNoRun
}
func (never) Runs(context.Context, int) ([]recovery.Run, error)           { return nil, nil }
func (never) Steps(context.Context, string) ([]recovery.Record, error)    { return nil, nil }
func (never) LastRecovered(context.Context) (map[string]time.Time, error) { return nil, nil }

// What is published is exactly the table: no figure that it lacks, none that
// nobody publishes, no other unit and no other dimensions.
func TestTheTableIsWhatIsPublished(t *testing.T) {
	published, one, ctx := heard{}, 1.0, t.Context()
	spec := drill.Spec{Deployment: "prod", Workload: "orders", Database: "a", Objectives: drill.Objectives{RPOSeconds: 3600}, Place: drill.Place{PrimaryRegion: "eu-west-1"}}
	v := drill.Verdict{DataAgeSeconds: &one, Candidates: &drill.Candidates{}}
	v.RPO.ActualSeconds, v.RTO.ActualSeconds, v.RTO.TargetSeconds = &one, &one, 1
	full := map[string]drill.Newest{"orders/a": {Primary: noon, PrimaryKnown: true, Copy: noon, CopyKnown: true, Findings: []drill.Finding{{Code: "SourceReplaced"}}}}
	at, headroom := clock.NewVirtual(noon), time.Hour
	judged := protection.Judgement{
		Subject:      protection.Subject{Deployment: "prod", Workload: "orders", Database: "a"},
		CopyHeadroom: &headroom, ReplicationHeadroom: &headroom, Findings: []drill.Finding{{Severity: drill.Warning, Code: protection.CopyRetried}},
	}
	recovered := recovery.Report{Case: recovery.Case{Run: recovery.Run{Deployment: "prod"}}}
	recovered.Verdict.Workloads = []recovery.WorkloadResult{{Name: "orders", RTO: recovery.Judgement{TargetSeconds: 1, ActualSeconds: &one}, RPO: recovery.Judgement{ActualSeconds: &one}}}
	exercises := rounds.Exercises{Every: map[string]time.Duration{"orders": time.Hour}, Recovered: never{}}
	for _, err := range []error{
		published.Publish(ctx, recoverystep.Metrics(recovered)),
		published.Publish(ctx, drill.Metrics(spec, v, drill.Passed)),
		published.Publish(ctx, monitor.Figures(noon, []drill.Spec{spec}, full, map[string]monitor.Proof{"orders/a": {Since: noon}})),
		last(rounds.BackupMonitor{Deployment: "prod", Proofs: never{}, Exercises: exercises, Metrics: published, Clock: at}.Handle(ctx, rounds.BackupMonitorIn{})),
		published.Publish(ctx, protection.Figures("prod", []protection.Judgement{judged}, nil)),
		last(rounds.ProtectionMonitor{Names: deployed.Names{Deployment: "prod"}, Metrics: published, Clock: at}.Handle(ctx, rounds.ProtectionMonitorIn{})),
		last(rounds.Preflight{Deployment: "prod", Specs: []drill.Spec{spec}, Recoverers: drillstep.ByKind[rounds.Recoverer]{"": never{}}, Metrics: published}.Handle(ctx, rounds.PreflightIn{})),
		last(rounds.Sweeper{Deployment: "prod", Metrics: published}.Handle(ctx, rounds.SweeperIn{})),
		last(rounds.Notifier{Names: deployed.Names{Deployment: "prod"}, Endings: never{}, Notices: never{}, Recoveries: never{}, Metrics: published, Clock: at}.Handle(ctx, rounds.Event{})),
		last(rounds.Dispatcher{Deployment: "prod", Watermark: never{}, Metrics: published, Clock: at}.Handle(ctx, rounds.DispatcherIn{})),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	table := heard{}
	for _, m := range metrics.Table() {
		if m.Namespace != "" {
			continue
		}
		for _, level := range m.Of {
			table[fmt.Sprint(m.Name, " ", m.Unit, " ", slices.Sorted(slices.Values(level.Dimensions())))] = true
		}
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(table)), slices.Sorted(maps.Keys(published))); diff != "" {
		t.Errorf("(-table +published):\n%s", diff)
	}
}

func last[T any](_ T, err error) error { return err }

// page is the address of a runbook, as long as they are.
func page(name string) string { return "https://example.com/" + strings.Repeat("r", 80) + "/" + name }

// Whoever is told can act from the message, however long the names are.
func TestAlarmsSayWhatIsWrong(t *testing.T) {
	long := strings.Repeat("n", 63)
	d := metrics.Deployed{
		Deployment: "prod", Limit: 2, Fleet: true, Policy: true, Recoveries: true, Runbook: page, Dashboard: "https://example.com/" + strings.Repeat("d", 120),
		Databases: []metrics.Watched{
			{Workload: long, Database: long, RTO: time.Hour, RPO: 90 * time.Minute, Every: 62 * 24 * time.Hour, Copied: true, Replicated: true},
			{Workload: "orders", Database: "b", RTO: time.Hour, RPO: time.Hour, Every: 35 * 24 * time.Hour},
		},
	}
	names := map[string]bool{}
	for _, a := range metrics.Alarms(d) {
		if n := utf8.RuneCountInString(a.Description); n > 1024 {
			t.Errorf("%s has a description of %d characters", a.Name, n)
		}
		for _, part := range []string{page(a.Runbook), d.Dashboard} {
			if !strings.Contains(a.Description, part) {
				t.Errorf("%s does not say %s: %s", a.Name, part, a.Description)
			}
		}
		if strings.Contains(a.Description, "%!") {
			t.Errorf("%s: %s", a.Name, a.Description)
		}
		if names[a.Name] {
			t.Errorf("two alarms are called %s", a.Name)
		}
		names[a.Name] = true
	}
	for _, want := range []string{"backup-age-orders/b", "drills-overdue-orders/b", "monitor-silent", "dispatcher-late", "undelivered", "recovery-decision", "exercises-overdue"} {
		if !names[want] {
			t.Errorf("there is no %s: %v", want, slices.Sorted(maps.Keys(names)))
		}
	}
}

func TestTargetsAreInTheWords(t *testing.T) {
	d := metrics.Deployed{Deployment: "prod", Limit: 9, Runbook: page, Databases: []metrics.Watched{{Workload: "orders", Database: "b", RTO: time.Hour, RPO: 90 * time.Minute, Every: 62 * 24 * time.Hour}}}
	for _, a := range metrics.Alarms(d) {
		for name, parts := range map[string][]string{"backup-age-orders/b": {"of orders/b ", "RPO of 1h30m,"}, "drills-overdue-orders/b": {"drill of orders/b ", "(62d)", "RTO of 1h."}} {
			for _, part := range parts {
				if a.Name == name && !strings.Contains(a.Description, part) {
					t.Errorf("%s does not say %q: %s", name, part, a.Description)
				}
			}
		}
	}
}

// A fleet has alarms of workloads: an alarm of each database would be more than a
// stack holds.
func TestAlarmsAboveTheLimit(t *testing.T) {
	d := metrics.Deployed{Deployment: "prod", Limit: 60, Runbook: page}
	for i := range 60 {
		d.Databases = append(d.Databases, metrics.Watched{Workload: fmt.Sprint("workload-", i%3), Database: fmt.Sprint("db-", i)})
	}
	each := func() (n int) {
		for _, a := range metrics.Alarms(d) {
			if a.Each {
				n++
				if (len(a.Of) == 1) != (a.Dimensions["Database"] == "") || a.Dimensions["Workload"] == "" {
					t.Errorf("%+v", a)
				}
			}
		}
		return n
	}
	if n := each(); n != 120 {
		t.Errorf("%d alarms for 60 databases", n)
	}
	d.Limit = 59
	if n := each(); n != 6 {
		t.Errorf("%d alarms for three workloads", n)
	}
}

// What follows from the backup policy is one alarm of a fleet: with four of each
// workload a stack would hold a third fewer workloads.
func TestAlarmsOfAPolicyAboveTheLimit(t *testing.T) {
	d := metrics.Deployed{Deployment: "prod", Limit: 1, Policy: true, Runbook: page}
	for i := range 3 {
		d.Databases = append(d.Databases, metrics.Watched{Workload: fmt.Sprint("workload-", i), Database: "db", Copied: true, Replicated: i > 0})
	}
	var of []string
	for _, a := range metrics.Alarms(d) {
		if a.Whole {
			of = append(of, a.Name)
			if len(a.Of) > 0 || len(a.Dimensions) != 1 || !strings.Contains(a.Description, "of a database ") {
				t.Errorf("%+v", a)
			}
		}
	}
	if diff := cmp.Diff([]string{"copy-behind", "replication-behind"}, of); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The monitor's rounds are the clock of alarms.
func TestRoundIsTheMonitors(t *testing.T) {
	if metrics.Round != monitor.Period {
		t.Errorf("%s, and the monitor looks every %s", metrics.Round, monitor.Period)
	}
}
