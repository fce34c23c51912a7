package cloudwatch

import (
	"context"

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
				Since: aws.ToTime(m.StateUpdatedTimestamp), ActionsEnabled: aws.ToBool(m.ActionsEnabled), Actions: m.AlarmActions,
			})
		}
		for _, c := range page.CompositeAlarms {
			list = append(list, seen.Alarm{
				Name: aws.ToString(c.AlarmName), Description: aws.ToString(c.AlarmDescription), Reason: aws.ToString(c.StateReason), State: string(c.StateValue),
				Since: aws.ToTime(c.StateUpdatedTimestamp), ActionsEnabled: aws.ToBool(c.ActionsEnabled), Actions: c.AlarmActions,
			})
		}
	}
	return list, nil
}
