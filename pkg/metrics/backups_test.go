package metrics_test

import (
	"testing"
	"time"
	"unicode/utf8"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/metrics"
)

// What waits for a backup waits as long as the rules leave at worst, in whole hours;
// more than an alarm can look back, nothing waits.
func TestAlarmsOfBackupJobs(t *testing.T) {
	for name, c := range map[string]struct {
		reason   string
		expected time.Duration
		periods  int // 0: there is no such alarm
	}{
		"hourly":       {"a part of an hour is a whole one", 2*time.Hour + 10*time.Minute, 3},
		"whole hours":  {"none is added", 26 * time.Hour, 26},
		"a week":       {"as far as CloudWatch looks", 7 * 24 * time.Hour, 168},
		"monthly":      {"further than CloudWatch looks", 32 * 24 * time.Hour, 0},
		"no rules":     {"nothing is expected", 0, 0},
		"a short rule": {"one hour at least", time.Minute, 1},
	} {
		t.Run(name, func(t *testing.T) {
			got := 0
			for _, r := range metrics.JobAlarms(metrics.Vaulted{Deployment: "prod", Vault: "lifeboat-prod", Expected: c.expected, Runbook: deployed.Runbook, Dashboard: "https://example.com"}) {
				if r.Dimensions["BackupVaultName"] != "lifeboat-prod" || len(r.Dimensions) != 1 || r.Metric.Namespace != "AWS/Backup" {
					t.Errorf("%s looks at %s %v", r.Name, r.Metric.Namespace, r.Dimensions)
				}
				if n := utf8.RuneCountInString(r.Description); n > 1024 {
					t.Errorf("%s: %d characters", r.Name, n)
				}
				if r.Topic == metrics.Ticket {
					got = r.Periods
				}
			}
			if got != c.periods {
				t.Errorf("%s: %d periods, not %d", c.reason, got, c.periods)
			}
		})
	}
}
