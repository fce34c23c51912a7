package plan_test

import (
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

const day = 24 * time.Hour

func TestDrillsAreOverdue(t *testing.T) {
	tests := map[string]struct {
		reason string
		drill  plan.Drill
		want   time.Duration
	}{
		"declared":        {"the plan's word", plan.Drill{Schedule: "cron(0 3 1 * ? *)", Every: plan.Duration(40 * day)}, 40 * day},
		"monthly":         {"twice the longest month", plan.Drill{Schedule: "cron(0 3 1 * ? *)"}, 62 * day},
		"a rate":          {"twice the rate", plan.Drill{Schedule: "rate(7 days)"}, 14 * day},
		"weekdays":        {"a weekend is three days from Friday to Monday", plan.Drill{Schedule: "cron(0 3 ? * MON-FRI *)"}, 6 * day},
		"twice a day":     {"from 15:00 to 03:00", plan.Drill{Schedule: "cron(0 3,15 * * ? *)"}, day},
		"every hour":      {"also over midnight", plan.Drill{Schedule: "cron(5 * * * ? *)"}, 2 * time.Hour},
		"office hours":    {"the night is the longest", plan.Drill{Schedule: "cron(0 9-17 * * ? *)"}, 32 * time.Hour},
		"each quarter":    {"July to October has 92 days, as October to January", plan.Drill{Schedule: "cron(0 3 1 1/3 ? *)"}, 184 * day},
		"leap days":       {"four years", plan.Drill{Schedule: "cron(0 3 29 2 ? *)"}, 2 * 1461 * day},
		"last Friday":     {"five weeks", plan.Drill{Schedule: "cron(0 3 ? * 6L *)"}, 70 * day},
		"one year":        {"its months", plan.Drill{Schedule: "cron(0 3 1 * ? 2040)"}, 62 * day},
		"once":            {"it has no interval", plan.Drill{Schedule: "cron(0 3 1 1 ? 2040)"}, 35 * day},
		"by hand":         {"nothing says how often", plan.Drill{}, 35 * day},
		"by hand, weekly": {"the plan says", plan.Drill{Every: plan.Duration(7 * day)}, 7 * day},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tc.drill.Overdue(); got != tc.want {
				t.Errorf("%s: %s, want %s", tc.reason, got, tc.want)
			}
		})
	}
}
