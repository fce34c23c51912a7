package metrics_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/metrics"
	"github.com/lifeboat-dr/lifeboat/pkg/rounds"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/cloudwatch"
)

// What an alarm on recoveries says stays until a round says otherwise: rounds that come
// a little late, or that cannot look, neither end it nor wake people a second time.
func TestAlarmsOnRecoveriesStay(t *testing.T) {
	for _, name := range []string{rounds.DecisionsWanted, rounds.RecoveriesUnended} {
		var a metrics.Alarm
		for _, m := range metrics.Table() {
			if m.Name == name {
				a = m.Alarms[0]
			}
		}
		virtual := clock.NewVirtual(noon)
		service := cloudwatch.New(cloudwatch.Options{Clock: virtual})
		var told []string
		service.OnAlarm(func(c cloudwatch.Change) {
			told = append(told, fmt.Sprint(c.To, " in minute ", int(c.At.Sub(noon).Minutes())))
		})
		metric := cloudwatch.Metric{Namespace: metrics.Namespace, Name: name, Dimensions: map[string]string{"Deployment": "prod"}}
		if err := service.AddAlarm(cloudwatch.Alarm{
			Name: a.Name, ARN: "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:" + a.Name, Account: "111122223333", Region: "eu-central-1",
			Metric: &metric, Statistic: a.Statistic, Comparison: "GreaterThanOrEqualToThreshold", Missing: string(a.Missing),
			Threshold: a.Threshold, Period: a.Period, Evaluations: a.Periods,
		}); err != nil {
			t.Fatal(err)
		}
		put := func(value float64, after time.Duration) {
			virtual.Advance(noon.Add(after).Sub(virtual.Now()))
			service.Put("111122223333", "eu-central-1", metric, value, noon.Add(after))
		}
		put(0, time.Minute)
		put(1, 16*time.Minute)
		put(1, 33*time.Minute)  // late
		put(1, 125*time.Minute) // rounds in between could not look
		put(0, 140*time.Minute) // somebody decided
		virtual.Advance(2 * time.Hour)
		var raised int
		for _, change := range told {
			if change[:5] == "ALARM" {
				raised++
			}
		}
		if last := told[len(told)-1]; raised != 1 || last[:2] != "OK" {
			t.Errorf("%s: %s", name, cmp.Diff([]string{"one ALARM, then OK"}, told))
		}
	}
}
