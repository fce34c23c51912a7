package cloudwatch

import (
	"math"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Metric math, as far as alarms here have it: numbers, other lines by their
// ids, + - * / ^, comparisons, AND and OR, IF(condition, then, else), and FILL
// with a number or REPEAT. A datum that is missing counts as 0 beside one that
// is there; where none is there, none comes out; a division by zero drops the
// datum.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html

// input is a metric that an alarm reads.
type input struct {
	metric Metric
	figure func(sample) float64
	series *series
	first  int // of the samples in the range, at the last evaluation
}

// values are one figure per period, the newest first; a NaN is missing. A
// scalar has one figure for all.
type values struct {
	of     []float64
	scalar bool
}

// expression is one line of metric math, compiled.
type expression struct {
	scalar bool
	// eval has the figures of the inputs, by their number, for each period.
	eval func(inputs [][]float64) values
}

var missingValue = math.NaN()

// compile reads Metric or Metrics.
func (a *alarm) compile() error {
	if (a.Metric == nil) == (len(a.Metrics) == 0) {
		return wire.Errorf(validation, "Alarm %s needs a metric or a list of Metrics, and not both.", a.Name)
	}
	if a.Metric != nil {
		if (a.Statistic == "") == (a.ExtendedStatistic == "") {
			return wire.Errorf(validation, "Alarm %s needs a Statistic or an ExtendedStatistic, and not both.", a.Name)
		}
		a.period = int64(a.Period)
		line, err := a.input(*a.Metric, a.Statistic+a.ExtendedStatistic)
		a.watched = line
		return err
	}
	if a.Period != 0 || a.Statistic != "" || a.ExtendedStatistic != "" {
		return wire.Errorf(validation, "Alarm %s: Period and Statistic belong into its Metrics.", a.Name)
	}
	return a.compileMetrics()
}

func (a *alarm) compileMetrics() error {
	m := lines{alarm: a, done: map[string]expression{}}
	watched := ""
	for i, q := range a.Metrics {
		if !idRE.MatchString(q.ID) {
			return wire.Errorf(validation, "Alarm %s: the id %q must begin with a small letter.", a.Name, q.ID)
		}
		if slices.ContainsFunc(a.Metrics[:i], func(other Query) bool { return other.ID == q.ID }) {
			return wire.Errorf(validation, "Alarm %s: the id %s is given twice.", a.Name, q.ID)
		}
		if (q.Metric == nil) == (q.Expression == "") {
			return wire.Errorf(validation, "Alarm %s: %s needs a metric or an expression, and not both.", a.Name, q.ID)
		}
		if q.Metric == nil && q.Stat != "" {
			return wire.Errorf(validation, "Alarm %s: the expression %s has no statistic.", a.Name, q.ID)
		}
		if q.Metric != nil || q.Period != 0 {
			if a.period != 0 && a.period != int64(q.Period) {
				return wire.Unknown("alarm %s: metrics of different periods", a.Name)
			}
			a.period = int64(q.Period)
		}
		if !q.ReturnData {
			continue
		}
		if watched != "" {
			return wire.Errorf(validation, "Alarm %s: exactly one of its Metrics must return data, %s and %s do.", a.Name, watched, q.ID)
		}
		watched = q.ID
	}
	if watched == "" {
		return wire.Errorf(validation, "Alarm %s: exactly one of its Metrics must return data, none does.", a.Name)
	}
	for _, q := range a.Metrics { // those that are not watched are checked as well
		if _, err := m.line(q.ID); err != nil {
			return err
		}
	}
	line, err := m.line(watched)
	if err == nil && line.scalar {
		err = wire.Errorf(validation, "Alarm %s: %s is a scalar, no time series.", a.Name, watched)
	}
	a.watched = line
	return err
}

// input is the line of a metric.
func (a *alarm) input(m Metric, statistic string) (expression, error) {
	figure, ok := statistics[statistic]
	if !ok {
		return expression{}, wire.Unknown("alarm %s: statistic %q", a.Name, statistic)
	}
	if err := checkText(m.Namespace, maxNameLength, "Namespace"); err != nil {
		return expression{}, err
	}
	if err := checkText(m.Name, maxNameLength, "MetricName"); err != nil {
		return expression{}, err
	}
	if len(m.Dimensions) > maxDimensions {
		return expression{}, wire.Errorf(validation, "Alarm %s: a metric has at most %d dimensions.", a.Name, maxDimensions)
	}
	if m.Unit != "" && !slices.Contains(units, m.Unit) {
		return expression{}, wire.Errorf(validation, "Alarm %s: there is no unit %q.", a.Name, m.Unit)
	}
	n := len(a.inputs)
	a.inputs = append(a.inputs, input{metric: m, figure: figure})
	return expression{eval: func(inputs [][]float64) values { return values{of: inputs[n]} }}, nil
}

// lines compiles the lines of an alarm, each once.
type lines struct {
	alarm *alarm
	done  map[string]expression
	open  []string // lines that are being compiled
}

func (m *lines) line(id string) (expression, error) {
	if line, ok := m.done[id]; ok {
		return line, nil
	}
	i := slices.IndexFunc(m.alarm.Metrics, func(q Query) bool { return q.ID == id })
	switch {
	case i < 0:
		return expression{}, wire.Errorf(validation, "Alarm %s: no line of its Metrics is called %s.", m.alarm.Name, id)
	case slices.Contains(m.open, id):
		return expression{}, wire.Errorf(validation, "Alarm %s: %s depends on itself.", m.alarm.Name, id)
	}
	m.open = append(m.open, id)
	defer func() { m.open = m.open[:len(m.open)-1] }()
	q := m.alarm.Metrics[i]
	var line expression
	var err error
	if q.Metric != nil {
		line, err = m.alarm.input(*q.Metric, q.Stat)
	} else {
		p := &parser{lines: m, text: q.Expression}
		line, err = p.whole()
	}
	m.done[id] = line
	return line, err
}
