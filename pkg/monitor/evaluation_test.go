package monitor_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/metrics"
	"github.com/lifeboat-dr/lifeboat/pkg/monitor"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const (
	drillAccount, drillRegion = "111122223333", "eu-central-1"
	never                     = "never"
)

// deployment is the simulated CloudWatch with the alarms of a table.
type deployment struct {
	t     *testing.T
	clock *clock.Virtual
	cloud *cloudwatch.Service
	start time.Time
	told  []string
}

func newDeployment(t *testing.T, start time.Time, d metrics.Deployed) *deployment {
	w := &deployment{t: t, clock: clock.NewVirtual(start), start: start}
	w.cloud = cloudwatch.New(cloudwatch.Options{Clock: w.clock})
	w.cloud.OnAlarm(func(c cloudwatch.Change) {
		if len(c.Actions()) > 0 {
			w.told = append(w.told, fmt.Sprintf("%.0fm %s %s", c.At.Sub(start).Minutes(), c.To, c.Alarm.Name))
		}
	})
	w.must(w.cloud.AddComposite(cloudwatch.Composite{Name: never, ARN: arnOf(never), Account: drillAccount, Region: drillRegion, Rule: "FALSE"}))
	for _, r := range metrics.Alarms(d) {
		if r.Metric.By != metrics.AWS {
			w.add(r)
		}
	}
	return w
}

func (w *deployment) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func arnOf(name string) string {
	return wire.ARN("cloudwatch", drillRegion, drillAccount, "alarm:"+name)
}

// add makes an alarm as the stack does.
func (w *deployment) add(r metrics.Raised) {
	topic := wire.ARN("sns", drillRegion, drillAccount, string(r.Topic))
	a := cloudwatch.Alarm{
		Name: r.Name, Account: drillAccount, Region: drillRegion, ActionsEnabled: true, Comparison: "GreaterThanOrEqualToThreshold", Missing: string(r.Missing),
		Threshold: r.Threshold, Evaluations: r.Periods, Actions: []string{topic},
	}
	if r.OneOf {
		a.DatapointsToAlarm = 1
	}
	if r.Below {
		a.Comparison = "LessThanThreshold"
	}
	figure := &cloudwatch.Metric{Namespace: metrics.Namespace, Name: r.Metric.Name, Dimensions: r.Dimensions}
	if r.Expression == "" {
		a.Metric, a.Statistic, a.Period = figure, r.Statistic, r.Period
	} else {
		ran := &cloudwatch.Metric{Namespace: metrics.Namespace, Name: monitor.MonitorRan, Dimensions: map[string]string{"Deployment": "prod"}}
		a.Metrics = []cloudwatch.Query{
			{ID: "e", Expression: r.Expression, ReturnData: true}, {ID: "figure", Metric: figure, Stat: r.Statistic, Period: r.Period},
			{ID: "samples", Metric: figure, Stat: "SampleCount", Period: r.Period}, {ID: "ran", Metric: ran, Stat: "Maximum", Period: r.Period},
		}
	}
	if r.Wait > 0 {
		a.Name = r.Silent()
		defer func() {
			w.must(w.cloud.AddComposite(cloudwatch.Composite{
				Name: r.Name, ARN: arnOf(r.Name), Account: drillAccount, Region: drillRegion, ActionsEnabled: true, Actions: []string{topic},
				Rule: `ALARM("` + r.Silent() + `")`, Suppressor: never, Wait: r.Wait,
			}))
		}()
		a.Actions = nil
	}
	a.ARN = arnOf(a.Name)
	w.must(w.cloud.AddAlarm(a))
}

func (w *deployment) publish(list ...drill.Metric) {
	for _, m := range list {
		w.cloud.Put(drillAccount, drillRegion, cloudwatch.Metric{Namespace: metrics.Namespace, Name: m.Name, Dimensions: m.Dimensions, Unit: m.Unit}, m.Value, w.clock.Now())
	}
}

func ofAll(name string, value float64) drill.Metric {
	return drill.Metric{Name: name, Unit: "Count", Value: value, Dimensions: map[string]string{"Deployment": "prod"}}
}

