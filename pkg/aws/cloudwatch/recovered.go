package cloudwatch

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// recoveredAPI is what is used for recovered databases.
type recoveredAPI interface {
	PutMetricAlarm(context.Context, *cloudwatch.PutMetricAlarmInput, ...func(*cloudwatch.Options)) (*cloudwatch.PutMetricAlarmOutput, error)
	GetMetricData(context.Context, *cloudwatch.GetMetricDataInput, ...func(*cloudwatch.Options)) (*cloudwatch.GetMetricDataOutput, error)
}

// Recovered are alarms and figures of recovered databases, in one region.
type Recovered struct {
	api   recoveredAPI
	clock Clock
}

// NewRecovered makes an adapter. It makes no call.
func NewRecovered(cfg aws.Config, clock Clock) Recovered {
	return Recovered{cloudwatch.NewFromConfig(cfg), clock}
}

const (
	ofRDS    = "AWS/RDS"
	instance = "DBInstanceIdentifier"
)

// Watch makes an alarm, or makes the one of its name anew: it keeps its state. Tags
// are given where it is new. Errors: ProtectionFailed, Throttled, Transient.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
func (r Recovered) Watch(ctx context.Context, alarm drill.RecoveredAlarm) error {
	missing := "missing"
	if alarm.SilenceIsBad {
		missing = "breaching"
	}
	in := &cloudwatch.PutMetricAlarmInput{
		AlarmName: &alarm.Name, AlarmDescription: &alarm.Description, ActionsEnabled: aws.Bool(true),
		AlarmActions: []string{alarm.Topic}, OKActions: []string{alarm.Topic},
		Namespace: aws.String(ofRDS), MetricName: &alarm.Metric, Statistic: types.Statistic(alarm.Statistic),
		Dimensions: []types.Dimension{{Name: aws.String(instance), Value: &alarm.Database}},
		Period:     aws.Int32(int32(alarm.PeriodSeconds)), EvaluationPeriods: aws.Int32(int32(alarm.Periods)), //nolint:gosec // small
		Threshold: &alarm.Below, ComparisonOperator: types.ComparisonOperatorLessThanThreshold, TreatMissingData: &missing,
	}
	for _, key := range slices.Sorted(maps.Keys(alarm.Tags)) {
		in.Tags = append(in.Tags, types.Tag{Key: aws.String(key), Value: aws.String(alarm.Tags[key])})
	}
	_, err := r.api.PutMetricAlarm(ctx, in)
	return awsconfig.Named(err, drill.ProtectionFailed, "making the alarm "+alarm.Name, "see that the role may call cloudwatch:PutMetricAlarm and cloudwatch:TagResource on it")
}

// lagWindow is how old a measurement of a lag may be: RDS publishes one a minute, and
// CloudWatch shows it a few minutes later.
const lagWindow = 15 * time.Minute

// ReplicaLag is how far a read replica was behind its source at the newest
// measurement of the last 15 minutes. -1 says that it does not replicate: then, and
// without a measurement, it is not known. Errors: PromotionRefused, Throttled,
// Transient.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.Monitoring.html
func (r Recovered) ReplicaLag(ctx context.Context, _, identifier string) (drill.ReplicaLag, error) {
	now := r.clock.Now()
	out, err := r.api.GetMetricData(ctx, &cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(now.Add(-lagWindow)), EndTime: aws.Time(now.Add(time.Second)), ScanBy: types.ScanByTimestampDescending,
		MetricDataQueries: []types.MetricDataQuery{{
			Id: aws.String("lag"), MetricStat: &types.MetricStat{
				Period: aws.Int32(60), Stat: aws.String("Maximum"),
				Metric: &types.Metric{Namespace: aws.String(ofRDS), MetricName: aws.String("ReplicaLag"), Dimensions: []types.Dimension{{Name: aws.String(instance), Value: &identifier}}},
			},
		}},
	})
	if err != nil {
		return drill.ReplicaLag{}, awsconfig.Named(err, drill.PromotionRefused, "reading the metric ReplicaLag of "+identifier, "see that the role may call cloudwatch:GetMetricData")
	}
	if len(out.MetricDataResults) == 0 || len(out.MetricDataResults[0].Values) == 0 {
		return drill.ReplicaLag{Why: fmt.Sprintf("CloudWatch has no ReplicaLag of %s of the last %s", identifier, lagWindow)}, nil
	}
	seconds, at := out.MetricDataResults[0].Values[0], out.MetricDataResults[0].Timestamps[0].UTC()
	if seconds < 0 {
		return drill.ReplicaLag{At: at, Why: "it does not replicate, says its ReplicaLag of " + at.Format(time.RFC3339)}, nil
	}
	return drill.ReplicaLag{Known: true, Seconds: seconds, At: at}, nil
}
