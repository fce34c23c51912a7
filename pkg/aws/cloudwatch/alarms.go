package cloudwatch

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

// Alarms of an account and region. They are looked at, never changed.
type Alarms struct {
	api cloudwatch.DescribeAlarmsAPIClient
}

// NewAlarms makes an adapter. It makes no call.
func NewAlarms(cfg aws.Config) Alarms { return Alarms{cloudwatch.NewFromConfig(cfg)} }

// Alarms whose names begin so, those of metrics and composite ones: without the
// types CloudWatch tells of the former only. The error is a *seen.Unread.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
func (a Alarms) Alarms(ctx context.Context, prefix string) ([]seen.Alarm, error) {
	var list []seen.Alarm
	pages := cloudwatch.NewDescribeAlarmsPaginator(a.api, &cloudwatch.DescribeAlarmsInput{
		AlarmNamePrefix: &prefix, AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, seen.Cannot(err, "the alarms "+prefix+"*", "cloudwatch:DescribeAlarms")
		}
		for _, m := range page.MetricAlarms {
			list = append(list, seen.Alarm{
				Name: aws.ToString(m.AlarmName), Description: aws.ToString(m.AlarmDescription), Reason: aws.ToString(m.StateReason), State: string(m.StateValue),
				Since: aws.ToTime(m.StateUpdatedTimestamp), ActionsEnabled: aws.ToBool(m.ActionsEnabled), Actions: m.AlarmActions, Watches: watches(inOrder(m)),
			})
		}
		for _, c := range page.CompositeAlarms {
			list = append(list, seen.Alarm{
				Name: aws.ToString(c.AlarmName), Description: aws.ToString(c.AlarmDescription), Reason: aws.ToString(c.StateReason), State: string(c.StateValue),
				Since: aws.ToTime(c.StateUpdatedTimestamp), ActionsEnabled: aws.ToBool(c.ActionsEnabled), Actions: c.AlarmActions, Watches: watches(c),
			})
		}
	}
	return list, nil
}

// told are the members that stand in a seen.Alarm by themselves, or that are a state.
var told = []string{
	"AlarmName", "AlarmArn", "AlarmDescription", "ActionsEnabled", "AlarmActions", "StateValue", "StateReason", "StateReasonData", "StateUpdatedTimestamp",
	"StateTransitionedTimestamp", "EvaluationState", "AlarmConfigurationUpdatedTimestamp", "ActionsSuppressedBy", "ActionsSuppressedReason",
}

// watches are the other members of an alarm that have a value.
func watches(alarm any) map[string]string {
	var members map[string]json.RawMessage
	text, err := json.Marshal(alarm)
	if err != nil || json.Unmarshal(text, &members) != nil {
		return nil // numbers, texts and lists of them always encode
	}
	list := map[string]string{}
	for name, value := range members {
		if v := string(value); !slices.Contains(told, name) && v != "null" && v != `""` && v != "[]" {
			list[name] = v
		}
	}
	return list
}

// inOrder sorts what has no order of its own.
func inOrder(m types.MetricAlarm) types.MetricAlarm {
	byName := func(a, b types.Dimension) int { return cmp.Compare(aws.ToString(a.Name), aws.ToString(b.Name)) }
	slices.SortFunc(m.Dimensions, byName)
	slices.SortFunc(m.Metrics, func(a, b types.MetricDataQuery) int { return cmp.Compare(aws.ToString(a.Id), aws.ToString(b.Id)) })
	for _, q := range m.Metrics {
		if q.MetricStat != nil && q.MetricStat.Metric != nil {
			slices.SortFunc(q.MetricStat.Metric.Dimensions, byName)
		}
	}
	return m
}
