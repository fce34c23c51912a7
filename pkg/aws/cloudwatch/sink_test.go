package cloudwatch_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/mototest"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	simcloudwatch "github.com/lifeboat-dr/lifeboat/pkg/simaws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

var start = time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)

type lab struct {
	clock   *clock.Virtual
	metrics *simcloudwatch.Service
	cloud   *simaws.Cloud
	sink    *cloudwatch.Sink
}

func newLab(faults ...simaws.Fault) lab {
	l := lab{clock: clock.NewVirtual(start)}
	l.metrics = simcloudwatch.New(simcloudwatch.Options{Clock: l.clock})
	l.cloud = simaws.New(simaws.Options{Clock: l.clock, Faults: faults}, map[string]wire.Handler{"monitoring": l.metrics})
	l.sink = cloudwatch.New(awsconfig.New(awsconfig.Options{
		Region: "eu-central-1", HTTPClient: &http.Client{Transport: l.cloud}, Pause: func(d time.Duration) { l.clock.Advance(d) },
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey("111122223333", "tester"), "secret", ""),
	}), l.clock)
	return l
}

// figures are those of a drill that measured everything.
func figures() []drill.Metric {
	age, recovery, data := 2520.0, 2710.25, 60.0
	return drill.Metrics(drill.Spec{Deployment: "prod", Workload: "orders", Database: "orders-db"}, drill.Verdict{
		RPO: drill.Judgement{ActualSeconds: &age}, RTO: drill.Judgement{ActualSeconds: &recovery}, DataAgeSeconds: &data,
	}, drill.Passed)
}

func TestFiguresArriveAsTheyAre(t *testing.T) {
	l := newLab()
	if err := l.sink.Publish(context.Background(), figures()); err != nil {
		t.Fatal(err)
	}
	var want []simcloudwatch.Datapoint
	for _, m := range figures() {
		var dimensions []simcloudwatch.Dimension
		for _, name := range slices.Sorted(maps.Keys(m.Dimensions)) {
			dimensions = append(dimensions, simcloudwatch.Dimension{Name: name, Value: m.Dimensions[name]})
		}
		want = append(want, simcloudwatch.Datapoint{
			Account: "111122223333", Region: "eu-central-1", Namespace: "Lifeboat", Metric: m.Name, Unit: m.Unit, ResolutionSeconds: 60,
			Dimensions: dimensions, Time: start, SampleCount: 1, Sum: m.Value, Minimum: m.Value, Maximum: m.Value,
		})
	}
	if diff := cmp.Diff(want, l.metrics.Datapoints()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if calls := l.cloud.Calls(); len(calls) != 1 {
		t.Errorf("%d requests for one drill", len(calls))
	}
}

func TestWhatIsRefused(t *testing.T) {
	good := drill.Metric{Name: "RecoveryTime", Unit: "Seconds", Value: 1, Dimensions: map[string]string{"Deployment": "prod"}}
	tests := map[string]struct {
		reason string
		change func(m *drill.Metric)
	}{
		"run id":             {"every run would be a new metric", func(m *drill.Metric) { m.Dimensions = map[string]string{"Deployment": "prod", "Run": "7f3a"} }},
		"another dimension":  {"and so would anything else", func(m *drill.Metric) { m.Dimensions = map[string]string{"deployment": "prod"} }},
		"an empty dimension": {"CloudWatch refuses the whole request", func(m *drill.Metric) { m.Dimensions = map[string]string{"Deployment": ""} }},
		"milliseconds":       {"durations are seconds", func(m *drill.Metric) { m.Unit = "Milliseconds" }},
		"no unit":            {"a figure without one means nothing", func(m *drill.Metric) { m.Unit = "" }},
		"no name":            {"", func(m *drill.Metric) { m.Name = "" }},
		"not a number":       {"CloudWatch refuses the whole request", func(m *drill.Metric) { m.Value = math.NaN() }},
		"infinite":           {"the same", func(m *drill.Metric) { m.Value = math.Inf(1) }},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLab()
			bad := good
			c.change(&bad)
			if err := l.sink.Publish(context.Background(), []drill.Metric{good, bad}); drill.NameOf(err) != drill.MetricsFailed {
				t.Errorf("%s: %v", c.reason, err)
			}
			if calls := l.cloud.Calls(); len(calls) != 0 {
				t.Errorf("something was sent: %v", calls)
			}
		})
	}
}

