package cloudwatch

import (
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

type putAlarmIn struct {
	AlarmName, AlarmDescription          *string
	ActionsEnabled                       *bool
	AlarmActions, OKActions              []string
	InsufficientDataActions              []string
	MetricName, Namespace, Statistic     *string
	Dimensions                           []dimensionIn
	Period, EvaluationPeriods            *int
	DatapointsToAlarm                    *int
	Threshold                            *wire.Float
	ComparisonOperator, TreatMissingData *string
	Tags                                 []struct{ Key, Value string }
}

// putAlarm answers
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html,
// of alarms that watch one metric: what there is of that name keeps its state. Tags
// nobody asks.
func (s *Service) putAlarm(c *wire.Call, in putAlarmIn) (wire.Empty, error) {
	if in.AlarmName == nil || in.EvaluationPeriods == nil || in.ComparisonOperator == nil || in.Threshold == nil {
		return wire.Empty{}, wire.Errorf(missingParameter, "AlarmName, EvaluationPeriods, ComparisonOperator and Threshold are required.")
	}
	arn := wire.ARN("cloudwatch", c.Region, c.Account, "alarm:"+*in.AlarmName)
	c.Touch(arn)
	if in.MetricName == nil || in.Namespace == nil || in.Statistic == nil || in.Period == nil {
		return wire.Empty{}, wire.Unknown("monitoring PutMetricAlarm of anything but one metric with a statistic")
	}
	of, err := dimensions(in.Dimensions, "Dimensions")
	if err != nil {
		return wire.Empty{}, err
	}
	alarm := Alarm{
		Name: *in.AlarmName, ARN: arn, Account: c.Account, Region: c.Region, Description: or(in.AlarmDescription, ""),
		Actions: in.AlarmActions, OKActions: in.OKActions, NoDataActions: in.InsufficientDataActions, ActionsEnabled: or(in.ActionsEnabled, true),
		Metric: &Metric{Namespace: *in.Namespace, Name: *in.MetricName, Dimensions: map[string]string{}}, Statistic: *in.Statistic,
		Comparison: *in.ComparisonOperator, Missing: or(in.TreatMissingData, ""), Threshold: float64(*in.Threshold),
		Period: time.Duration(*in.Period) * time.Second, Evaluations: *in.EvaluationPeriods, DatapointsToAlarm: or(in.DatapointsToAlarm, 0),
	}
	for _, d := range of {
		alarm.Metric.Dimensions[d.Name] = d.Value
	}
	return wire.Empty{}, s.AddAlarm(alarm)
}

func or[T any](value *T, fallback T) T {
	if value == nil {
		return fallback
	}
	return *value
}
