package monitor_test

import (
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/monitor"
)

// series are the figures of one metric by the period that they fall into.
type series map[time.Time]float64

// raised evaluates an alarm on FILL(metric, Missing): no period is without a
// figure, so CloudWatch takes the newest that are over.
func raised(a monitor.Alarm, s series, now time.Time) bool {
	newest := now.Truncate(monitor.Period).Add(-monitor.Period) // the last period that is over
	for i := range monitor.Evaluations {
		value, there := s[newest.Add(-time.Duration(i)*monitor.Period)]
		if !there {
			value = a.Missing
		}
		if value >= a.Threshold {
			return false
		}
	}
	return true
}

// Backups that stop, slow down, fail or vanish raise the database's alarm
// within two periods of the monitor (and the rest of the one that runs) after
// the objective is missed, and nothing before; so does a region that cannot be
// asked; a monitor that dies raises its own.
func TestTheRightAlarmIsRaised(t *testing.T) {
	const trouble = 2 * time.Hour // after the start
	start := noon.Add(-24 * time.Hour)
	backup := func(every time.Duration) func(time.Duration) drill.Newest { // a point at every multiple of it
		return func(since time.Duration) drill.Newest {
			at := start.Add(since.Truncate(every))
			return drill.Newest{Primary: at, Copy: at, PrimaryKnown: true, CopyKnown: true}
		}
	}
	healthy := backup(30 * time.Minute)
	after := func(then func(time.Duration) drill.Newest) func(time.Duration) drill.Newest {
		return func(since time.Duration) drill.Newest {
			if since < trouble {
				return healthy(since)
			}
			return then(since)
		}
	}
	tests := map[string]struct {
		reason string
		newest func(since time.Duration) drill.Newest
		dies   time.Duration // the monitor; 0: never
		alarm  string        // that is raised; "": none
		missed time.Duration // when the objective is missed, or nobody can know
		within time.Duration
	}{
		"healthy": {"backups every half hour keep an hour", healthy, 0, "", 0, 0},
		"stop":    {"the newest grows old", after(func(time.Duration) drill.Newest { return healthy(trouble) }), 0, "backup-age-orders/a", trouble + time.Hour, 3 * monitor.Period},
		"slow down": {
			"every three hours is not every hour",
			after(func(since time.Duration) drill.Newest { return backup(3 * time.Hour)(since) }), 0, "backup-age-orders/a", trouble, 3 * monitor.Period,
		},
		"the copy fails": {"the primary's are no help where it is lost", after(func(since time.Duration) drill.Newest {
			n := healthy(since)
			n.Copy = start.Add(trouble)
			return n
		}), 0, "backup-age-orders/a", trouble + time.Hour, 3 * monitor.Period},
		"vanish":      {"none is a breach", after(func(time.Duration) drill.Newest { return drill.Newest{PrimaryKnown: true, CopyKnown: true} }), 0, "backup-age-orders/a", trouble, 3 * monitor.Period},
		"deaf region": {"missing figures are a breach", after(func(time.Duration) drill.Newest { return drill.Newest{} }), 0, "backup-age-orders/a", trouble, 3 * monitor.Period},
		"dies":        {"nobody looks any more", healthy, trouble, "monitor-silent", trouble, 3 * monitor.Period},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			specs := []drill.Spec{spec("a")}
			alarms := monitor.Alarms(specs, 50)
			figures := map[string]series{monitor.RPOHeadroom: {}, monitor.MonitorRan: {}}
			first := map[string]time.Duration{}
			for since := time.Duration(0); since < 8*time.Hour; since += time.Minute {
				now := start.Add(since)
				if since%monitor.Period == 0 && (tc.dies == 0 || since < tc.dies) {
					period := now.Truncate(monitor.Period)
					figures[monitor.MonitorRan][period] = 1
					for _, m := range monitor.Figures(now, specs, map[string]drill.Newest{"orders/a": tc.newest(since)}, nil) {
						if m.Name == monitor.RPOHeadroom && m.Dimensions["Database"] != "" {
							figures[monitor.RPOHeadroom][period] = m.Value
						}
					}
				}
				for _, a := range alarms {
					if _, already := first[a.Name]; !already && since > 30*time.Minute && raised(a, figures[a.Metric], now) {
						first[a.Name] = since
					}
				}
			}
			if tc.alarm == "" {
				if len(first) > 0 {
					t.Errorf("%s: raised %v", tc.reason, first)
				}
				return
			}
			at, ok := first[tc.alarm]
			if !ok || at < tc.missed || at > tc.missed+tc.within {
				t.Errorf("%s: raised %v, want %s between %s and %s", tc.reason, first, tc.alarm, tc.missed, tc.missed+tc.within)
			}
		})
	}
}
