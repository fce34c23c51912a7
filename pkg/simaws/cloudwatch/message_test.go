package cloudwatch_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/cloudwatch"
)

// The reasons are worded as in notifications that people published.
func TestReasons(t *testing.T) {
	const none = -99
	tests := map[string]struct {
		reason string
		change func(*cloudwatch.Alarm)
		data   []float64 // the newest period last
		want   string
	}{
		"one breaches": {"the datum and its period are named", nil, []float64{1},
			"Threshold Crossed: 1 datapoint [1.0 (02/11/26 02:55:00)] was greater than or equal to the threshold (1.0)."},
		"one does not": {"the same the other way round", nil, []float64{0.5},
			"Threshold Crossed: 1 datapoint [0.5 (02/11/26 02:55:00)] was not greater than or equal to the threshold (1.0)."},
		"several": {"the newest first", func(a *cloudwatch.Alarm) { a.Evaluations, a.Comparison = 3, "GreaterThanThreshold" }, []float64{2, 3, 45628},
			"Threshold Crossed: 3 datapoints [45628.0 (02/11/26 02:55:00), 3.0 (02/11/26 02:50:00), 2.0 (02/11/26 02:45:00)] were greater than the threshold (1.0)."},
		"M of N": {"with the number that is needed", func(a *cloudwatch.Alarm) { a.Evaluations, a.DatapointsToAlarm = 3, 2 }, []float64{1, 0, 1e7},
			"Threshold Crossed: 2 out of the last 3 datapoints [1.0E7 (02/11/26 02:55:00), 1.0 (02/11/26 02:45:00)] were greater than or equal to the threshold (1.0) " +
				"(minimum 2 datapoints for OK -> ALARM transition)."},
		"M of N, OK": {"those that are within, and how many make OK", func(a *cloudwatch.Alarm) { a.Evaluations, a.DatapointsToAlarm = 1, 1 }, []float64{0},
			"Threshold Crossed: 1 out of the last 1 datapoints [0.0 (02/11/26 02:55:00)] was not greater than or equal to the threshold (1.0) " +
				"(minimum 1 datapoint for ALARM -> OK transition)."},
		"none, good": {"what is missing is named", nil, nil,
			"Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching]."},
		"none, bad": {"and counted", func(a *cloudwatch.Alarm) { a.Evaluations, a.Missing = 2, "breaching" }, nil,
			"Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as [Breaching]."},
		"one within, two bad": {"the one is not named", func(a *cloudwatch.Alarm) { a.Evaluations, a.DatapointsToAlarm, a.Missing = 3, 2, "breaching" }, []float64{0, none, none},
			"Threshold Crossed: 1 datapoint was received for 3 periods and 2 missing datapoints were treated as [Breaching]."},
		"one of two, the other good": {"both are named", func(a *cloudwatch.Alarm) { a.Evaluations, a.DatapointsToAlarm = 2, 1 }, []float64{613, none},
			"Threshold Crossed: 1 out of the last 2 datapoints [613.0 (02/11/26 02:50:00)] was greater than or equal to the threshold (1.0) " +
				"and 1 missing datapoint was treated as [NonBreaching] (minimum 1 datapoint for OK -> ALARM transition)."},
		"below": {"the operator has its words", func(a *cloudwatch.Alarm) { a.Comparison, a.Threshold = "LessThanOrEqualToThreshold", 1e-4 }, []float64{-1},
			"Threshold Crossed: 1 datapoint [-1.0 (02/11/26 02:55:00)] was less than or equal to the threshold (1.0E-4)."},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWatch()
			if err := w.AddAlarm(alarm(tc.change)); err != nil {
				t.Fatal(err)
			}
			for i, value := range tc.data {
				if value != none {
					w.put(value, time.Duration(i-len(tc.data))*5*time.Minute)
				}
			}
			w.clock.Advance(lag)
			if diff := cmp.Diff(tc.want, w.Alarms()[0].Reason); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
	t.Run("unknown", func(t *testing.T) {
		w := newWatch()
		if err := w.AddAlarm(alarm(func(a *cloudwatch.Alarm) { a.Missing = "" })); err != nil {
			t.Fatal(err)
		}
		w.put(0, 0)
		w.clock.Advance(time.Hour)
		if got := w.Alarms()[0]; got.State != "INSUFFICIENT_DATA" || got.Reason != "Insufficient Data: 1 datapoint was unknown." {
			t.Errorf("%s: %s", got.State, got.Reason)
		}
	})
}

func TestMessageOfAMetric(t *testing.T) {
	w := newWatch()
	if err := w.AddAlarm(alarm(func(a *cloudwatch.Alarm) { a.Statistic = "SampleCount" })); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Minute)
	w.put(5, 30*time.Second)
	w.clock.Advance(time.Minute)
	subject, body := cloudwatch.Message(w.changes[1])
	if want := `ALARM: "lifeboat-prod-orphans" in EU (Frankfurt)`; subject != want {
		t.Errorf("subject %s, want %s", subject, want)
	}
	want := `{"AlarmName":"lifeboat-prod-orphans","AlarmDescription":"What to do","AWSAccountId":"111122223333",` +
		`"AlarmConfigurationUpdatedTimestamp":"2026-11-02T03:00:00.000+0000","NewStateValue":"ALARM",` +
		`"NewStateReason":"Threshold Crossed: 1 datapoint [1.0 (02/11/26 02:56:00)] was greater than or equal to the threshold (1.0).",` +
		`"StateChangeTime":"2026-11-02T03:01:10.000+0000","Region":"EU (Frankfurt)",` +
		`"AlarmArn":"arn:aws:cloudwatch:eu-central-1:111122223333:alarm:lifeboat-prod-orphans","OldStateValue":"OK",` +
		`"OKActions":[],"AlarmActions":["arn:aws:sns:eu-central-1:111122223333:oncall"],"InsufficientDataActions":[],` +
		`"Trigger":{"MetricName":"Orphans","Namespace":"Lifeboat","StatisticType":"Statistic","Statistic":"SAMPLE_COUNT","Unit":null,` +
		`"Dimensions":[{"value":"prod","name":"Deployment"}],"Period":300,"EvaluationPeriods":1,` +
		`"ComparisonOperator":"GreaterThanOrEqualToThreshold","Threshold":1.0,"TreatMissingData":"notBreaching","EvaluateLowSampleCountPercentile":""}}`
	if diff := cmp.Diff(want, body); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMessageOfMath(t *testing.T) {
	w := newWatch()
	if err := w.AddAlarm(alarm(func(a *cloudwatch.Alarm) {
		onMath("FILL(m1, -1)")(a)
		a.Metrics, a.DatapointsToAlarm, a.Comparison, a.Threshold, a.Description = a.Metrics[:2], 1, "LessThanThreshold", 0, ""
	})); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(lag)
	_, body := cloudwatch.Message(w.changes[0])
	_, trigger, _ := strings.Cut(body, `"Trigger":`)
	want := `{"Period":300,"EvaluationPeriods":1,"DatapointsToAlarm":1,"ComparisonOperator":"LessThanThreshold","Threshold":0.0,` +
		`"TreatMissingData":"notBreaching","EvaluateLowSampleCountPercentile":"","Metrics":[` +
		`{"Expression":"FILL(m1, -1)","Id":"e1","Label":"what","ReturnData":true},` +
		`{"Id":"m1","MetricStat":{"Metric":{"Dimensions":[{"value":"prod","name":"Deployment"}],"MetricName":"Orphans","Namespace":"Lifeboat"},` +
		`"Period":300,"Stat":"Maximum"},"ReturnData":false}]}}`
	if diff := cmp.Diff(want, trigger); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !strings.Contains(body, `"AlarmDescription":null`) || !strings.Contains(body, "OK -> ALARM") {
		t.Errorf("no description is null, and nothing is escaped: %s", body)
	}
}

func TestALongNameFitsIntoASubject(t *testing.T) {
	c := cloudwatch.Change{Alarm: alarm(func(a *cloudwatch.Alarm) { a.Name = strings.Repeat("ä", 200) }), To: "INSUFFICIENT_DATA"}
	subject, _ := cloudwatch.Message(c)
	if n := len([]rune(subject)); n != 99 || !strings.HasSuffix(subject, `..." in EU (Frankfurt)`) {
		t.Errorf("%d characters: %s", n, subject)
	}
}

// The events have the form of
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html.
func TestEvent(t *testing.T) {
	w := newWatch()
	if err := w.AddAlarm(alarm(nil)); err != nil {
		t.Fatal(err)
	}
	w.put(1, 0)
	w.clock.Advance(2 * time.Minute)
	e := cloudwatch.Event(w.changes[1])
	if e.Source != "aws.cloudwatch" || e.DetailType != "CloudWatch Alarm State Change" || e.Account != account || e.Region != region ||
		len(e.Resources) != 1 || e.Resources[0] != w.Alarms()[0].ARN || !e.Time.Equal(start.Add(time.Minute+lag)) {
		t.Errorf("envelope %+v", e)
	}
	want := `{"alarmName":"lifeboat-prod-orphans","configuration":{"description":"What to do","metrics":[` +
		`{"id":"00000000-0000-4000-8000-000000000000","metricStat":{"metric":{"dimensions":{"Deployment":"prod"},"name":"Orphans","namespace":"Lifeboat"},` +
		`"period":300,"stat":"Maximum"},"returnData":true}]},` +
		`"previousState":{"reason":"Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].",` +
		`"reasonData":"{\"version\":\"1.0\",\"queryDate\":\"2026-11-02T03:00:10.000+0000\",\"statistic\":\"Maximum\",\"period\":300,\"recentDatapoints\":[],\"threshold\":1.0}",` +
		`"timestamp":"2026-11-02T03:00:10.000+0000","value":"OK"},` +
		`"state":{"reason":"Threshold Crossed: 1 datapoint [1.0 (02/11/26 02:56:00)] was greater than or equal to the threshold (1.0).",` +
		`"reasonData":"{\"version\":\"1.0\",\"queryDate\":\"2026-11-02T03:01:10.000+0000\",\"startDate\":\"2026-11-02T02:56:00.000+0000\",` +
		`\"statistic\":\"Maximum\",\"period\":300,\"recentDatapoints\":[1.0],\"threshold\":1.0,` +
		`\"evaluatedDatapoints\":[{\"timestamp\":\"2026-11-02T02:56:00.000+0000\",\"sampleCount\":1.0,\"value\":1.0}]}",` +
		`"timestamp":"2026-11-02T03:01:10.000+0000","value":"ALARM"}}`
	if diff := cmp.Diff(want, string(e.Detail)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := w.AddAlarm(alarm(func(a *cloudwatch.Alarm) { onMath("m1 + m2")(a); a.Name, a.ARN = "math", "" })); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Minute)
	var detail struct {
		Configuration struct {
			Metrics []struct {
				ID, Expression, Label string
				ReturnData            bool
				MetricStat            *struct{ Period int }
			}
		}
	}
	if err := json.Unmarshal(cloudwatch.Event(w.changes[2]).Detail, &detail); err != nil {
		t.Fatal(err)
	}
	lines := detail.Configuration.Metrics
	if len(lines) != 3 || lines[0].Expression != "m1 + m2" || lines[0].Label != "what" || !lines[0].ReturnData || lines[0].MetricStat != nil ||
		lines[1].MetricStat == nil || lines[1].MetricStat.Period != 300 || lines[1].ReturnData {
		t.Errorf("%+v", lines)
	}
}
