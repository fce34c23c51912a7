package planfile

import (
	"os"
	"strings"
	"testing"
)

// A database that is drilled as planned must never be overdue.
func TestEveryIsLongerThanTheSchedule(t *testing.T) {
	example, err := os.ReadFile("../../examples/rds/lifeboat.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for every, c := range map[string]struct{ reason, mention string }{
		"40d": {"a month and some days", ""},
		"31d": {"a drill takes time as well, and months have 31 days", "longer than 31d"},
		"7d":  {"the schedule is monthly", "leave it out for 62d"},
		"40":  {"a number without a unit", "unit"},
	} {
		text := strings.Replace(string(example), "          schedule: cron", "          every: "+every+"\n          schedule: cron", 1)
		_, err := Parse("p", []byte(text))
		if (c.mention == "") != (err == nil) || err != nil && (!strings.Contains(err.Error(), c.mention) || !strings.Contains(err.Error(), "p:53:")) {
			t.Errorf("%s: %s: %v", every, c.reason, err)
		}
	}
	local := "version: 1\ndeployment: prod\nworkloads:\n  - name: w\n    objectives: {rto: 1h, rpo: 1h}\n    databases:\n      - name: d\n        kind: postgres\n        postgres: {backups: b/*}\n" +
		"        drill: {every: 40d}\n        checks: [{name: c, sql: select count(*) from t, expect: {min: 1}}]\n"
	if _, err := Parse("p", []byte(local)); err == nil || !strings.Contains(err.Error(), "drill.every") {
		t.Errorf("nobody watches databases of kind postgres: %v", err)
	}
}
