package cloudwatch_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/cloudwatch"
)

func TestAlarmsAreDescribed(t *testing.T) {
	w := newWatch()
	client := labOf(w.Service, w.clock)
	for _, change := range []func(*cloudwatch.Alarm){
		nil,
		func(a *cloudwatch.Alarm) {
			onMath("FILL(m1, -1)")(a)
			a.Name, a.Threshold, a.OKActions, a.DatapointsToAlarm, a.Missing = "backup-age", -5, a.Actions, 1, ""
			a.Metrics = a.Metrics[:2]
		},
		func(a *cloudwatch.Alarm) { a.Account = "444455556666" },
		func(a *cloudwatch.Alarm) { a.Region, a.Actions = "eu-west-1", nil },
	} {
		if err := w.AddAlarm(alarm(change)); err != nil {
			t.Fatal(err)
		}
	}
	w.put(1, 0)
	w.clock.Advance(time.Hour)
	out, err := client.DescribeAlarms(context.Background(), &sdk.DescribeAlarmsInput{})
	if err != nil {
		t.Fatal(err)
	}
	by := []types.Dimension{{Name: aws.String("Deployment"), Value: aws.String("prod")}}
	want := []types.MetricAlarm{
		{
			AlarmName: aws.String("backup-age"), AlarmArn: aws.String("arn:aws:cloudwatch:eu-central-1:111122223333:alarm:backup-age"),
			AlarmDescription: aws.String("What to do"), ActionsEnabled: aws.Bool(true), AlarmActions: []string{topic}, OKActions: []string{topic},
			InsufficientDataActions: []string{}, StateValue: "ALARM", Dimensions: []types.Dimension{},
			EvaluationPeriods: aws.Int32(1), DatapointsToAlarm: aws.Int32(1), Threshold: aws.Float64(-5), ComparisonOperator: "GreaterThanOrEqualToThreshold",
			Metrics: []types.MetricDataQuery{
				{Id: aws.String("e1"), Expression: aws.String("FILL(m1, -1)"), Label: aws.String("what"), ReturnData: aws.Bool(true)},
				{Id: aws.String("m1"), ReturnData: aws.Bool(false), MetricStat: &types.MetricStat{
					Metric: &types.Metric{Namespace: aws.String("Lifeboat"), MetricName: aws.String("Orphans"), Dimensions: by},
					Period: aws.Int32(300), Stat: aws.String("Maximum"),
				}},
			},
		},
		{
			AlarmName: aws.String("lifeboat-prod-orphans"), AlarmArn: aws.String("arn:aws:cloudwatch:eu-central-1:111122223333:alarm:lifeboat-prod-orphans"),
			AlarmDescription: aws.String("What to do"), ActionsEnabled: aws.Bool(true), AlarmActions: []string{topic}, OKActions: []string{},
			InsufficientDataActions: []string{}, StateValue: "OK", Namespace: aws.String("Lifeboat"), MetricName: aws.String("Orphans"), Dimensions: by,
			Statistic: "Maximum", Period: aws.Int32(300), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(1),
			ComparisonOperator: "GreaterThanOrEqualToThreshold", TreatMissingData: aws.String("notBreaching"), Metrics: []types.MetricDataQuery{},
		},
	}
	ignored := cmpopts.IgnoreFields(types.MetricAlarm{}, "StateReason", "StateReasonData", "StateUpdatedTimestamp", "StateTransitionedTimestamp", "AlarmConfigurationUpdatedTimestamp")
	if diff := cmp.Diff(want, out.MetricAlarms, ignored, cmpopts.IgnoreUnexported(types.MetricAlarm{}, types.MetricDataQuery{}, types.MetricStat{}, types.Metric{}, types.Dimension{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := out.MetricAlarms[1]; !got.StateTransitionedTimestamp.Equal(start.Add(16*time.Minute+lag)) || *got.StateReason == "" ||
		!got.AlarmConfigurationUpdatedTimestamp.Equal(start) {
		t.Errorf("%s since %s", *got.StateReason, got.StateTransitionedTimestamp)
	}
}

func TestAlarmsAreFound(t *testing.T) {
	w := newWatch()
	client := labOf(w.Service, w.clock)
	for i := range 5 {
		if err := w.AddAlarm(alarm(func(a *cloudwatch.Alarm) {
			a.Name = fmt.Sprintf("alarm-%d", i)
			if i == 3 {
				a.Name, a.OKActions, a.Missing = "other", []string{topic + "-ok"}, "breaching"
			}
		})); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.Advance(lag)
	tests := map[string]struct {
		reason string
		in     sdk.DescribeAlarmsInput
		want   []string
	}{
		"names":      {"those that there are", sdk.DescribeAlarmsInput{AlarmNames: []string{"other", "alarm-0", "none"}}, []string{"alarm-0", "other"}},
		"prefix":     {"of the name", sdk.DescribeAlarmsInput{AlarmNamePrefix: aws.String("alarm-")}, []string{"alarm-0", "alarm-1", "alarm-2", "alarm-4"}},
		"state":      {"as they stand", sdk.DescribeAlarmsInput{StateValue: "ALARM"}, []string{"other"}},
		"action":     {"by its beginning", sdk.DescribeAlarmsInput{ActionPrefix: aws.String(topic + "-")}, []string{"other"}},
		"composites": {"there are none", sdk.DescribeAlarmsInput{AlarmTypes: []types.AlarmType{"CompositeAlarm"}}, nil},
		"pages":      {"of two", sdk.DescribeAlarmsInput{MaxRecords: aws.Int32(2)}, []string{"alarm-0", "alarm-1", "alarm-2", "alarm-4", "other"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for pages := sdk.NewDescribeAlarmsPaginator(client, &tc.in); pages.HasMorePages(); {
				out, err := pages.NextPage(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				for _, a := range out.MetricAlarms {
					got = append(got, *a.AlarmName)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
	ctx := context.Background()
	_, both := client.DescribeAlarms(ctx, &sdk.DescribeAlarmsInput{AlarmNames: []string{"a"}, AlarmNamePrefix: aws.String("a")})
	_, many := client.DescribeAlarms(ctx, &sdk.DescribeAlarmsInput{MaxRecords: aws.Int32(101)})
	_, token := client.DescribeAlarms(ctx, &sdk.DescribeAlarmsInput{NextToken: aws.String("x")})
	_, parents := client.DescribeAlarms(ctx, &sdk.DescribeAlarmsInput{ParentsOfAlarmName: aws.String("x")})
	for what, got := range map[string][2]string{
		"names and a prefix": {code(both), "ValidationError"}, "101 records": {code(many), "ValidationError"},
		"a token of another call": {code(token), "InvalidNextToken"}, "what is not simulated": {code(parents), "NotSimulated"},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %q, want %q", what, got[0], got[1])
		}
	}
}

// A state that is set lasts until the next evaluation, and sets off actions.
func TestAStateIsSet(t *testing.T) {
	w := newWatch()
	if err := w.AddAlarm(alarm(nil)); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Hour)
	w.set(t, "ALARM")
	w.set(t, "ALARM")
	if got := w.Alarms()[0]; got.State != "ALARM" || got.Reason != "a test" {
		t.Errorf("%s: %s", got.State, got.Reason)
	}
	w.clock.Advance(time.Hour)
	if diff := cmp.Diff([]string{"10s OK", "1h0m0s ALARM", "1h0m10s OK"}, w.told()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := setState(w.Service, w.clock, "none", "OK"); code(err) != "ResourceNotFound" {
		t.Errorf("no such alarm: %v", err)
	}
	if err := setState(w.Service, w.clock, "lifeboat-prod-orphans", "GOOD"); code(err) != "ValidationError" {
		t.Errorf("no such state: %v", err)
	}
}
