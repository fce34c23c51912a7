package rounds_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/monitor"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/rounds"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// lookout is what the monitor sees, and what of it fails.
type lookout struct {
	newest                       map[string]drill.Newest
	blind, forgetful, speechless bool
	published                    map[string]float64
}

func (l *lookout) Newest(context.Context, []drill.Spec) (map[string]drill.Newest, error) {
	if l.blind {
		return l.newest, errors.New("one region did not answer")
	}
	return l.newest, nil
}

func (l *lookout) LastPassed(context.Context) (map[string]time.Time, error) {
	if l.forgetful {
		return nil, errors.New("no table")
	}
	return map[string]time.Time{"orders/a": time.Unix(0, 0)}, nil
}

func (l *lookout) LastVerdicts(context.Context) (map[string]time.Time, error) {
	return map[string]time.Time{"orders/a": time.Unix(100, 0)}, nil
}

func (l *lookout) Watched(_ context.Context, databases []string, _ map[string]time.Time, now time.Time) (map[string]time.Time, error) {
	since := map[string]time.Time{}
	for _, database := range databases {
		since[database] = now
	}
	return since, nil
}

func (l *lookout) Publish(_ context.Context, metrics []drill.Metric) error {
	if l.speechless {
		return errors.New("no metrics")
	}
	l.published = map[string]float64{}
	for _, m := range metrics {
		l.published[m.Name] = m.Value
	}
	return nil
}

func TestBackupMonitor(t *testing.T) {
	tests := map[string]struct {
		reason    string
		lookout   lookout
		fails     bool
		published []string
	}{
		"all is well":  {"all figures", lookout{}, false, []string{monitor.MonitorRan, monitor.RPOHeadroom, monitor.SinceLastPass, monitor.DrillHeadroom}},
		"one is blind": {"the other region's figures are published all the same", lookout{blind: true}, true, []string{monitor.MonitorRan, monitor.RPOHeadroom}},
		"forgetful":    {"ages do not need the history", lookout{forgetful: true}, false, []string{monitor.MonitorRan, monitor.RPOHeadroom, monitor.HistoryUnknown}},
		"speechless":   {"the alarm on its silence needs no word", lookout{speechless: true}, true, nil},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			now := time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)
			tc.lookout.newest = map[string]drill.Newest{"orders/a": {Primary: now, PrimaryKnown: true}}
			s := rounds.BackupMonitor{
				Deployment: "prod", Finders: drillstep.ByKind[rounds.NewestFinder]{plan.KindRDSInstance: &tc.lookout}, Proofs: &tc.lookout, Metrics: &tc.lookout, Clock: clock.NewVirtual(now),
				Specs: []drill.Spec{{Deployment: "prod", Workload: "orders", Database: "a", Kind: plan.KindRDSInstance, Place: drill.Place{PrimaryRegion: "eu-west-1"}}},
			}
			out, err := s.Handle(t.Context(), rounds.BackupMonitorIn{})
			said := len(out.Findings) == 1 && out.Findings[0].Code == monitor.HistoryUnknown && strings.Contains(out.Findings[0].What, "no table") && out.Findings[0].Hint != ""
			if said != tc.lookout.forgetful || tc.lookout.published[monitor.HistoryUnknown] > 0 != tc.lookout.forgetful {
				t.Errorf("%s: %+v, %v", tc.reason, out.Findings, tc.lookout.published)
			}
			if tc.fails != (drill.NameOf(err) == drill.MetricsFailed) {
				t.Errorf("%s: %v", tc.reason, err)
			}
			for _, name := range tc.published {
				if _, ok := tc.lookout.published[name]; !ok {
					t.Errorf("%s: %s is not published: %v", tc.reason, name, tc.lookout.published)
				}
			}
		})
	}
}

// What is said of many databases is said once, with the first of their names; a
// region that could not be asked fails no round.
func TestBackupMonitorSaysWhatItFinds(t *testing.T) {
	now := time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)
	l := lookout{newest: map[string]drill.Newest{}}
	s := rounds.BackupMonitor{Deployment: "prod", Finders: drillstep.ByKind[rounds.NewestFinder]{plan.KindRDSInstance: &l}, Proofs: &l, Metrics: &l, Clock: clock.NewVirtual(now)}
	denied := drill.Finding{Severity: drill.Warning, Code: "RegionUnknown", What: "region eu-west-1 could not be asked"}
	replaced := drill.Finding{Severity: drill.Warning, Code: "SourceReplaced", What: "backup x is of another source"}
	for i := range 30 {
		spec := drill.Spec{
			Deployment: "prod", Workload: "orders", Database: fmt.Sprintf("db-%02d", i), Kind: plan.KindRDSInstance, Objectives: drill.Objectives{RPOSeconds: 3600},
			Place: drill.Place{PrimaryRegion: "eu-west-1", RecoveryRegion: "eu-central-1"},
		}
		n := drill.Newest{CopyKnown: true, Copy: now.Add(-time.Minute), Findings: []drill.Finding{denied}}
		if i == 7 {
			n.Findings = append(n.Findings, replaced)
		}
		s.Specs, l.newest[spec.Name()] = append(s.Specs, spec), n
	}
	out, err := s.Handle(t.Context(), rounds.BackupMonitorIn{})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Findings) != 2 || out.Findings[0].Count != 30 || len(out.Findings[0].Databases) != 20 || out.Findings[1].Code != "SourceReplaced" || out.Findings[1].Databases[0] != "orders/db-07" {
		t.Errorf("%+v", out.Findings)
	}
	for name, want := range map[string]float64{monitor.RegionUnknown: 30, monitor.RPOHeadroom: 3540, monitor.MonitorRan: 1} {
		if got, published := l.published[name]; !published || got != want {
			t.Errorf("%s is %v (%t), want %v", name, got, published, want)
		}
	}
}

// What one kind cannot tell takes nothing from the others, and a kind that nobody
// looks after is an error, not silence.
func TestBackupMonitorOfSeveralKinds(t *testing.T) {
	now := time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)
	place := drill.Place{PrimaryRegion: "eu-west-1"}
	l := lookout{newest: map[string]drill.Newest{"orders/a": {Primary: now, PrimaryKnown: true}}}
	s := rounds.BackupMonitor{
		Deployment: "prod", Finders: drillstep.ByKind[rounds.NewestFinder]{plan.KindRDSInstance: &l}, Proofs: &l, Metrics: &l, Clock: clock.NewVirtual(now),
		Specs: []drill.Spec{
			{Deployment: "prod", Workload: "orders", Database: "a", Kind: plan.KindRDSInstance, Place: place},
			{Deployment: "prod", Workload: "carts", Database: "b", Kind: plan.KindDynamoDBTable, Place: place},
		},
	}
	_, err := s.Handle(t.Context(), rounds.BackupMonitorIn{})
	if drill.NameOf(err) == "" || !strings.Contains(err.Error(), plan.KindDynamoDBTable) {
		t.Errorf("%v", err)
	}
	if _, published := l.published[monitor.RPOHeadroom]; !published {
		t.Errorf("%v", l.published)
	}
}
