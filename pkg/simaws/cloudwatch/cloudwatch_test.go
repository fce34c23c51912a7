package cloudwatch_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const (
	account = "111122223333"
	region  = "eu-central-1"
)

var start = time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)

type lab struct {
	clock     *clock.Virtual
	metrics   *cloudwatch.Service
	cloud     *simaws.Cloud
	client    *sdk.Client
	exchanges []simaws.Exchange
}

func newLab() *lab {
	l := &lab{clock: clock.NewVirtual(start)}
	l.metrics = cloudwatch.New(cloudwatch.Options{Clock: l.clock})
	l.cloud = simaws.New(simaws.Options{Clock: l.clock, Observe: func(e simaws.Exchange) { l.exchanges = append(l.exchanges, e) }},
		map[string]wire.Handler{"monitoring": l.metrics})
	l.client = sdk.NewFromConfig(aws.Config{
		Region: region, HTTPClient: &http.Client{Transport: l.cloud},
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(account, "tester"), "secret", ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	})
	return l
}

func (l *lab) put(data ...types.MetricDatum) error {
	_, err := l.client.PutMetricData(context.Background(), &sdk.PutMetricDataInput{Namespace: aws.String("Lifeboat"), MetricData: data})
	return err
}

func datum(value float64) types.MetricDatum {
	return types.MetricDatum{
		MetricName: aws.String("RTO"), Value: aws.Float64(value), Unit: types.StandardUnitSeconds,
		Dimensions: []types.Dimension{{Name: aws.String("Workload"), Value: aws.String("orders")}, {Name: aws.String("Database"), Value: aws.String("orders-db")}},
	}
}

func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

func TestWhatIsPutIsKeptInOrder(t *testing.T) {
	l := newLab()
	first := datum(2820)
	first.Timestamp = aws.Time(start.Add(-time.Minute))
	set := types.MetricDatum{
		MetricName: aws.String("Checks"), StorageResolution: aws.Int32(1),
		StatisticValues: &types.StatisticSet{SampleCount: aws.Float64(2), Sum: aws.Float64(-3), Minimum: aws.Float64(-2), Maximum: aws.Float64(-1)},
	}
	values := types.MetricDatum{MetricName: aws.String("Polls"), Unit: types.StandardUnitCount, Values: []float64{1, 4}, Counts: []float64{2, 1}}
	if err := l.put(first, set, values); err != nil {
		t.Fatal(err)
	}
	want := []cloudwatch.Datapoint{
		{
			Account: account, Region: region, Namespace: "Lifeboat", Metric: "RTO", Unit: "Seconds", ResolutionSeconds: 60,
			Dimensions: []cloudwatch.Dimension{{Name: "Database", Value: "orders-db"}, {Name: "Workload", Value: "orders"}},
			Time:       start.Add(-time.Minute), SampleCount: 1, Sum: 2820, Minimum: 2820, Maximum: 2820,
		},
		{
			Account: account, Region: region, Namespace: "Lifeboat", Metric: "Checks", Unit: "None", ResolutionSeconds: 1,
			Dimensions: []cloudwatch.Dimension{}, Time: start, SampleCount: 2, Sum: -3, Minimum: -2, Maximum: -1,
		},
		{
			Account: account, Region: region, Namespace: "Lifeboat", Metric: "Polls", Unit: "Count", ResolutionSeconds: 60,
			Dimensions: []cloudwatch.Dimension{}, Time: start, SampleCount: 3, Sum: 6, Minimum: 1, Maximum: 4,
		},
	}
	if diff := cmp.Diff(want, l.metrics.Datapoints()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := l.exchanges[0].Request.Header.Get("Content-Encoding"); got != "gzip" {
		t.Errorf("the SDK compresses what it puts, got %q", got)
	}
	if got := l.cloud.Calls()[0]; got.Operation != "PutMetricData" || len(got.Resources) != 1 {
		t.Errorf("call %+v", got)
	}
}

func TestWhatCloudWatchRefuses(t *testing.T) {
	edit := func(change func(*types.MetricDatum)) []types.MetricDatum {
		d := datum(1)
		change(&d)
		return []types.MetricDatum{datum(1), d}
	}
	long := func(n int) (list []types.Dimension) {
		for i := range n {
			list = append(list, types.Dimension{Name: aws.String(fmt.Sprintf("D%d", i)), Value: aws.String("x")})
		}
		return list
	}
	tests := map[string]struct {
		reason    string
		namespace string
		data      []types.MetricDatum
		want      string
	}{
		"AWS's own namespace": {"is reserved", "AWS/RDS", edit(func(*types.MetricDatum) {}), "InvalidParameterValue"},
		"no data":             {"nothing to put", "L", []types.MetricDatum{}, "MissingParameter"},
		"1001 metrics":        {"1000 in a call", "L", make1001(), "InvalidParameterValue"},
		"over 1 MB":           {"1 MB in a call", "L", megabyte(), "RequestEntityTooLarge"},
		"31 dimensions":       {"30 of a metric", "L", edit(func(d *types.MetricDatum) { d.Dimensions = long(31) }), "InvalidParameterValue"},
		"a dimension twice":   {"names are unique", "L", edit(func(d *types.MetricDatum) { d.Dimensions = append(long(1), long(1)...) }), "InvalidParameterValue"},
		"empty dimension":     {"values are not empty", "L", edit(func(d *types.MetricDatum) { d.Dimensions[0].Value = aws.String("") }), "InvalidParameterValue"},
		"unit":                {"is one of a set", "L", edit(func(d *types.MetricDatum) { d.Unit = "Minutes" }), "InvalidParameterValue"},
		"not a number":        {"NaN is refused", "L", edit(func(d *types.MetricDatum) { d.Value = aws.Float64(math.NaN()) }), "InvalidParameterValue"},
		"infinity":            {"is refused", "L", edit(func(d *types.MetricDatum) { d.Value = aws.Float64(math.Inf(-1)) }), "InvalidParameterValue"},
		"over 2^360":          {"is out of range", "L", edit(func(d *types.MetricDatum) { d.Value = aws.Float64(math.Pow(2, 361)) }), "InvalidParameterValue"},
		"too old":             {"two weeks at most", "L", edit(func(d *types.MetricDatum) { d.Timestamp = aws.Time(start.Add(-15 * 24 * time.Hour)) }), "InvalidParameterValue"},
		"in the future":       {"two hours at most", "L", edit(func(d *types.MetricDatum) { d.Timestamp = aws.Time(start.Add(3 * time.Hour)) }), "InvalidParameterValue"},
		"two forms":           {"a value or values", "L", edit(func(d *types.MetricDatum) { d.Values = []float64{1} }), "InvalidParameterCombination"},
		"no form":             {"a value is needed", "L", edit(func(d *types.MetricDatum) { d.Value = nil }), "InvalidParameterCombination"},
		"counts do not fit":   {"one per value", "L", edit(func(d *types.MetricDatum) { d.Value, d.Values, d.Counts = nil, []float64{1}, []float64{1, 2} }), "InvalidParameterCombination"},
		"resolution":          {"1 or 60", "L", edit(func(d *types.MetricDatum) { d.StorageResolution = aws.Int32(10) }), "InvalidParameterValue"},
		"a colon in front":    {"is reserved", ":L", edit(func(*types.MetricDatum) {}), "InvalidParameterValue"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLab()
			_, err := l.client.PutMetricData(context.Background(), &sdk.PutMetricDataInput{Namespace: &tc.namespace, MetricData: tc.data})
			if code(err) != tc.want {
				t.Errorf("%s: %v, want %s", tc.reason, err, tc.want)
			}
			if got := l.metrics.Datapoints(); len(got) != 0 {
				t.Errorf("a refused call left %d data", len(got))
			}
		})
	}
}

