// Package cloudwatch publishes the figures of a drill; docs/metrics.md says
// which there are.
//
// Only what costs a fixed amount gets through: one namespace, the dimensions
// Deployment, Workload and Database, the units Seconds and Count. Anything else
// is refused before the first call, because every new combination of values is
// a new metric that is paid for by the month.
//
// A failure between two batches leaves the earlier ones published. Publishing
// again adds a second sample to the same minute or the next: alarms and graphs
// take the maximum or the newest, never the sum.
package cloudwatch

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Namespace of all of lifeboat's metrics.
const Namespace = "Lifeboat"

// Limits of PutMetricData.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
const (
	maxData  = 1000
	maxBytes = 1_000_000 - 50_000 // of one request before it is compressed; the rest is for its envelope

	// A datum without its own texts: field names, numbers and lengths, from
	// above.
	datumBytes, dimensionBytes = 200, 40
)

var (
	dimensions = map[string]bool{"Deployment": true, "Workload": true, "Database": true}
	units      = map[string]types.StandardUnit{"Seconds": types.StandardUnitSeconds, "Count": types.StandardUnitCount}
)

// Clock tells the time, in UTC.
type Clock interface{ Now() time.Time }

// api is what this package uses of CloudWatch.
type api interface {
	PutMetricData(context.Context, *cloudwatch.PutMetricDataInput, ...func(*cloudwatch.Options)) (*cloudwatch.PutMetricDataOutput, error)
}

// Sink publishes metrics. It is safe for concurrent use.
type Sink struct {
	api   api
	clock Clock
}

// New returns a sink in the region of the configuration.
func New(cfg aws.Config, clock Clock) *Sink {
	return &Sink{api: cloudwatch.NewFromConfig(cfg), clock: clock}
}

// Publish sends the metrics with the time of now, in as few requests as
// possible. Errors: MetricsFailed, with nothing sent where a metric is refused.
func (s *Sink) Publish(ctx context.Context, metrics []drill.Metric) error {
	now := s.clock.Now()
	data := make([]types.MetricDatum, 0, len(metrics))
	for _, m := range metrics {
		if why := refusal(m); why != "" {
			return &drill.Error{
				Name: drill.MetricsFailed, What: fmt.Sprintf("metric %q is not published: %s", m.Name, why),
				Hint: "docs/metrics.md says what is",
			}
		}
		data = append(data, datum(m, now))
	}
	for batch := range batches(data) {
		_, err := s.api.PutMetricData(ctx, &cloudwatch.PutMetricDataInput{Namespace: aws.String(Namespace), MetricData: batch})
		if err != nil {
			return awsconfig.Named(err, drill.MetricsFailed, fmt.Sprintf("publish %d metrics", len(batch)),
				"see that the role may call cloudwatch:PutMetricData for namespace "+Namespace)
		}
	}
	return nil
}

// refusal says why a metric must not be published; "" where it may.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
func refusal(m drill.Metric) string {
	if m.Name == "" || len(m.Name) > 255 {
		return "its name must have 1 to 255 characters"
	}
	if units[m.Unit] == "" {
		return fmt.Sprintf("its unit is %q, and may be Seconds or Count", m.Unit)
	}
	if limit := math.Pow(2, 360); math.IsNaN(m.Value) || math.Abs(m.Value) > limit {
		return fmt.Sprintf("its value is %v", m.Value)
	}
	for _, name := range slices.Sorted(maps.Keys(m.Dimensions)) {
		value := m.Dimensions[name]
		switch {
		case !dimensions[name]:
			return fmt.Sprintf("%s is no dimension; they are Deployment, Workload and Database", name)
		case value == "" || len(value) > 1024:
			return fmt.Sprintf("its dimension %s must have 1 to 1024 characters", name)
		}
	}
	return ""
}

func datum(m drill.Metric, now time.Time) types.MetricDatum {
	d := types.MetricDatum{MetricName: &m.Name, Unit: units[m.Unit], Value: &m.Value, Timestamp: &now}
	for _, name := range slices.Sorted(maps.Keys(m.Dimensions)) {
		d.Dimensions = append(d.Dimensions, types.Dimension{Name: aws.String(name), Value: aws.String(m.Dimensions[name])})
	}
	return d
}

// batches cuts the data into requests within the limits, in order.
func batches(data []types.MetricDatum) func(yield func([]types.MetricDatum) bool) {
	return func(yield func([]types.MetricDatum) bool) {
		for len(data) > 0 {
			count, size := 0, 0
			for count < min(len(data), maxData) {
				if size += bytesOf(data[count]); count > 0 && size > maxBytes {
					break
				}
				count++
			}
			if !yield(data[:count]) {
				return
			}
			data = data[count:]
		}
	}
}

func bytesOf(d types.MetricDatum) int {
	size := datumBytes + len(*d.MetricName)
	for _, dimension := range d.Dimensions {
		size += dimensionBytes + len(*dimension.Name) + len(*dimension.Value)
	}
	return size
}
