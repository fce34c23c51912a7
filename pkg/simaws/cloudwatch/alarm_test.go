package cloudwatch_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const topic = "arn:aws:sns:eu-central-1:111122223333:oncall"

// lag is when within a minute alarms are evaluated.
const lag = 10 * time.Second

// watched is a metric that alarms of tests look at.
var watched = cloudwatch.Metric{Namespace: "Lifeboat", Name: "Orphans", Dimensions: map[string]string{"Deployment": "prod"}}

// alarm is raised by a value of 1 in a period of five minutes.
func alarm(change func(*cloudwatch.Alarm)) cloudwatch.Alarm {
	m := watched
	m.Dimensions = maps.Clone(m.Dimensions)
	a := cloudwatch.Alarm{
		Name: "lifeboat-prod-orphans", Account: account, Region: region, Description: "What to do", Actions: []string{topic}, ActionsEnabled: true,
		Metric: &m, Statistic: "Maximum", Comparison: "GreaterThanOrEqualToThreshold", Missing: "notBreaching", Threshold: 1,
		Period: 5 * time.Minute, Evaluations: 1,
	}
	if change != nil {
		change(&a)
	}
	if a.ARN == "" {
		a.ARN = wire.ARN("cloudwatch", a.Region, a.Account, "alarm:"+a.Name)
	}
	return a
}

// onMath makes the alarm one on an expression over m1 and m2.
func onMath(expression string) func(*cloudwatch.Alarm) {
	return func(a *cloudwatch.Alarm) {
		first, second := watched, watched
		second.Name = "Other"
		a.Metrics = []cloudwatch.Query{
			{ID: "e1", Expression: expression, Label: "what", ReturnData: true},
			{ID: "m1", Metric: &first, Stat: "Maximum", Period: 5 * time.Minute},
			{ID: "m2", Metric: &second, Stat: "Maximum", Period: 5 * time.Minute},
		}
		a.Metric, a.Statistic, a.Period = nil, "", 0
	}
}

type watch struct {
	*cloudwatch.Service
	clock   *clock.Virtual
	changes []cloudwatch.Change
}

func newWatch() *watch {
	w := &watch{clock: clock.NewVirtual(start)}
	w.Service = cloudwatch.New(cloudwatch.Options{Clock: w.clock})
	w.OnAlarm(func(c cloudwatch.Change) { w.changes = append(w.changes, c) })
	return w
}

func (w *watch) put(value float64, after time.Duration) {
	w.Put(account, region, watched, value, start.Add(after))
}

// told are the changes, as minutes and seconds after the start and the state.
func (w *watch) told() []string {
	var list []string
	for _, c := range w.changes {
		list = append(list, fmt.Sprintf("%s %s", c.At.Sub(start), c.To))
	}
	return list
}

