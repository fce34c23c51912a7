package planfile

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"
	"time"
)

// fleet is a plan with n RDS instances that lifeboat backs up, each with an RPO, a
// schedule and, where windows is set, a maintenance window of its own: rules follow
// from all of them.
func fleet(n int, windows bool) []byte {
	var out bytes.Buffer
	out.WriteString("version: 1\ndeployment: fleet\nnotify: [oncall@example.com]\nregions: {primary: eu-west-1, recovery: eu-central-1}\nbackup: {manage: true}\nworkloads:\n")
	for i := range n {
		if i%10 == 0 {
			fmt.Fprintf(&out, "  - name: workload-%d\n    objectives: {rto: 2h, rpo: %dh}\n    assumptions: {restore: 40m}\n    databases:\n", i, 3+i/10%20)
		}
		hour, minute := i/7%22, i*13%60
		window := "sun:04:00-sun:04:30"
		if windows {
			day := time.Weekday(i % 7).String()[:3]
			window = fmt.Sprintf("%s:%02d:%02d-%s:%02d:%02d", day, hour, minute, day, hour+1, minute)
		}
		fmt.Fprintf(&out, "      - name: db-%d\n        kind: rds-instance\n        rds: {source: db-%d}\n        backup: {maintenanceWindow: %q}\n        drill: {schedule: 'cron(%d %d %d * ? *)'}\n        checks:\n"+
			"          - {name: rows, sql: select count(*) from t, expect: {min: 1}}\n          - {name: fresh, sql: select max(at) from t, expect: {maxAge: 60m}}\n", i, i, window, minute, hour, i%28+1)
	}
	return out.Bytes()
}

// fleets are read beside their file by the YAML parser alone, the stated peer, in the
// same run: the ratio is that of the work, whatever the machine is busy with.
var fleets = map[string]struct {
	windows bool
	most    float64 // times the parser
}{"OneWindow": {false, 3}, "TheirOwnWindows": {true, 4}}

func BenchmarkFleet(b *testing.B) {
	for name, f := range fleets {
		data := fleet(10_000, f.windows)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var whole, parser time.Duration
			for b.Loop() {
				begun := time.Now()
				if _, err := Parse("fleet.yaml", data); err != nil {
					b.Fatal(err)
				}
				whole += time.Since(begun)
				b.StopTimer()
				begun = time.Now()
				if _, err := readNode(data); err != nil {
					b.Fatal(err)
				}
				parser += time.Since(begun)
				b.StartTimer()
			}
			ratio := float64(whole) / float64(parser)
			b.ReportMetric(ratio, "x-parser")
			if ratio > f.most {
				b.Errorf("%.1f times what the parser takes, %.0f are the limit", ratio, f.most)
			}
		})
	}
}

func TestMemoryOfAFleet(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector takes memory of its own: make test runs it without one, too")
	}
	for name, f := range fleets {
		data := fleet(10_000, f.windows)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := Parse("fleet.yaml", data); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 500 {
			t.Errorf("%s: loading allocated %d MB", name, mb)
		}
	}
}