// TestManyMetrics: a fleet's figures go in as few requests as the limits allow,
// which the simulation enforces.
func TestManyMetrics(t *testing.T) {
	tests := map[string]struct {
		reason   string
		name     string // of a workload
		count    int
		requests int
	}{
		"none":        {"nothing is asked for", "orders", 0, 0},
		"one batch":   {"1000 in a request", "orders", 1000, 1},
		"by number":   {"2500 in three", "orders", 2500, 3},
		"by size":     {"names of 1024 characters: about 690 in a request of 1 MB", strings.Repeat("o", 1024), 1000, 2},
		"exactly one": {"and never an empty request", "orders", 1001, 2},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLab()
			var metrics []drill.Metric
			for i := range c.count {
				metrics = append(metrics, drill.Metric{
					Name: "RecoveryTime", Unit: "Seconds", Value: float64(i),
					Dimensions: map[string]string{"Deployment": "prod", "Workload": c.name, "Database": fmt.Sprint(i)},
				})
			}
			if err := l.sink.Publish(context.Background(), metrics); err != nil {
				t.Fatal(err)
			}
			if calls := l.cloud.Calls(); len(calls) != c.requests {
				t.Errorf("%s: %d requests, want %d", c.reason, len(calls), c.requests)
			}
			data := l.metrics.Datapoints()
			for i, d := range data {
				if d.Sum != float64(i) {
					t.Fatalf("datum %d is out of order", i)
				}
			}
			if len(data) != c.count {
				t.Errorf("%d data arrived of %d", len(data), c.count)
			}
		})
	}
}

func TestTroubleHasAName(t *testing.T) {
	const on = "monitoring:PutMetricData"
	tests := map[string]struct {
		reason string
		fault  simaws.Fault
		want   drill.ErrorName
	}{
		"throttled once":   {"tried again", simaws.Fault{On: on, Error: "Throttling"}, ""},
		"throttled always": {"the machine tries again later", simaws.Fault{On: on, Error: "Throttling", Times: 3}, drill.Throttled},
		"failing":          {"so it does here", simaws.Fault{On: on, Error: "InternalServiceFault", Status: 500, Times: 3}, drill.Transient},
		"answer lost":      {"published again: the maximum stays", simaws.Fault{On: on, Effective: true}, ""},
		"denied":           {"trying again would not help", simaws.Fault{On: on, Error: "AccessDenied", Status: 403}, drill.MetricsFailed},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLab(c.fault)
			if err := l.sink.Publish(context.Background(), figures()); drill.NameOf(err) != c.want {
				t.Errorf("%s: %v", c.reason, err)
			}
			if unused := l.cloud.UnusedFaults(); len(unused) > 0 {
				t.Errorf("never happened: %v", unused)
			}
		})
	}
}

func TestEveryMetricIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range figures() {
		if row := fmt.Sprintf("| `%s` | %s |", m.Name, m.Unit); !strings.Contains(string(text), row) {
			t.Errorf("docs/metrics.md has no row %q", row)
		}
	}
}

// TestAgainstMoto: moto keeps what is put, and takes units and values that
// CloudWatch refuses. moto 5.2 knows only the query protocol of CloudWatch,
// which the SDK for Go no longer speaks: it answers 404.
func TestAgainstMoto(t *testing.T) {
	cfg := mototest.Start(t)
	ctx := context.Background()
	now := clock.Real{}.Now() // moto, like CloudWatch, keeps the last two weeks
	sink := cloudwatch.New(cfg, clock.NewVirtual(now))
	err := sink.Publish(ctx, figures())
	var answer interface{ HTTPStatusCode() int }
	if errors.As(err, &answer) && answer.HTTPStatusCode() == http.StatusNotFound {
		t.Skip("this moto does not know CloudWatch's rpc-v2-cbor protocol, and the SDK knows no other")
	}
	if err != nil {
		t.Fatal(err)
	}
	out, err := sdk.NewFromConfig(cfg).ListMetrics(ctx, &sdk.ListMetricsInput{Namespace: aws.String(cloudwatch.Namespace)})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Metrics) != len(figures()) {
		t.Errorf("%d metrics, want %d", len(out.Metrics), len(figures()))
	}
	for _, m := range out.Metrics {
		if len(m.Dimensions) != 3 {
			t.Errorf("%s has dimensions %v", aws.ToString(m.MetricName), m.Dimensions)
		}
	}
}
