package cloudwatch

import (
	"maps"
	"slices"
	"sort"
	"strings"
	"time"
)

// series is one metric: its data by time, and the alarms that look at it.
type series struct {
	points   []sample // by time; those of one time in the order of arrival
	watchers []*alarm
}

// sample is one datum of a series.
type sample struct {
	at                    int64 // nanoseconds since 1970, of the resolution's second or minute
	resolution            int64 // of the storage, nanoseconds
	unit                  string
	count, sum, low, high float64
}

func (p *sample) add(q sample) {
	if p.count == 0 {
		p.low, p.high = q.low, q.high
	}
	p.count, p.sum = p.count+q.count, p.sum+q.sum
	p.low, p.high = min(p.low, q.low), max(p.high, q.high)
}

// store appends what was put, and wakes the alarms that it may change.
func (s *Service) store(points ...Datapoint) {
	s.data = append(s.data, points...)
	for _, p := range points {
		to := s.seriesOf(p.Account, p.Region, p.Namespace, p.Metric, p.Dimensions)
		resolution := int64(p.ResolutionSeconds) * int64(time.Second)
		q := sample{
			at: floor(p.Time.UnixNano(), resolution), resolution: resolution, unit: p.Unit,
			count: p.SampleCount, sum: p.Sum, low: p.Minimum, high: p.Maximum,
		}
		to.insert(q)
		for _, a := range to.watchers {
			s.touched(a, q.at)
		}
	}
}

func (t *series) insert(p sample) {
	i := len(t.points)
	if i > 0 && t.points[i-1].at > p.at { // late data
		i = t.from(p.at + 1)
	}
	t.points = slices.Insert(t.points, i, p)
}

// from is the index of the first sample at or after a time.
func (t *series) from(at int64) int {
	return sort.Search(len(t.points), func(i int) bool { return t.points[i].at >= at })
}

// seriesOf finds or makes a series. Dimensions are sorted by name.
func (s *Service) seriesOf(account, region, namespace, metric string, by []Dimension) *series {
	var key strings.Builder
	for _, part := range []string{account, region, namespace, metric} {
		key.WriteString(part)
		key.WriteByte(0)
	}
	for _, d := range by {
		key.WriteString(d.Name)
		key.WriteByte(0)
		key.WriteString(d.Value)
		key.WriteByte(0)
	}
	t, ok := s.series[key.String()]
	if !ok {
		t = &series{}
		s.series[key.String()] = t
	}
	return t
}

func sorted(by map[string]string) []Dimension {
	list := make([]Dimension, 0, len(by))
	for _, name := range slices.Sorted(maps.Keys(by)) {
		list = append(list, Dimension{name, by[name]})
	}
	return list
}

// Metric is one metric, and the unit of its data.
type Metric struct {
	Namespace, Name string
	Dimensions      map[string]string
	Unit            string // "": of what is put, none; of what is asked for, any
}

// Put is what AWS's services publish themselves: in their own namespaces, which
// PutMetricData refuses.
func (s *Service) Put(account, region string, m Metric, value float64, at time.Time) {
	unit := m.Unit
	if unit == "" {
		unit = "None"
	}
	s.store(Datapoint{
		Account: account, Region: region, Namespace: m.Namespace, Metric: m.Name, Dimensions: sorted(m.Dimensions), Time: at.UTC(),
		Unit: unit, ResolutionSeconds: 60, SampleCount: 1, Sum: value, Minimum: value, Maximum: value,
	})
}
