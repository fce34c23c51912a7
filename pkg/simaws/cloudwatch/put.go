package cloudwatch

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

type putIn struct {
	Namespace  *string
	MetricData []datum
}

type datum struct {
	MetricName        *string
	Dimensions        []dimensionIn
	Timestamp         *wire.Epoch
	Value             *wire.Float
	StatisticValues   *statisticSet
	Values            []wire.Float
	Counts            []wire.Float
	Unit              *string
	StorageResolution *int
}

type dimensionIn struct{ Name, Value *string }

type statisticSet struct{ SampleCount, Sum, Minimum, Maximum *wire.Float }

// Limits of PutMetricData,
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
// and API_MetricDatum.html.
const (
	maxData       = 1000
	maxDimensions = 30
	maxValues     = 150
	// maxBodyBytes is the size of a request. CloudWatch does not say whether it
	// counts before or after compression; the stricter reading is taken.
	maxBodyBytes    = 1 << 20
	oldest          = 14 * 24 * time.Hour
	farthestFuture  = 2 * time.Hour
	maxNameLength   = 255
	maxDimensionLen = 1024
)

// maxMagnitude is the largest value in either direction: 2^360.
var maxMagnitude = math.Pow(2, 360)

func (s *Service) put(c *wire.Call, in putIn) (wire.Empty, error) {
	c.Touch("*") // the action has no resource type: its namespace is a condition
	body, err := wire.Inflate(c)
	if err != nil {
		return wire.Empty{}, err
	}
	if len(body) > maxBodyBytes {
		return wire.Empty{}, &wire.Error{Code: "RequestEntityTooLarge", Message: fmt.Sprintf("Request size of %d bytes is over %d.", len(body), maxBodyBytes), Status: http.StatusRequestEntityTooLarge}
	}
	if err := checkNamespace(in.Namespace); err != nil {
		return wire.Empty{}, err
	}
	if len(in.MetricData) == 0 {
		return wire.Empty{}, wire.Errorf(missingParameter, "The parameter MetricData is required.")
	}
	if len(in.MetricData) > maxData {
		return wire.Empty{}, wire.Errorf(invalidValue, "The collection MetricData must not have a size greater than %d.", maxData)
	}
	points := make([]Datapoint, 0, len(in.MetricData))
	for i, d := range in.MetricData {
		point, err := s.point(c, d, fmt.Sprintf("MetricData.member.%d", i+1))
		if err != nil {
			return wire.Empty{}, err
		}
		point.Namespace = *in.Namespace
		points = append(points, point)
	}
	for _, p := range points {
		s.store(s.seriesOf(p.Account, p.Region, p.Namespace, p.Metric, p.Dimensions), p)
	}
	return wire.Empty{}, nil
}

func checkNamespace(namespace *string) error {
	if namespace == nil || *namespace == "" {
		return wire.Errorf(missingParameter, "The parameter Namespace is required.")
	}
	if err := checkText(*namespace, maxNameLength, "Namespace"); err != nil {
		return err
	}
	if strings.HasPrefix(*namespace, "AWS/") {
		return wire.Errorf(invalidValue, "The value AWS/ for parameter Namespace is invalid.")
	}
	return nil
}

// checkText refuses what a name may not be: empty, too long, with a colon in
// front, not of printable ASCII.
func checkText(text string, longest int, what string) error {
	printable := !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' })
	if text == "" || len(text) > longest || text[0] == ':' || !printable {
		return wire.Errorf(invalidValue, "The value %q for parameter %s is invalid.", text, what)
	}
	return nil
}

// point checks one datum.
func (s *Service) point(c *wire.Call, d datum, at string) (Datapoint, error) {
	point := Datapoint{Account: c.Account, Region: c.Region, Time: c.Now, Unit: "None", ResolutionSeconds: 60}
	if d.MetricName == nil {
		return point, wire.Errorf(missingParameter, "The parameter %s.MetricName is required.", at)
	}
	point.Metric = *d.MetricName
	if err := checkText(point.Metric, maxNameLength, at+".MetricName"); err != nil {
		return point, err
	}
	if d.Unit != nil {
		if point.Unit = *d.Unit; !slices.Contains(units, point.Unit) {
			return point, wire.Errorf(invalidValue, "The parameter %s.Unit must be a value in the set [ %s ].", at, strings.Join(units, ", "))
		}
	}
	if d.StorageResolution != nil {
		if point.ResolutionSeconds = *d.StorageResolution; point.ResolutionSeconds != 1 && point.ResolutionSeconds != 60 {
			return point, wire.Errorf(invalidValue, "The value %d for parameter %s.StorageResolution is invalid.", point.ResolutionSeconds, at)
		}
	}
	if d.Timestamp != nil {
		point.Time = time.Time(*d.Timestamp)
		if now := s.o.Clock.Now(); point.Time.Before(now.Add(-oldest)) || point.Time.After(now.Add(farthestFuture)) {
			return point, wire.Errorf(invalidValue, "The parameter %s.Timestamp must specify a time within the past two weeks.", at)
		}
	}
	var err error
	if point.Dimensions, err = dimensions(d.Dimensions, at); err != nil {
		return point, err
	}
	return point, fill(&point, d, at)
}

