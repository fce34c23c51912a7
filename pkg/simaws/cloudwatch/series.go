package cloudwatch

import (
	"slices"
	"sort"
	"strings"
	"time"
)

// series is one metric: its data by time, and the alarms that look at it.
type series struct {
	of       Datapoint // who it is; no datum
	points   []sample  // by time; those of one time in the order of arrival
	watchers []*alarm
}

// sample is one datum of a series. A month has some hundred thousand of them:
// they hold no pointers.
type sample struct {
	at                    int64 // nanoseconds since 1970, of the resolution's second or minute
	time                  int64 // as it was put
	order                 int   // of arrival, over all series
	resolution            int32 // of the storage, seconds
	unit                  int32 // in units
	count, sum, low, high float64
}

func (p *sample) add(q sample) {
	if p.count == 0 {
		p.low, p.high = q.low, q.high
	}
	p.count, p.sum = p.count+q.count, p.sum+q.sum
	p.low, p.high = min(p.low, q.low), max(p.high, q.high)
}

// store keeps what was put, and wakes the alarms that it may change.
func (s *Service) store(t *series, p Datapoint) {
	s.count++
	at := p.Time.UnixNano()
	q := sample{
		at: floor(at, int64(p.ResolutionSeconds)*int64(time.Second)), time: at, order: s.count,
		resolution: int32(p.ResolutionSeconds), unit: int32(slices.Index(units, p.Unit)), //nolint:gosec // 1 or 60; a few units
		count: p.SampleCount, sum: p.Sum, low: p.Minimum, high: p.Maximum,
	}
	i := len(t.points)
	if i > 0 && t.points[i-1].at > q.at { // late data
		i = t.from(q.at + 1)
	}
	t.points = slices.Insert(t.points, i, q)
	for _, a := range t.watchers {
		s.touched(a, q.at)
	}
}

// from is the index of the first sample at or after a time.
func (t *series) from(at int64) int {
	return sort.Search(len(t.points), func(i int) bool { return t.points[i].at >= at })
}

// seriesOf finds or makes a series. Dimensions are sorted by name.
func (s *Service) seriesOf(account, region, namespace, metric string, by []Dimension) *series {
	key := s.key[:0]
	for _, part := range []string{account, region, namespace, metric} {
		key = append(append(key, part...), 0)
	}
	for _, d := range by {
		key = append(append(key, d.Name...), 0)
		key = append(append(key, d.Value...), 0)
	}
	s.key = key
	t, ok := s.series[string(key)]
	if !ok {
		t = &series{of: Datapoint{Account: account, Region: region, Namespace: namespace, Metric: metric, Dimensions: slices.Clone(by)}}
		s.series[string(key)] = t
	}
	return t
}

// Datapoints are all that were put, of every account and region, in the order
// of arrival.
func (s *Service) Datapoints() []Datapoint {
	list := make([]Datapoint, s.count)
	for _, t := range s.series {
		for _, p := range t.points {
			d := t.of
			d.Time, d.Unit, d.ResolutionSeconds = time.Unix(0, p.time).UTC(), units[p.unit], int(p.resolution)
			d.SampleCount, d.Sum, d.Minimum, d.Maximum = p.count, p.sum, p.low, p.high
			list[p.order-1] = d
		}
	}
	return list
}

func sorted(by map[string]string) []Dimension {
	list := make([]Dimension, 0, len(by))
	for name, value := range by {
		list = append(list, Dimension{name, value})
	}
	slices.SortFunc(list, func(a, b Dimension) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Metric is one metric, and the unit of its data.
type Metric struct {
	Namespace, Name string
	Dimensions      map[string]string
	Unit            string // "": of what is put, none; of what is asked for, any
}

// Put is what AWS's services publish themselves: in their own namespaces, which
// PutMetricData refuses. It panics on a unit that there is none of.
func (s *Service) Put(account, region string, m Metric, value float64, at time.Time) {
	unit := m.Unit
	if unit == "" {
		unit = "None"
	}
	if !slices.Contains(units, unit) {
		panic("pkg/simaws: cloudwatch: there is no unit " + unit)
	}
	s.store(s.seriesOf(account, region, m.Namespace, m.Name, sorted(m.Dimensions)), Datapoint{
		Time: at, Unit: unit, ResolutionSeconds: 60, SampleCount: 1, Sum: value, Minimum: value, Maximum: value,
	})
}

// Unfed are the names of the alarms of which no metric ever got a datum, sorted: a
// metric that nobody publishes, or under other dimensions.
func (s *Service) Unfed() (names []string) {
	fed := map[*alarm]bool{}
	for _, t := range s.series {
		for _, a := range t.watchers {
			fed[a] = fed[a] || len(t.points) > 0
		}
	}
	for a, is := range fed {
		if !is {
			names = append(names, a.Name)
		}
	}
	slices.Sort(names)
	return names
}