// A deployment of ten hours. Everything is heard of once, soon after it began and
// not before; what is only new is heard of by nobody.
func TestTheRightAlarmIsRaised(t *testing.T) {
	const trouble = 3 * time.Hour // after the start
	start := noon.Add(-24 * time.Hour)
	fresh := func(age time.Duration) drill.Newest {
		at := start.Add(age)
		return drill.Newest{Primary: at, Copy: at, PrimaryKnown: true, CopyKnown: true}
	}
	every := func(interval time.Duration) func(time.Duration) drill.Newest { // a point at every multiple of it
		return func(since time.Duration) drill.Newest { return fresh(since.Truncate(interval)) }
	}
	healthy := every(30 * time.Minute)
	after := func(then func(time.Duration) drill.Newest) func(time.Duration) drill.Newest {
		return func(since time.Duration) drill.Newest {
			if since < trouble {
				return healthy(since)
			}
			return then(since)
		}
	}
	tests := map[string]struct {
		reason   string
		newest   func(since time.Duration) drill.Newest
		dies     string        // who, at the time of trouble
		verdict  time.Duration // when the last drill ended, after the start
		mute     time.Duration // before the first rounds of a new deployment
		warnings bool
		want     []string
	}{
		"healthy":           {"backups every half hour keep an hour", healthy, "", 0, 5 * time.Minute, false, nil},
		"new":               {"the sweeper comes after half an hour, and everybody late", healthy, "", 0, 9 * time.Minute, false, nil},
		"never runs":        {"a deployment in which nothing runs is heard of, once", healthy, "all", 0, 20 * time.Hour, false, []string{"15m ALARM monitor-silent"}},
		"stop":              {"the newest grows old", after(func(time.Duration) drill.Newest { return healthy(trouble) }), "", 0, 5 * time.Minute, false, []string{"246m ALARM backup-age-orders/a"}},
		"slow down":         {"every three hours is not every hour, and it is over for an hour each time", after(every(3 * time.Hour)), "", 0, 5 * time.Minute, false, []string{"246m ALARM backup-age-orders/a", "426m ALARM backup-age-orders/a"}},
		"vanish":            {"none is a breach", after(func(time.Duration) drill.Newest { return drill.Newest{PrimaryKnown: true, CopyKnown: true} }), "", 0, 5 * time.Minute, false, []string{"186m ALARM backup-age-orders/a"}},
		"deaf region":       {"what counts and is unknown is a breach; that a region is deaf is told of after an hour", after(func(time.Duration) drill.Newest { return drill.Newest{} }), "", 0, 5 * time.Minute, false, []string{"186m ALARM backup-age-orders/a", "236m ALARM region-unknown"}},
		"the monitor dies":  {"one cause, one page: the age of no database is told of beside it", healthy, "monitor", 0, 5 * time.Minute, false, []string{"201m ALARM monitor-silent"}},
		"the sweeper dies":  {"after an hour", healthy, "sweeper", 0, 5 * time.Minute, false, []string{"216m ALARM sweeper-silent"}},
		"the notifier dies": {"sooner: endings are told to nobody", healthy, "notifier", 0, 5 * time.Minute, false, []string{"211m ALARM notifier-silent"}},
		"all die":           {"one cause, one page", healthy, "all", 0, 5 * time.Minute, false, []string{"201m ALARM monitor-silent"}},
		"no drill":          {"counted from the start where there never was one", healthy, "", -68 * time.Hour, 5 * time.Minute, false, []string{"246m ALARM drills-overdue-orders/a"}},
		"no history":        {"after an hour, whatever the headroom was before", healthy, "history", 0, 5 * time.Minute, false, []string{"236m ALARM history-unknown"}},
		"warnings":          {"after an hour in which every round had them", healthy, "", 0, 5 * time.Minute, true, []string{"236m ALARM backup-warnings"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			specs := []drill.Spec{spec("a")}
			w := newDeployment(t, start, metrics.Deployed{Deployment: "prod", Limit: 9, Runbook: func(string) string { return "" }, Databases: []metrics.Watched{{Workload: "orders", Database: "a"}}})
			runs := func(who string, every, since time.Duration) bool {
				return since%every == 0 && since >= tc.mute && (since < trouble || tc.dies != who && tc.dies != "all")
			}
			for since := time.Duration(0); since < 10*time.Hour; since += time.Minute {
				if runs("monitor", monitor.Period, since) {
					newest := tc.newest(since)
					if tc.warnings && since >= trouble {
						newest.Findings = []drill.Finding{{Code: "SourceReplaced"}}
					}
					proofs, unknown := map[string]monitor.Proof{"orders/a": {Since: start.Add(tc.verdict), Every: 72 * time.Hour}}, 0.0
					if !runs("history", monitor.Period, since) {
						proofs, unknown = nil, 1
					}
					w.publish(monitor.Figures(w.clock.Now(), specs, map[string]drill.Newest{"orders/a": newest}, proofs)...)
					w.publish(ofAll(monitor.HistoryUnknown, unknown))
					w.publish(ofAll(monitor.MonitorRan, 1))
				}
				if runs("sweeper", 30*time.Minute, since) {
					w.publish(ofAll("Orphans", 0))
				}
				if runs("notifier", 15*time.Minute, since) {
					w.publish(ofAll("Unreported", 0))
				}
				w.clock.Advance(time.Minute)
			}
			if diff := cmp.Diff(tc.want, w.told); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

// The preflight has one figure a day. What it found is heard of at once and once,
// for as long as it is so; a day without a round is heard of two hours after it
// should have been, and a new deployment is heard of by nobody.
func TestAlarmsOfADailyRound(t *testing.T) {
	start := time.Date(2026, 11, 2, 9, 40, 0, 0, time.UTC) // the first preflight is at 05:00 on the next day
	tests := map[string]struct {
		reason            string
		findings, unknown func(day int) float64
		ran               func(day int) bool
		want              []string
	}{
		"all is well":      {"zero every day", never0, never0, always, nil},
		"found on day two": {"and mended before day five", between(2, 5), never0, always, []string{"day 2 06:00 ALARM recoverability", "day 5 09:00 OK recoverability"}},
		"unknown":          {"that is another alarm", never0, between(3, 4), always, []string{"day 3 06:00 ALARM recoverability-unknown", "day 4 09:00 OK recoverability-unknown"}},
		"dead since":       {"a missed round is told of", never0, never0, func(day int) bool { return day < 3 }, []string{"day 3 08:00 ALARM preflight-silent"}},
		"never ran":        {"not even once", never0, never0, func(int) bool { return false }, []string{"day 1 11:00 ALARM preflight-silent"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := newDeployment(t, start, metrics.Deployed{Deployment: "prod", Limit: 9, Runbook: func(string) string { return "" }})
			w.told = nil
			var told []string
			w.cloud.OnAlarm(func(c cloudwatch.Change) {
				if len(c.Actions()) > 0 || c.From == "ALARM" && !strings.HasPrefix(c.Alarm.Name, "monitor-silent") {
					day := c.At.Truncate(24*time.Hour).Sub(start.Truncate(24*time.Hour)).Hours() / 24
					told = append(told, fmt.Sprintf("day %.0f %s %s %s", day, c.At.Truncate(time.Hour).Format("15:04"), c.To, c.Alarm.Name))
				}
			})
			for since := time.Duration(0); since < 7*24*time.Hour; since += time.Minute {
				now := w.clock.Now()
				if since%monitor.Period == 0 {
					w.publish(ofAll(monitor.MonitorRan, 1), ofAll(monitor.HistoryUnknown, 0), ofAll(monitor.RegionUnknown, 0), ofAll("Orphans", 0), ofAll("Unreported", 0))
				}
				if day := int(now.Sub(start.Truncate(24*time.Hour)).Hours() / 24); now.Hour() == 5 && now.Minute() == 0 && tc.ran(day) {
					w.publish(ofAll("RecoverabilityFindings", tc.findings(day)), ofAll("RecoverabilityUnknown", tc.unknown(day)), ofAll("PreflightRan", 1))
				}
				w.clock.Advance(time.Minute)
			}
			if diff := cmp.Diff(tc.want, told); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func never0(int) float64 { return 0 }
func always(int) bool    { return true }

// between is 1 on these days, the last one not.
func between(from, until int) func(int) float64 {
	return func(day int) float64 {
		if day >= from && day < until {
			return 1
		}
		return 0
	}
}