// The tables of
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html:
// the five newest windows, the newest on the right; 0 is within the threshold,
// X breaches it, - is missing. Three windows are evaluated.
func TestMissingData(t *testing.T) {
	const (
		ok, raised, none, same = "OK", "ALARM", "INSUFFICIENT_DATA", "as it was"
	)
	tests := map[string]struct {
		reason                                   string
		data                                     string
		m                                        int
		missing, ignore, breaching, notBreaching string
	}{
		"3 of 3, one missing":                  {"three are there", "0-X-X", 3, ok, ok, ok, ok},
		"3 of 3, one old":                      {"one within the threshold is against an alarm", "0----", 3, ok, ok, ok, ok},
		"3 of 3, none":                         {"the setting decides alone", "-----", 3, none, same, raised, ok},
		"3 of 3, three breaching":              {"the missing one is not needed", "0XX-X", 3, raised, raised, raised, raised},
		"3 of 3, premature":                    {"old enough, and none is against it", "--X--", 3, raised, same, raised, ok},
		"3 of 3, too early":                    {"the next may be within the threshold", "----X", 3, same, same, raised, ok},
		"3 of 3, still too early":              {"so may it be here", "---X-", 3, same, same, raised, ok},
		"3 of 3, then within":                  {"and here it was", "---X0", 3, ok, ok, ok, ok},
		"3 of 3, within a while later":         {"or here", "--X-0", 3, ok, ok, ok, ok},
		"2 of 3, one missing":                  {"two of the newest three", "0-X-X", 2, raised, raised, raised, raised},
		"2 of 3, none missing":                 {"older ones are not needed", "00X0X", 2, raised, raised, raised, raised},
		"2 of 3, not needed":                   {"the two oldest are ignored", "XX0X0", 2, ok, ok, ok, ok},
		"2 of 3, one to fill":                  {"a missing one makes the second", "0-X--", 2, ok, ok, raised, ok},
		"2 of 3, two to fill":                  {"two missing ones make both", "----0", 2, ok, ok, raised, ok},
		"2 of 3, premature":                    {"as old as the two that are needed", "---X-", 2, raised, same, raised, ok},
		"1 of 3, the newest":                   {"one is enough, and it is there", "----X", 1, raised, raised, raised, raised},
		"3 of 3, complete":                     {"the newest three", "00XXX", 3, raised, raised, raised, raised},
		"3 of 3, complete and within":          {"one of the newest three", "XX0XX", 3, ok, ok, ok, ok},
		"out of the range of five":             {"what is older counts for nothing", "X-----", 3, none, same, raised, ok},
		"out of the range, enough in it":       {"what is older counts for nothing", "X000--", 3, ok, ok, ok, ok},
		"breaching ones that are out of range": {"what is older counts for nothing", "XXX--0--", 3, ok, ok, ok, ok},
	}
	for name, tc := range tests {
		for missing, want := range map[string]string{
			"missing": tc.missing, "ignore": tc.ignore, "breaching": tc.breaching, "notBreaching": tc.notBreaching,
		} {
			for _, before := range []string{ok, raised, none} {
				t.Run(name+"/"+missing+"/"+before, func(t *testing.T) {
					w := newWatch()
					now := time.Duration(len(tc.data)) * 5 * time.Minute
					w.clock.Advance(now)
					if err := w.AddAlarm(alarm(func(a *cloudwatch.Alarm) {
						a.Evaluations, a.DatapointsToAlarm, a.Missing = 3, tc.m, missing
					})); err != nil {
						t.Fatal(err)
					}
					if before != none {
						w.set(t, before)
					}
					for i, what := range tc.data {
						if what != '-' {
							w.put(map[rune]float64{'0': 0, 'X': 1}[what], time.Duration(i)*5*time.Minute)
						}
					}
					w.clock.Advance(lag)
					wanted := want
					if want == same {
						wanted = before
					}
					if got := w.Alarms()[0]; got.State != wanted {
						t.Errorf("%s: %s is %s, was %s, want %s: %s", tc.reason, tc.data, got.State, before, wanted, got.Reason)
					}
				})
			}
		}
	}
}

func (w *watch) set(t *testing.T, state string) {
	t.Helper()
	if err := setState(w.Service, w.clock, "lifeboat-prod-orphans", state); err != nil {
		t.Fatal(err)
	}
}

