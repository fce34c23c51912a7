package cloudwatch

import (
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

type getIn struct {
	MetricDataQueries []query
	StartTime         *wire.Epoch
	EndTime           *wire.Epoch
	NextToken         *string
	ScanBy            *string
	MaxDatapoints     *int
}

type query struct {
	Id         string
	MetricStat *metricStat
	Label      *string
	ReturnData *bool
}

type metricStat struct {
	Metric struct {
		Namespace  *string
		MetricName *string
		Dimensions []dimensionIn
	}
	Period *int
	Stat   *string
	Unit   *string
}

type getOut struct {
	MetricDataResults []result
	NextToken         *string
}

type result struct {
	Id         string
	Label      string
	StatusCode string
	Timestamps []wire.Epoch
	Values     []float64
}

const (
	maxQueries    = 500
	maxDatapoints = 100_800
)

var (
	idRE    = regexp.MustCompile(`^[a-z][a-zA-Z0-9_]{0,254}$`)
	periods = []int{1, 5, 10, 20, 30} // below a minute, for high-resolution metrics
)

// statistics of one period.
var statistics = map[string]func(sample) float64{
	"Average":     func(p sample) float64 { return p.sum / p.count },
	"Sum":         func(p sample) float64 { return p.sum },
	"Minimum":     func(p sample) float64 { return p.low },
	"Maximum":     func(p sample) float64 { return p.high },
	"SampleCount": func(p sample) float64 { return p.count },
}

// get answers https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html.
// Periods begin at multiples of their length since 1970; StartTime counts,
// EndTime does not. The newest come first unless ScanBy says otherwise.
func (s *Service) get(c *wire.Call, in getIn) (getOut, error) {
	c.Touch("*") // the action has no resource type
	if in.StartTime == nil || in.EndTime == nil || len(in.MetricDataQueries) == 0 {
		return getOut{}, wire.Errorf(missingParameter, "The parameters MetricDataQueries, StartTime and EndTime are required.")
	}
	from, to := time.Time(*in.StartTime), time.Time(*in.EndTime)
	if !from.Before(to) {
		return getOut{}, wire.Errorf(invalidValue, "The parameter StartTime must be less than the parameter EndTime.")
	}
	if len(in.MetricDataQueries) > maxQueries {
		return getOut{}, wire.Errorf(invalidValue, "The collection MetricDataQueries must not have a size greater than %d.", maxQueries)
	}
	ascending, err := ascending(in.ScanBy)
	if err != nil {
		return getOut{}, err
	}
	var results []result
	for i, q := range in.MetricDataQueries {
		if slices.ContainsFunc(in.MetricDataQueries[:i], func(other query) bool { return other.Id == q.Id }) {
			return getOut{}, wire.Errorf(invalidValue, "The values for parameter id in MetricDataQueries are not unique: %s.", q.Id)
		}
		found, err := s.evaluate(c, q, from, to, ascending)
		if err != nil {
			return getOut{}, err
		}
		if q.ReturnData == nil || *q.ReturnData {
			results = append(results, found)
		}
	}
	return page(results, in.MaxDatapoints, in.NextToken)
}

func ascending(scanBy *string) (bool, error) {
	if scanBy == nil || *scanBy == "TimestampDescending" {
		return false, nil
	}
	if *scanBy == "TimestampAscending" {
		return true, nil
	}
	return false, wire.Errorf(invalidValue, "The value %s for parameter ScanBy is invalid.", *scanBy)
}

func (s *Service) evaluate(c *wire.Call, q query, from, to time.Time, ascending bool) (result, error) {
	m := q.MetricStat
	if !idRE.MatchString(q.Id) {
		return result{}, wire.Errorf(invalidValue, "The value %q for parameter MetricDataQueries.member.Id is invalid.", q.Id)
	}
	if m == nil || m.Period == nil || m.Stat == nil || m.Metric.Namespace == nil || m.Metric.MetricName == nil {
		return result{}, wire.Errorf(missingParameter, "MetricStat of %s needs a metric with namespace and name, a period and a statistic.", q.Id)
	}
	if *m.Period <= 0 || *m.Period%60 != 0 && !slices.Contains(periods, *m.Period) {
		return result{}, wire.Errorf(invalidValue, "The parameter Period of %s must be 1, 5, 10, 20, 30 or a multiple of 60, is %d.", q.Id, *m.Period)
	}
	figure, ok := statistics[*m.Stat]
	if !ok {
		return result{}, wire.Unknown("monitoring GetMetricData: statistic %q", *m.Stat)
	}
	wanted, err := dimensions(m.Metric.Dimensions, "MetricStat.Metric")
	if err != nil {
		return result{}, err
	}
	out := result{Id: q.Id, Label: *m.Metric.MetricName, StatusCode: "Complete", Timestamps: []wire.Epoch{}, Values: []float64{}}
	if q.Label != nil {
		out.Label = *q.Label
	}
	periods := s.periods(c, *m, wanted, from, to)
	if !ascending {
		slices.Reverse(periods)
	}
	for _, p := range periods {
		out.Timestamps = append(out.Timestamps, wire.Epoch(time.Unix(0, p.at).UTC()))
		out.Values = append(out.Values, figure(p))
	}
	return out, nil
}

// periods sums up the data of a metric, by the beginnings of their periods.
func (s *Service) periods(c *wire.Call, m metricStat, wanted []Dimension, from, to time.Time) []sample {
	var periods []sample
	length := int64(*m.Period) * int64(time.Second)
	t := s.seriesOf(c.Account, c.Region, *m.Metric.Namespace, *m.Metric.MetricName, wanted)
	for _, p := range t.points[t.from(from.UnixNano()):] {
		begin := p.at / length * length
		if begin >= to.UnixNano() {
			break
		}
		if m.Unit != nil && units[p.unit] != *m.Unit || *m.Period < int(p.resolution) || begin < from.UnixNano() {
			continue
		}
		if len(periods) == 0 || periods[len(periods)-1].at != begin {
			periods = append(periods, sample{at: begin})
		}
		periods[len(periods)-1].add(p)
	}
	return append(periods, s.liveNow(c, m, wanted, from, to)...)
}

// liveNow is the figure of a metric that is worked out, at the newest whole minute.
func (s *Service) liveNow(c *wire.Call, m metricStat, wanted []Dimension, from, to time.Time) []sample {
	if s.o.Live == nil {
		return nil
	}
	of := Metric{Namespace: *m.Metric.Namespace, Name: *m.Metric.MetricName, Dimensions: map[string]string{}}
	for _, d := range wanted {
		of.Dimensions[d.Name] = d.Value
	}
	value, known := s.o.Live(c.Account, c.Region, of)
	at := c.Now.Truncate(time.Minute)
	if !known || at.Before(from) || !at.Before(to) {
		return nil
	}
	return []sample{{at: at.UnixNano(), count: 1, sum: value, low: value, high: value}}
}

// page cuts the results to MaxDatapoints in all; the token is how many were
// returned before.
func page(results []result, limit *int, token *string) (getOut, error) {
	size, skip := maxDatapoints, 0
	if limit != nil {
		if size = *limit; size < 1 || size > maxDatapoints {
			return getOut{}, wire.Errorf(invalidValue, "The parameter MaxDatapoints must be between 1 and %d.", maxDatapoints)
		}
	}
	if token != nil {
		var err error
		if skip, err = strconv.Atoi(*token); err != nil || skip < 0 {
			return getOut{}, wire.Errorf("InvalidNextToken", "The token %q is not known.", *token)
		}
	}
	var out getOut
	next, total := skip+size, 0
	for _, r := range results {
		n := len(r.Values)
		first, last := clamp(skip-total, n), clamp(next-total, n)
		total += n
		r.Timestamps, r.Values = r.Timestamps[first:last], r.Values[first:last]
		if last < n {
			r.StatusCode = "PartialData"
		}
		out.MetricDataResults = append(out.MetricDataResults, r)
	}
	if next < total {
		text := strconv.Itoa(next)
		out.NextToken = &text
	}
	return out, nil
}

func clamp(n, most int) int { return max(0, min(n, most)) }
