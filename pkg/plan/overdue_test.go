package plan_test

import (
	"math"
	"strings"
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
		"every hour":      {"a drill takes hours itself", plan.Drill{Schedule: "cron(5 * * * ? *)"}, day},
		"five minutes":    {"the same", plan.Drill{Schedule: "rate(5 minutes)"}, day},
		"every 13 hours":  {"above a day it is twice", plan.Drill{Schedule: "rate(13 hours)"}, 26 * time.Hour},
		"far apart":       {"durations end at 292 years", plan.Drill{Schedule: "cron(0 3 1 1 ? 2027,2199)"}, math.MaxInt64 - 1},
		"fifth Monday":    {"of February: 2072 to 2112, 2100 being no leap year", plan.Drill{Schedule: "cron(0 3 ? 2 2#5 *)"}, 2 * 14609 * day},
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

// A schedule that never comes drills nothing, and one that comes once has no interval.
func TestSchedulesThatDoNotComeAgain(t *testing.T) {
	for schedule, c := range map[string]struct {
		every plan.Duration
		says  string // "": allowed
	}{
		"cron(0 3 31 2 ? *)":          {0, "never comes"},
		"cron(0 3 30 2 ? 2028)":       {plan.Duration(9 * day), "never comes"},
		"cron(0 3 1 1 ? 2020)":        {0, "never comes"},
		"cron(0 3 1 1 ? 2020,2021)":   {0, "never comes"},
		"cron(0 3 1 1 ? 2040)":        {0, "comes once"},
		"cron(0 3,4 1 1 ? 2040)":      {0, ""},
		"cron(0 3 29 2 ? *)":          {0, ""},
		"cron(0 3 ? 2 2#5 *)":         {0, ""},
		"cron(0 3 31 * ? *)":          {0, ""},
		"cron(0 3 1 1 ? 2027,2199)":   {0, ""},
		"rate(36500 days)":            {0, ""},
		"rate(36501 days)":            {0, "at most a hundred years"},
		"rate(9999999999999 minutes)": {0, "at most a hundred years"},
	} {
		p := plan.Plan{Workloads: []plan.Workload{{Databases: []plan.Database{{Kind: plan.KindRDSInstance, Drill: plan.Drill{Schedule: schedule, Every: c.every}}}}}}
		said := ""
		for _, problem := range p.Validate() {
			if strings.HasSuffix(problem.Path, "drill.schedule") {
				said = problem.String()
			}
		}
		if (said == "") != (c.says == "") || !strings.Contains(said, c.says) {
			t.Errorf("%s: %q, want %q", schedule, said, c.says)
		}
	}
	once := plan.Plan{Workloads: []plan.Workload{{Databases: []plan.Database{{Kind: plan.KindRDSInstance, Drill: plan.Drill{Schedule: "cron(0 3 1 1 ? 2040)", Every: plan.Duration(9 * day)}}}}}}
	for _, problem := range once.Validate() {
		if strings.HasSuffix(problem.Path, "drill.schedule") {
			t.Errorf("with every: %s", problem)
		}
	}
}

func TestShortest(t *testing.T) {
	for expression, want := range map[string]time.Duration{
		"cron(0 * * * ? *)":          time.Hour,
		"cron(0,59 * * * ? *)":       time.Minute, // from :59 to the next hour
		"cron(0 3 * * ? *)":          24 * time.Hour,
		"cron(0 0,23 * * ? *)":       time.Hour, // over midnight
		"cron(0 0,23 ? * MON,WED *)": 23 * time.Hour,
		"cron(0 3 1,2 * ? *)":        24 * time.Hour,
		"cron(0 0 1 1 ? 2030)":       0,
		"cron(30 1/2 * * ? *)":       2 * time.Hour,
		"cron(0 3 ? * SUN *)":        7 * 24 * time.Hour,
		"rate(90 minutes)":           90 * time.Minute,
	} {
		s, err := plan.ParseSchedule(expression)
		if err != nil || s.Shortest() != want {
			t.Errorf("%s: %v, want %v: %v", expression, s.Shortest(), want, err)
		}
	}
}