// The window of an alarm slides by the minute; it is not that of a graph.
func TestWindowsSlide(t *testing.T) {
	w := newWatch()
	if err := w.AddAlarm(alarm(nil)); err != nil {
		t.Fatal(err)
	}
	if got := w.Alarms()[0]; got.State != "INSUFFICIENT_DATA" || got.Reason != "Unchecked: Initial alarm creation" {
		t.Errorf("a new alarm is %s: %s", got.State, got.Reason)
	}
	w.clock.Advance(7 * time.Minute)
	w.put(1, 7*time.Minute+20*time.Second)
	w.clock.Advance(time.Hour)
	want := []string{
		"10s OK",      // at once: no data are within the threshold
		"8m10s ALARM", // the minute of the datum is over
		"23m10s OK",   // 8 + 3*5: it is out of the evaluation range of 1+2 periods
	}
	if diff := cmp.Diff(want, w.told()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNothingToDoSetsNoTimer(t *testing.T) {
	w := newWatch()
	for _, missing := range []string{"missing", "breaching", "notBreaching", "ignore"} {
		if err := w.AddAlarm(alarm(func(a *cloudwatch.Alarm) { a.Name, a.Missing = missing, missing })); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.AddAlarm(alarm(onMath("FILL(m1, -1) + FILL(m2, REPEAT)"))); err != nil {
		t.Fatal(err)
	}
	w.put(1, 0)
	steps := 0
	for w.clock.Step() {
		if steps++; steps > 100 {
			t.Fatal("timers are set for ever")
		}
	}
}

func TestLateDataChangeTheResult(t *testing.T) {
	w := newWatch()
	if err := w.AddAlarm(alarm(func(a *cloudwatch.Alarm) { a.Statistic, a.Threshold, a.Period = "Sum", 5, time.Minute })); err != nil {
		t.Fatal(err)
	}
	w.put(3, time.Minute)
	w.clock.Advance(2*time.Minute + lag)
	w.put(3, time.Minute+30*time.Second) // belongs to a minute that was evaluated
	w.clock.Advance(time.Minute)
	w.put(9, -time.Hour) // too old for any window
	w.clock.Advance(time.Hour)
	want := []string{"10s OK", "3m10s ALARM", "5m10s OK"}
	if diff := cmp.Diff(want, w.told()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDataOfTheFuture(t *testing.T) {
	w := newWatch()
	if err := w.AddAlarm(alarm(nil)); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Minute)
	w.put(1, 30*time.Minute)
	w.clock.Advance(time.Hour)
	if diff := cmp.Diff([]string{"10s OK", "31m10s ALARM", "46m10s OK"}, w.told()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestStatisticsAndComparisons(t *testing.T) {
	values := []float64{1, 2, 6} // sum 9, average 3
	tests := map[string]struct {
		reason, statistic, comparison string
		threshold                     float64
		want                          string
	}{
		"sum over":          {"9 > 8", "Sum", "GreaterThanThreshold", 8, "ALARM"},
		"sum is":            {"9 > 9 is not", "Sum", "GreaterThanThreshold", 9, "OK"},
		"sum reaches":       {"9 >= 9", "Sum", "GreaterThanOrEqualToThreshold", 9, "ALARM"},
		"average below":     {"3 < 4", "Average", "LessThanThreshold", 4, "ALARM"},
		"average is":        {"3 < 3 is not", "Average", "LessThanThreshold", 3, "OK"},
		"average reaches":   {"3 <= 3", "Average", "LessThanOrEqualToThreshold", 3, "ALARM"},
		"minimum":           {"1 >= 2 is not", "Minimum", "GreaterThanOrEqualToThreshold", 2, "OK"},
		"maximum":           {"6 >= 2", "Maximum", "GreaterThanOrEqualToThreshold", 2, "ALARM"},
		"number of samples": {"3 < 4", "SampleCount", "LessThanThreshold", 4, "ALARM"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWatch()
			if err := w.AddAlarm(alarm(func(a *cloudwatch.Alarm) {
				a.Statistic, a.Comparison, a.Threshold = tc.statistic, tc.comparison, tc.threshold
			})); err != nil {
				t.Fatal(err)
			}
			for i, value := range values {
				w.put(value, time.Duration(i-3)*time.Minute)
			}
			w.clock.Advance(lag)
			if got := w.Alarms()[0]; got.State != tc.want {
				t.Errorf("%s: %s: %s", tc.reason, got.State, got.Reason)
			}
		})
	}
}

func TestUnits(t *testing.T) {
	w := newWatch()
	if err := w.AddAlarm(alarm(func(a *cloudwatch.Alarm) { a.Metric.Unit = "Seconds" })); err != nil {
		t.Fatal(err)
	}
	count := watched
	count.Unit = "Count"
	w.Put(account, region, count, 1, start.Add(-time.Minute))
	w.clock.Advance(lag)
	if got := w.Alarms()[0].State; got != "OK" {
		t.Errorf("data of another unit are seen: %s", got)
	}
	count.Unit = "Seconds"
	w.Put(account, region, count, 1, start)
	w.clock.Advance(time.Minute)
	if got := w.Alarms()[0].State; got != "ALARM" {
		t.Errorf("data of the unit are not seen: %s", got)
	}
}

// An alarm's interval decides how often it is evaluated.
func TestHowOften(t *testing.T) {
	t.Run("ten seconds", func(t *testing.T) {
		w := newWatch()
		if err := w.AddAlarm(alarm(func(a *cloudwatch.Alarm) { a.Period = 10 * time.Second })); err != nil {
			t.Fatal(err)
		}
		w.put(1, time.Minute)
		w.clock.Advance(time.Hour)
		if diff := cmp.Diff([]string{"1s OK", "1m11s ALARM", "1m41s OK"}, w.told()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	// "Example of evaluating a multi-day alarm" of the user guide: a job that runs
	// every three days at 10:00 fails at 10:02.
	t.Run("days", func(t *testing.T) {
		w := newWatch() // at 03:00
		if err := w.AddAlarm(alarm(func(a *cloudwatch.Alarm) { a.Period, a.Evaluations = 72*time.Hour, 1 })); err != nil {
			t.Fatal(err)
		}
		w.put(0, -time.Hour)
		w.put(1, 7*time.Hour+2*time.Minute)
		w.clock.Advance(24 * time.Hour)
		if diff := cmp.Diff([]string{"3m0s OK", "8h3m0s ALARM"}, w.told()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestMath(t *testing.T) {
	const missing = -99
	tests := map[string]struct {
		reason, expression string
		first, second      []float64 // of m1 and m2, the newest period last
		want               []float64
	}{
		"fill":                   {"with a number", "FILL(m1, -1)", []float64{2, missing, 4}, nil, []float64{2, -1, 4}},
		"fill what is empty":     {"there is not one datum", "FILL(m1, 7)", nil, nil, []float64{7, 7, 7}},
		"fill by a sum":          {"a scalar is worked out", "FILL(m1, (1+2)*-2)", []float64{missing, 2, 2}, nil, []float64{-6, 2, 2}},
		"repeat":                 {"what was before it", "FILL(m1, REPEAT)", []float64{missing, 2, missing}, nil, []float64{missing, 2, 2}},
		"sum":                    {"one that is missing counts as 0", "m1+m2", []float64{1, missing, missing}, []float64{2, 3, missing}, []float64{3, 3, missing}},
		"precedence":             {"products before sums", "m1 + m2 * 2 ^ 2", []float64{1, 1, 1}, []float64{2, 3, 4}, []float64{9, 13, 17}},
		"brackets":               {"first", "(m1 + m2) * 2", []float64{1, 1, 1}, []float64{2, 3, 4}, []float64{6, 8, 10}},
		"division by zero":       {"drops the datum", "m1/m2", []float64{1, 4, 1}, []float64{0, 2, missing}, []float64{missing, 2, missing}},
		"sign":                   {"unary", "-m1", []float64{1, -2, missing}, nil, []float64{-1, 2, missing}},
		"scalar":                 {"makes no datum", "m1 * 100", []float64{missing, 2, 3}, nil, []float64{missing, 200, 300}},
		"comparison":             {"AWS's example", "m1 < m2", []float64{30, 20, 0}, []float64{20, missing, 20}, []float64{0, 0, 1}},
		"and":                    {"AWS's example", "(m1 > 15 AND m2 > 15)", []float64{30, 20, 0}, []float64{20, missing, 20}, []float64{1, 0, 0}},
		"or":                     {"the signs work as well", "m1 > 15 || m2 > 15", []float64{30, 2, 0}, []float64{0, 0, 20}, []float64{1, 0, 1}},
		"if":                     {"low values only", "IF(m1<400, m1)", []float64{500, 20, missing}, nil, []float64{missing, 20, missing}},
		"if of scalars":          {"highs and lows", "IF(m1<400, 10, 2)", []float64{500, 20, missing}, nil, []float64{2, 10, missing}},
		"if of series":           {"AWS's table", "IF(m1, m2, m1)", []float64{1, 1, 0}, []float64{30, missing, 5}, []float64{30, 0, 0}},
		"if then scalar":         {"AWS's table", "IF(m1, 5, m2)", []float64{1, 0, 0}, []float64{missing, 20, missing}, []float64{5, 20, missing}},
		"if else scalar":         {"AWS's table", "IF(m1, m2, 5)", []float64{1, 1, 0}, []float64{30, missing, 7}, []float64{30, 0, 5}},
		"if by a scalar":         {"the one or the other", "IF(0, m1, m2)", []float64{1, 1, 1}, []float64{2, missing, 3}, []float64{2, missing, 3}},
		"another line by its id": {"expressions build on each other", "m3 * 2", []float64{1, 2, 3}, []float64{1, 1, 1}, []float64{4, 6, 8}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWatch()
			// An alarm for each value that may be there, and its period.
			def := alarm(func(a *cloudwatch.Alarm) {
				onMath(tc.expression)(a)
				a.Evaluations, a.DatapointsToAlarm, a.Comparison, a.Threshold = 3, 1, "GreaterThanThreshold", -1000
				a.Missing = "missing"
				a.Metrics = append(a.Metrics, cloudwatch.Query{ID: "m3", Expression: "m1 + m2"})
			})
			if err := w.AddAlarm(def); err != nil {
				t.Fatal(err)
			}
			for i := range 3 {
				at := start.Add(time.Duration(i-3) * 5 * time.Minute)
				if i < len(tc.first) && tc.first[i] != missing {
					w.Put(account, region, watched, tc.first[i], at)
				}
				if i < len(tc.second) && tc.second[i] != missing {
					other := watched
					other.Name = "Other"
					w.Put(account, region, other, tc.second[i], at)
				}
			}
			w.clock.Advance(lag)
			got := []float64{missing, missing, missing}
			if len(w.changes) == 1 {
				var data struct {
					Evaluated []struct {
						Timestamp string
						Value     float64
					} `json:"evaluatedDatapoints"`
				}
				if err := json.Unmarshal([]byte(w.changes[0].Data), &data); err != nil {
					t.Fatal(err)
				}
				for _, d := range data.Evaluated {
					at, err := time.Parse("2006-01-02T15:04:05.000-0700", d.Timestamp)
					if err != nil {
						t.Fatal(err)
					}
					if i := 3 + int(at.Sub(start)/(5*time.Minute)); i >= 0 {
						got[i] = d.Value
					}
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func TestAlarmsThatCannotBe(t *testing.T) {
	tests := map[string]struct {
		reason string
		change func(*cloudwatch.Alarm)
		code   string
		names  string // in the message
	}{
		"no name":           {"is required", func(a *cloudwatch.Alarm) { a.Name = "" }, "ValidationError", "name"},
		"long name":         {"255 at most", func(a *cloudwatch.Alarm) { a.Name = strings.Repeat("a", 256) }, "ValidationError", "255"},
		"another's ARN":     {"must be that of the name", func(a *cloudwatch.Alarm) { a.ARN = topic }, "ValidationError", topic},
		"six actions":       {"five at most", func(a *cloudwatch.Alarm) { a.OKActions = slices.Repeat([]string{topic}, 6) }, "ValidationError", "actions"},
		"no ARN":            {"an action is one", func(a *cloudwatch.Alarm) { a.Actions = []string{"oncall"} }, "ValidationError", "oncall"},
		"another region":    {"the topic is in the alarm's", func(a *cloudwatch.Alarm) { a.Actions = []string{strings.Replace(topic, region, "eu-west-1", 1)} }, "ValidationError", "eu-west-1"},
		"EC2":               {"actions are of SNS and Lambda here", func(a *cloudwatch.Alarm) { a.Actions = []string{"arn:aws:automate:eu-central-1:ec2:stop"} }, "NotSimulated", "automate"},
		"percentile":        {"is not simulated", func(a *cloudwatch.Alarm) { a.Statistic, a.ExtendedStatistic = "", "p99" }, "NotSimulated", "p99"},
		"both statistics":   {"one or the other", func(a *cloudwatch.Alarm) { a.ExtendedStatistic = "p99" }, "ValidationError", "ExtendedStatistic"},
		"anomaly":           {"is not simulated", func(a *cloudwatch.Alarm) { a.Comparison = "GreaterThanUpperThreshold" }, "NotSimulated", "GreaterThanUpperThreshold"},
		"missing data":      {"one of four", func(a *cloudwatch.Alarm) { a.Missing = "notbreaching" }, "ValidationError", "notbreaching"},
		"period":            {"of whole minutes", func(a *cloudwatch.Alarm) { a.Period = 90 * time.Second }, "ValidationError", "1m30s"},
		"no periods":        {"one at least", func(a *cloudwatch.Alarm) { a.Evaluations = 0 }, "ValidationError", "0 evaluation periods"},
		"more than all":     {"M of N", func(a *cloudwatch.Alarm) { a.DatapointsToAlarm = 2 }, "ValidationError", "2 datapoints of 1"},
		"more than a day":   {"with periods below an hour", func(a *cloudwatch.Alarm) { a.Evaluations = 289 }, "ValidationError", "24h5m"},
		"more than a week":  {"is too much", func(a *cloudwatch.Alarm) { a.Period, a.Evaluations = 24*time.Hour, 8 }, "ValidationError", "192h"},
		"no metric":         {"one is needed", func(a *cloudwatch.Alarm) { a.Metric = nil }, "ValidationError", "needs a metric"},
		"unit":              {"is one of a set", func(a *cloudwatch.Alarm) { a.Metric.Unit = "Minutes" }, "ValidationError", "Minutes"},
		"no namespace":      {"one is needed", func(a *cloudwatch.Alarm) { a.Metric.Namespace = "" }, "InvalidParameterValueException", "Namespace"},
		"function":          {"is not simulated", onMath("SUM(METRICS())"), "NotSimulated", "SUM"},
		"a list":            {"is not simulated", onMath("[m1, m2]"), "NotSimulated", "lists"},
		"linear":            {"is not simulated", onMath("FILL(m1, LINEAR)"), "NotSimulated", "LINEAR"},
		"fill by a metric":  {"is not simulated", onMath("FILL(m1, m2)"), "NotSimulated", "FILL with a metric"},
		"a scalar":          {"cannot be watched", onMath("1+1"), "ValidationError", "scalar"},
		"unknown line":      {"does not exist", onMath("m9"), "ValidationError", "m9"},
		"circle":            {"depends on itself", onMath("e1 + m1"), "ValidationError", "depends on itself"},
		"open bracket":      {"is no expression", onMath("(m1"), "ValidationError", "bracket"},
		"open function":     {"is no expression", onMath("FILL(m1, 1"), "ValidationError", "bracket"},
		"half":              {"is no expression", onMath("m1 +"), "ValidationError", "too early"},
		"two":               {"is no expression", onMath("m1 m2"), "ValidationError", "behind"},
		"sign alone":        {"is no expression", onMath("m1 + * m2"), "ValidationError", "*"},
		"an if of one":      {"is no expression", onMath("IF(m1)"), "ValidationError", "IF"},
		"two are watched":   {"one is", func(a *cloudwatch.Alarm) { onMath("m1")(a); a.Metrics[1].ReturnData = true }, "ValidationError", "exactly one"},
		"none is watched":   {"one is", func(a *cloudwatch.Alarm) { onMath("m1")(a); a.Metrics[0].ReturnData = false }, "ValidationError", "exactly one"},
		"an id twice":       {"ids are unique", func(a *cloudwatch.Alarm) { onMath("m1")(a); a.Metrics[2].ID = "m1" }, "ValidationError", "twice"},
		"different periods": {"are not simulated", func(a *cloudwatch.Alarm) { onMath("m1")(a); a.Metrics[2].Period = time.Hour }, "NotSimulated", "different periods"},
		"both":              {"a metric or Metrics", func(a *cloudwatch.Alarm) { m := *a.Metric; onMath("m1")(a); a.Metric = &m }, "ValidationError", "not both"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWatch()
			err := w.AddAlarm(alarm(tc.change))
			var refused *wire.Error
			if !errors.As(err, &refused) || refused.Code != tc.code || !strings.Contains(refused.Message, tc.names) {
				t.Errorf("%s: got %v, want %s that names %s", tc.reason, err, tc.code, tc.names)
			}
			if got := w.Alarms(); len(got) != 0 {
				t.Errorf("what was refused is there: %v", got)
			}
		})
	}
}

func TestDynamoDBIgnoresMissingData(t *testing.T) {
	for missing, want := range map[string]string{"": "INSUFFICIENT_DATA", "breaching": "ALARM"} {
		w := newWatch()
		if err := w.AddAlarm(alarm(func(a *cloudwatch.Alarm) { a.Metric.Namespace, a.Missing = "AWS/DynamoDB", missing })); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(time.Hour)
		if got := w.Alarms()[0].State; got != want {
			t.Errorf("%q: %s, want %s", missing, got, want)
		}
	}
}

func TestAReplacedAlarmKeepsItsState(t *testing.T) {
	w := newWatch()
	if err := w.AddAlarm(alarm(nil)); err != nil {
		t.Fatal(err)
	}
	w.put(1, time.Minute)
	w.clock.Advance(3 * time.Minute)
	if err := w.AddAlarm(alarm(func(a *cloudwatch.Alarm) { a.Description = "new" })); err != nil {
		t.Fatal(err)
	}
	got := w.Alarms()
	if len(got) != 1 || got[0].State != "ALARM" || got[0].Description != "new" || !got[0].Since.Equal(start.Add(2*time.Minute+lag)) {
		t.Fatalf("got %+v", got)
	}
	w.clock.Advance(2 * time.Minute)
	if diff := cmp.Diff([]string{"10s OK", "2m10s ALARM"}, w.told()); diff != "" {
		t.Errorf("nothing changed (-want +got):\n%s", diff)
	}
	// The new threshold counts from the next evaluation on; the old alarm is deaf.
	if err := w.AddAlarm(alarm(func(a *cloudwatch.Alarm) { a.Threshold = 2 })); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(2 * time.Minute)
	if diff := cmp.Diff([]string{"10s OK", "2m10s ALARM", "5m10s OK"}, w.told()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	w.put(5, 7*time.Minute)
	w.RemoveAlarm(got[0].ARN)
	w.RemoveAlarm(got[0].ARN)
	w.clock.Advance(time.Hour)
	if len(w.Alarms()) != 0 || len(w.changes) != 3 {
		t.Errorf("a removed alarm lives: %v", w.told())
	}
}

func TestADefinitionIsCopied(t *testing.T) {
	w := newWatch()
	def := alarm(nil)
	if err := w.AddAlarm(def); err != nil {
		t.Fatal(err)
	}
	def.Metric.Name, def.Metric.Dimensions["Deployment"], def.Actions[0] = "other", "other", "other"
	if diff := cmp.Diff(alarm(nil), w.Alarms()[0].Alarm); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestActionsOfAChange(t *testing.T) {
	a := alarm(func(a *cloudwatch.Alarm) {
		a.Actions, a.OKActions, a.NoDataActions = []string{topic + "-alarm"}, []string{topic + "-ok"}, []string{topic + "-none"}
	})
	for to, want := range map[string]string{"ALARM": "-alarm", "OK": "-ok", "INSUFFICIENT_DATA": "-none"} {
		if got := (cloudwatch.Change{Alarm: a, To: to}).Actions(); len(got) != 1 || got[0] != topic+want {
			t.Errorf("%s: %v", to, got)
		}
		disabled := a
		disabled.ActionsEnabled = false
		if got := (cloudwatch.Change{Alarm: disabled, To: to}).Actions(); got != nil {
			t.Errorf("%s, disabled: %v", to, got)
		}
	}
}

// Evaluating only when something can change tells the same as evaluating at
// every moment: here by an alarm that is put again each minute.
func TestNothingIsMissed(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 200 {
		def := alarm(func(a *cloudwatch.Alarm) {
			a.Period = []time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute, time.Hour}[random.IntN(4)]
			a.Evaluations = 1 + random.IntN(4)
			a.DatapointsToAlarm = random.IntN(a.Evaluations + 1)
			a.Missing = []string{"missing", "ignore", "breaching", "notBreaching"}[random.IntN(4)]
			a.Statistic = []string{"Sum", "Maximum", "SampleCount", "Average", "Minimum"}[random.IntN(5)]
			a.Threshold = float64(random.IntN(4))
			if random.IntN(3) == 0 {
				onMath([]string{"FILL(m1, 2)", "FILL(m1, REPEAT)", "m1 + m2", "IF(m1 > 1, m2)"}[random.IntN(4)])(a)
			}
		})
		lazy, eager := newWatch(), newWatch()
		for _, w := range []*watch{lazy, eager} {
			if err := w.AddAlarm(def); err != nil {
				t.Fatal(err)
			}
		}
		for range 300 {
			if random.IntN(8) == 0 {
				m := watched
				m.Name = []string{"Orphans", "Other"}[random.IntN(2)]
				at := lazy.clock.Now().Add(time.Duration(random.IntN(900)-600) * time.Second)
				value := float64(random.IntN(4))
				lazy.Put(account, region, m, value, at)
				eager.Put(account, region, m, value, at)
			}
			lazy.clock.Advance(time.Minute)
			if err := eager.AddAlarm(def); err != nil {
				t.Fatal(err)
			}
			eager.clock.Advance(time.Minute)
		}
		if diff := cmp.Diff(eager.told(), lazy.told()); diff != "" {
			t.Fatalf("round %d, %+v (-eager +lazy):\n%s", round, def, diff)
		}
		if eager.Alarms()[0].Reason != lazy.Alarms()[0].Reason {
			t.Fatalf("round %d: %s, %s", round, eager.Alarms()[0].Reason, lazy.Alarms()[0].Reason)
		}
	}
}

// A month of 70 alarms on metrics that come every five minutes.
func BenchmarkMonth(b *testing.B) {
	for b.Loop() {
		w := newWatch()
		metrics := make([]cloudwatch.Metric, 70)
		for i := range metrics {
			metrics[i] = watched
			metrics[i].Name = fmt.Sprintf("Metric%d", i)
			def := alarm(func(a *cloudwatch.Alarm) {
				a.Name = metrics[i].Name
				if i%2 == 0 {
					onMath("FILL(m1, -1)")(a)
					a.Metrics[1].Metric = &metrics[i]
				} else {
					a.Metric = &metrics[i]
				}
			})
			if err := w.AddAlarm(def); err != nil {
				b.Fatal(err)
			}
		}
		for range 30 * 24 * 12 {
			for _, m := range metrics {
				w.Put(account, region, m, 0, w.clock.Now())
			}
			w.clock.Advance(5 * time.Minute)
		}
	}
}

func setState(s *cloudwatch.Service, c clock.Clock, name, state string) error {
	l := labOf(s, c)
	_, err := l.SetAlarmState(context.Background(), &sdk.SetAlarmStateInput{
		AlarmName: &name, StateValue: types.StateValue(state), StateReason: aws.String("a test"),
	})
	return err
}

// labOf is a client of a service.
func labOf(s *cloudwatch.Service, c clock.Clock) *sdk.Client {
	cloud := simaws.New(simaws.Options{Clock: c}, map[string]wire.Handler{"monitoring": s})
	return sdk.NewFromConfig(aws.Config{
		Region: region, HTTPClient: &http.Client{Transport: cloud},
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(account, "tester"), "secret", ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	})
}
