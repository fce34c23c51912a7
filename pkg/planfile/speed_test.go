package planfile

import (
	"bytes"
	"fmt"
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

func BenchmarkFleet(b *testing.B) {
	for name, windows := range map[string]bool{"OneWindow": false, "TheirOwnWindows": true} {
		data := fleet(10_000, windows)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse("fleet.yaml", data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
