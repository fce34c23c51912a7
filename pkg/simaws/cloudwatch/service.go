// Package cloudwatch is the simulated CloudWatch: metrics that are put and read
// back, alarms that watch them, dashboards; all checked as CloudWatch checks it.
//
// A datum is kept as its statistic set. Reading sums up what falls into each
// period. A call that is refused leaves nothing behind: CloudWatch takes all of
// its data or none. What is put can be read at once; CloudWatch takes up to 15
// minutes for a metric that is new.
//
// Alarms are evaluated in the time of the clock, each minute by a window that
// slides with it (evaluate.go), but only in minutes in which the answer can be
// another than before: when a datum comes into the window, moves from one
// period into the next, or leaves it. Where nothing can change no timer is set.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
package cloudwatch

import (
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Options of the service.
type Options struct {
	// Clock gives the time to data that come without one, and the window in
	// which timestamps are taken.
	Clock clock.Clock
	// Live answers for metrics of AWS's own that are not put, with the figure of now:
	// GetMetricData shows it at the newest whole minute. Nil: there are none.
	Live func(account, region string, m Metric) (float64, bool)
}

// Service implements wire.Handler. Calls must come one at a time, as
// simaws.Cloud sends them.
type Service struct {
	wire.CBOR
	o      Options
	series map[string]*series
	key    []byte   // of a series, for the next look-up
	count  int      // of data
	alarms []*alarm // in the order in which they were added

	composites []*composite // the same
	changed    []func(Change)
	armed      int64 // when the timer is due, nanoseconds since 1970; 0: none is set
	disarm     func() bool
	boards     []dashboard // by region and name
}

// Datapoint is one datum that was put. Its single value is Sum where
// SampleCount is 1.
type Datapoint struct {
	Account    string      `json:"account"`
	Region     string      `json:"region"`
	Namespace  string      `json:"namespace"`
	Metric     string      `json:"metric"`
	Dimensions []Dimension `json:"dimensions"` // by name
	Time       time.Time   `json:"time"`
	Unit       string      `json:"unit"` // "None" where none was said
	// ResolutionSeconds is 60, or 1 for a high-resolution metric.
	ResolutionSeconds int     `json:"resolutionSeconds"`
	SampleCount       float64 `json:"sampleCount"`
	Sum               float64 `json:"sum"`
	Minimum           float64 `json:"minimum"`
	Maximum           float64 `json:"maximum"`
}

// Dimension is a part of a metric's identity.
type Dimension struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// New makes the service.
func New(o Options) *Service {
	s := &Service{o: o, series: map[string]*series{}}
	s.CBOR = wire.CBOR{
		ServiceName: "GraniteServiceVersion20100801",
		Namespace:   "com.amazonaws.cloudwatch",
		QueryCodes: map[string]string{
			invalidValue:       "InvalidParameterValue",
			invalidCombination: "InvalidParameterCombination",
			missingParameter:   "MissingParameter",
			"InvalidNextToken": "InvalidNextToken",
			noDashboard:        "ResourceNotFound",
			invalidDashboard:   "InvalidParameterInput",
		},
		Operations: map[string]wire.Operation{
			"PutMetricData": wire.Op(s.put),
			"GetMetricData": wire.Op(s.get),

			"PutMetricAlarm": wire.Op(s.putAlarm),
			"DescribeAlarms": wire.Op(s.describeAlarms),
			"SetAlarmState":  wire.Op(s.setAlarmState),
			"GetDashboard":   wire.Op(s.getDashboard),
			"ListDashboards": wire.Op(s.listDashboards),
		},
	}
	return s
}

// Errors of the API, by the names of their shapes.
const (
	invalidValue       = "InvalidParameterValueException"
	invalidCombination = "InvalidParameterCombinationException"
	missingParameter   = "MissingRequiredParameterException"
	notFound           = "ResourceNotFound"
	validation         = "ValidationError"
)