func dimensions(list []dimensionIn, at string) ([]Dimension, error) {
	if len(list) > maxDimensions {
		return nil, wire.Errorf(invalidValue, "The collection %s.Dimensions must not have a size greater than %d.", at, maxDimensions)
	}
	out := make([]Dimension, 0, len(list))
	for i, d := range list {
		where := fmt.Sprintf("%s.Dimensions.member.%d", at, i+1)
		if d.Name == nil || d.Value == nil {
			return nil, wire.Errorf(missingParameter, "The parameters %s.Name and Value are required.", where)
		}
		if err := checkText(*d.Name, maxNameLength, where+".Name"); err != nil {
			return nil, err
		}
		if err := checkText(strings.TrimLeft(*d.Value, ":"), maxDimensionLen, where+".Value"); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(out, func(have Dimension) bool { return have.Name == *d.Name }) {
			return nil, wire.Errorf(invalidValue, "The value %s for parameter %s.Name is given twice.", *d.Name, where)
		}
		out = append(out, Dimension{*d.Name, *d.Value})
	}
	slices.SortFunc(out, func(a, b Dimension) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

// fill takes the figures from the one of the three forms that a datum has.
func fill(point *Datapoint, d datum, at string) error {
	forms := 0
	for _, given := range []bool{d.Value != nil, d.StatisticValues != nil, len(d.Values) > 0} {
		if given {
			forms++
		}
	}
	switch {
	case forms == 0:
		return wire.Errorf(invalidCombination, "At least one of the parameters must be specified: %s.Value, Values or StatisticValues.", at)
	case forms > 1:
		return wire.Errorf(invalidCombination, "The parameters %s.Value, Values and StatisticValues are mutually exclusive.", at)
	case len(d.Counts) > 0 && len(d.Counts) != len(d.Values):
		return wire.Errorf(invalidCombination, "The parameters %s.Values and %[1]s.Counts must have the same size.", at)
	case len(d.Values) > maxValues:
		return wire.Errorf(invalidValue, "The collection %s.Values must not have a size greater than %d.", at, maxValues)
	case d.StatisticValues != nil:
		return fillSet(point, *d.StatisticValues, at)
	case d.Value != nil:
		d.Values = []wire.Float{*d.Value}
	}
	for i, value := range d.Values {
		count := 1.0
		if len(d.Counts) > 0 {
			count = float64(d.Counts[i])
		}
		if err := checkRange(at, float64(value), count); err != nil {
			return err
		}
		add(point, count, float64(value)*count, float64(value), float64(value))
	}
	return nil
}

func fillSet(point *Datapoint, set statisticSet, at string) error {
	if set.SampleCount == nil || set.Sum == nil || set.Minimum == nil || set.Maximum == nil {
		return wire.Errorf(missingParameter, "The parameter %s.StatisticValues needs SampleCount, Sum, Minimum and Maximum.", at)
	}
	count, sum, low, high := float64(*set.SampleCount), float64(*set.Sum), float64(*set.Minimum), float64(*set.Maximum)
	if err := checkRange(at, count, sum, low, high); err != nil {
		return err
	}
	if low > high {
		return wire.Errorf(invalidValue, "The parameter %s.StatisticValues.Minimum is over Maximum.", at)
	}
	add(point, count, sum, low, high)
	return nil
}

func checkRange(at string, values ...float64) error {
	for _, value := range values {
		if math.IsNaN(value) || math.Abs(value) > maxMagnitude {
			return wire.Errorf(invalidValue, "The value %g for parameter %s.Value is invalid.", value, at)
		}
	}
	return nil
}

// add takes further samples into a statistic set.
func add(to *Datapoint, count, sum, low, high float64) {
	if to.SampleCount == 0 {
		to.Minimum, to.Maximum = low, high
	}
	to.SampleCount += count
	to.Sum += sum
	to.Minimum, to.Maximum = min(to.Minimum, low), max(to.Maximum, high)
}

// units are those of API_MetricDatum.html.
var units = []string{
	"Seconds", "Microseconds", "Milliseconds",
	"Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes",
	"Bits", "Kilobits", "Megabits", "Gigabits", "Terabits", "Percent", "Count",
	"Bytes/Second", "Kilobytes/Second", "Megabytes/Second", "Gigabytes/Second", "Terabytes/Second",
	"Bits/Second", "Kilobits/Second", "Megabits/Second", "Gigabits/Second", "Terabits/Second", "Count/Second", "None",
}