func make1001() []types.MetricDatum {
	list := make([]types.MetricDatum, 1001)
	for i := range list {
		list[i] = datum(1)
	}
	return list
}

func megabyte() []types.MetricDatum {
	list := make([]types.MetricDatum, 600)
	for i := range list {
		list[i] = datum(1)
		list[i].Dimensions = append(list[i].Dimensions,
			types.Dimension{Name: aws.String("A"), Value: aws.String(strings.Repeat("a", 1000))},
			types.Dimension{Name: aws.String("B"), Value: aws.String(strings.Repeat("b", 1000))})
	}
	return list
}

func TestErrorsHaveTheirTypes(t *testing.T) {
	l := newLab()
	d := datum(1)
	d.Unit = "Minutes"
	var typed *types.InvalidParameterValueException
	if err := l.put(d); !errors.As(err, &typed) || !strings.Contains(typed.ErrorMessage(), "Unit") {
		t.Errorf("%v", err)
	}
}

func TestUnknownFailsLoudly(t *testing.T) {
	l := newLab()
	ctx := context.Background()
	_, operation := l.client.ListMetrics(ctx, &sdk.ListMetricsInput{})
	_, parameter := l.client.PutMetricData(ctx, &sdk.PutMetricDataInput{
		Namespace: aws.String("L"), MetricData: []types.MetricDatum{datum(1)}, StrictEntityValidation: aws.Bool(true),
	})
	_, expression := l.client.GetMetricData(ctx, &sdk.GetMetricDataInput{
		StartTime: aws.Time(start), EndTime: aws.Time(start.Add(time.Hour)),
		MetricDataQueries: []types.MetricDataQuery{{Id: aws.String("a"), Expression: aws.String("SUM(METRICS())")}},
	})
	_, percentile := l.client.GetMetricData(ctx, query("p99", 60))
	for what, err := range map[string]error{"operation": operation, "parameter": parameter, "expression": expression, "percentile": percentile} {
		if code(err) != "NotSimulated" {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func query(stat string, period int32) *sdk.GetMetricDataInput {
	return &sdk.GetMetricDataInput{
		StartTime: aws.Time(start), EndTime: aws.Time(start.Add(10 * time.Minute)), ScanBy: types.ScanByTimestampAscending,
		MetricDataQueries: []types.MetricDataQuery{{Id: aws.String("rto"), MetricStat: &types.MetricStat{
			Metric: &types.Metric{Namespace: aws.String("Lifeboat"), MetricName: aws.String("RTO"), Dimensions: datum(1).Dimensions},
			Period: aws.Int32(period), Stat: &stat,
		}}},
	}
}

func TestStatisticsPerPeriod(t *testing.T) {
	l := newLab()
	for _, at := range []struct {
		after time.Duration
		value float64
	}{{-time.Minute, 99}, {10 * time.Second, 4}, {50 * time.Second, 8}, {6 * time.Minute, 3}, {10 * time.Minute, 99}} {
		d := datum(at.value)
		d.Timestamp = aws.Time(start.Add(at.after))
		if err := l.put(d); err != nil {
			t.Fatal(err)
		}
	}
	other := datum(1000)
	other.Dimensions = other.Dimensions[:1]
	if err := l.put(other); err != nil {
		t.Fatal(err)
	}
	for stat, want := range map[string][]float64{
		"Average": {6, 3}, "Sum": {12, 3}, "Minimum": {4, 3}, "Maximum": {8, 3}, "SampleCount": {2, 1},
	} {
		out, err := l.client.GetMetricData(context.Background(), query(stat, 60))
		if err != nil {
			t.Fatal(err)
		}
		got := out.MetricDataResults[0]
		if diff := cmp.Diff(want, got.Values); diff != "" || got.StatusCode != types.StatusCodeComplete {
			t.Errorf("%s, %s (-want +got):\n%s", stat, got.StatusCode, diff)
		}
		if diff := cmp.Diff([]time.Time{start, start.Add(6 * time.Minute)}, got.Timestamps); diff != "" {
			t.Errorf("%s (-want +got):\n%s", stat, diff)
		}
	}
	in := query("Sum", 300)
	in.ScanBy = ""
	out, err := l.client.GetMetricData(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float64{3, 12}, out.MetricDataResults[0].Values); diff != "" {
		t.Errorf("the newest period comes first (-want +got):\n%s", diff)
	}
}

func TestDataComeInPages(t *testing.T) {
	l := newLab()
	for i := range 7 {
		d := datum(float64(i))
		d.Timestamp = aws.Time(start.Add(time.Duration(i) * time.Minute))
		if err := l.put(d); err != nil {
			t.Fatal(err)
		}
	}
	in := query("Sum", 60)
	in.MaxDatapoints = aws.Int32(3)
	var got []float64
	pages := sdk.NewGetMetricDataPaginator(l.client, in)
	count := 0
	for ; pages.HasMorePages(); count++ {
		out, err := pages.NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, out.MetricDataResults[0].Values...)
	}
	if diff := cmp.Diff([]float64{0, 1, 2, 3, 4, 5, 6}, got); diff != "" || count != 3 {
		t.Errorf("%d pages (-want +got):\n%s", count, diff)
	}
}

func TestReadsThatCloudWatchRefuses(t *testing.T) {
	tests := map[string]struct {
		reason string
		change func(*sdk.GetMetricDataInput)
		want   string
	}{
		"period":       {"of a minute or its multiple", func(in *sdk.GetMetricDataInput) { in.MetricDataQueries[0].MetricStat.Period = aws.Int32(90) }, "InvalidParameterValue"},
		"empty window": {"the start is before the end", func(in *sdk.GetMetricDataInput) { in.EndTime = in.StartTime }, "InvalidParameterValue"},
		"id":           {"begins with a small letter", func(in *sdk.GetMetricDataInput) { in.MetricDataQueries[0].Id = aws.String("Rto") }, "InvalidParameterValue"},
		"id twice": {"must be unique", func(in *sdk.GetMetricDataInput) {
			in.MetricDataQueries = append(in.MetricDataQueries, in.MetricDataQueries[0])
		}, "InvalidParameterValue"},
		"token": {"of another call", func(in *sdk.GetMetricDataInput) { in.NextToken = aws.String("x") }, "InvalidNextToken"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			in := query("Sum", 60)
			tc.change(in)
			if _, err := newLab().client.GetMetricData(context.Background(), in); code(err) != tc.want {
				t.Errorf("%s: %v, want %s", tc.reason, err, tc.want)
			}
		})
	}
}

// The order of members in CBOR is free, so it is kept: a rehearsal repeats byte for byte.
func TestAnswersRepeat(t *testing.T) {
	bodies := map[string]bool{}
	for range 5 {
		l := newLab()
		if err := l.put(datum(1), datum(2)); err != nil {
			t.Fatal(err)
		}
		if _, err := l.client.GetMetricData(context.Background(), query("Sum", 60)); err != nil {
			t.Fatal(err)
		}
		bodies[string(l.exchanges[1].ResponseBody)] = true
	}
	if len(bodies) != 1 {
		t.Errorf("%d different answers", len(bodies))
	}
}
