package cloudwatch

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Alarm is a metric alarm, as PutMetricAlarm and AWS::CloudWatch::Alarm have it.
// It watches one Metric, with Statistic and Period, or the one of Metrics that
// returns data.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
type Alarm struct {
	Name, ARN, Account, Region, Description string
	// Actions are ARNs of SNS topics or functions: on ALARM, on OK and on
	// INSUFFICIENT_DATA. What becomes of them is OnAlarm's matter.
	Actions, OKActions, NoDataActions []string
	ActionsEnabled                    bool // AWS's default is true

	Metric            *Metric
	Metrics           []Query
	Statistic         string
	ExtendedStatistic string // not simulated
	Comparison        string // GreaterThanThreshold, ...
	Missing           string // missing (the default), ignore, breaching, notBreaching
	Threshold         float64
	Period            time.Duration
	Evaluations       int // N: how many periods are looked at
	DatapointsToAlarm int // M: how many of them raise it; 0: all
}

// Query is one line of metric math: a metric with statistic and period, or an
// expression over other lines (math.go).
type Query struct {
	ID, Expression, Label string
	Metric                *Metric
	Stat                  string
	Period                time.Duration
	ReturnData            bool // the line that is watched; exactly one
}

// States of an alarm.
const (
	OK               = "OK"
	InAlarm          = "ALARM"
	InsufficientData = "INSUFFICIENT_DATA"
)

// Change is one of an alarm's state.
type Change struct {
	Alarm            Alarm
	From, To, Reason string
	At               time.Time

	Data       string    // reason as JSON, "" where AWS gives none
	Configured time.Time // when the alarm was last put
	// FromReason, FromData and FromAt are those of the state before.
	FromReason, FromData string
	FromAt               time.Time

	// Composite is the alarm where it is a composite one; Alarm has what both kinds
	// have. SuppressedBy is what keeps its actions from being taken; where From and
	// To are the same, only that changed, and Due is the state before the change
	// whose actions are taken now.
	Composite                      *Composite
	SuppressedBy, FromSuppressedBy string
	Due                            string
}

// Actions are what the change sets off: none where the alarm's are disabled, or
// suppressed.
func (c Change) Actions() []string {
	if !c.Alarm.ActionsEnabled || c.SuppressedBy != "" {
		return nil
	}
	switch c.To {
	case InAlarm:
		return c.Alarm.Actions
	case OK:
		return c.Alarm.OKActions
	default:
		return c.Alarm.NoDataActions
	}
}

// AlarmState is an alarm and how it stands.
type AlarmState struct {
	Alarm
	State, Reason string
	Since         time.Time // of the state
}

// alarm is one that is watched. Times and spans are nanoseconds.
type alarm struct {
	Alarm
	state, reason, data        string
	since, updated, configured time.Time

	missing  string
	period   int64
	step     int64 // between two evaluations; windows end at its multiples
	lag      int64 // of an evaluation, after the end of its window
	n, m     int
	inputs   []input
	watched  expression
	periods  int // the evaluation range
	windows  []sample
	counts   []float64
	columns  [][]float64 // the figures of the inputs
	points   []point
	next     int64 // end of the next window that may bring a change; 0: none
	breaches func(value float64) bool
}

// AddAlarm makes an alarm, or replaces the one of the same ARN: its state stays.
// A new one has INSUFFICIENT_DATA until its first evaluation. An error is what
// AWS would refuse, or names what is not simulated.
func (s *Service) AddAlarm(def Alarm) error {
	a := &alarm{
		Alarm: def.clone(), state: InsufficientData, reason: "Unchecked: Initial alarm creation",
		since: s.o.Clock.Now(), updated: s.o.Clock.Now(), configured: s.o.Clock.Now(),
	}
	if err := a.prepare(); err != nil {
		return err
	}
	for i := range a.inputs {
		in := &a.inputs[i]
		a.columns = append(a.columns, make([]float64, a.periods))
		in.series = s.seriesOf(a.Account, a.Region, in.metric.Namespace, in.metric.Name, sorted(in.metric.Dimensions))
	}
	if i := s.alarmAt(def.ARN); i >= 0 {
		old := s.alarms[i]
		old.unwatch()
		a.state, a.reason, a.data, a.since, a.updated = old.state, old.reason, old.data, old.since, old.updated
		s.alarms[i] = a
	} else {
		s.alarms = append(s.alarms, a)
	}
	a.windows, a.counts, a.points = make([]sample, a.periods), make([]float64, a.periods), make([]point, 0, a.n)
	a.watch()
	s.wake(a, a.upcoming(s.o.Clock.Now()))
	return nil
}

// clone copies what the caller might go on to change.
func (a Alarm) clone() Alarm {
	a.Actions, a.OKActions, a.NoDataActions = slices.Clone(a.Actions), slices.Clone(a.OKActions), slices.Clone(a.NoDataActions)
	a.Metric, a.Metrics = a.Metric.clone(), slices.Clone(a.Metrics)
	for i := range a.Metrics {
		a.Metrics[i].Metric = a.Metrics[i].Metric.clone()
	}
	return a
}

func (m *Metric) clone() *Metric {
	if m == nil {
		return nil
	}
	copied := *m
	copied.Dimensions = maps.Clone(m.Dimensions)
	return &copied
}

// RemoveAlarm deletes an alarm. None of that ARN is fine: it is gone.
func (s *Service) RemoveAlarm(arn string) {
	if i := s.alarmAt(arn); i >= 0 {
		s.alarms[i].unwatch()
		s.alarms = slices.Delete(s.alarms, i, i+1)
	}
}

// OnAlarm has f called for every change of a state, actions disabled or not:
// EventBridge gets them all.
func (s *Service) OnAlarm(f func(Change)) { s.changed = append(s.changed, f) }

// Alarms are all of them, of every account and region, in the order in which
// they were made.
func (s *Service) Alarms() []AlarmState {
	list := make([]AlarmState, 0, len(s.alarms))
	for _, a := range s.alarms {
		list = append(list, AlarmState{a.Alarm, a.state, a.reason, a.since})
	}
	return list
}

func (s *Service) alarmAt(arn string) int {
	return slices.IndexFunc(s.alarms, func(a *alarm) bool { return a.ARN == arn })
}

func (a *alarm) watch() {
	for _, in := range a.inputs {
		if !slices.Contains(in.series.watchers, a) {
			in.series.watchers = append(in.series.watchers, a)
		}
	}
}

func (a *alarm) unwatch() {
	for _, in := range a.inputs {
		in.series.watchers = slices.DeleteFunc(in.series.watchers, func(other *alarm) bool { return other == a })
	}
}

// Limits of PutMetricAlarm.
const (
	maxDescription = 1024
	maxActions     = 5
	maxSpan        = 7 * 24 * time.Hour
	maxShortSpan   = 24 * time.Hour // of periods below an hour
	// extraPeriods is how many more than N are looked at where data are missing.
	// AWS does not say; 2 is that of its examples (N of 3 and periods of five
	// minutes). Unproven for any other.
	extraPeriods = 2
)

var (
	missings    = []string{"missing", "ignore", "breaching", "notBreaching"}
	highPeriods = []time.Duration{10 * time.Second, 20 * time.Second, 30 * time.Second}
	actionRE    = regexp.MustCompile(`^arn:[^:]+:([^:]+):([^:]*):[^:]*:.+$`)
)

// comparisons by name; a value is the first operand.
var comparisons = map[string]func(value, threshold float64) bool{
	"GreaterThanThreshold":          func(v, t float64) bool { return v > t },
	"GreaterThanOrEqualToThreshold": func(v, t float64) bool { return v >= t },
	"LessThanThreshold":             func(v, t float64) bool { return v < t },
	"LessThanOrEqualToThreshold":    func(v, t float64) bool { return v <= t },
}

// prepare checks the definition and works out what evaluation needs.
func (a *alarm) prepare() error {
	if err := a.checkNames(); err != nil {
		return err
	}
	if err := a.checkActions(); err != nil {
		return err
	}
	compare, ok := comparisons[a.Comparison]
	if !ok {
		return wire.Unknown("alarm %s: comparison operator %q", a.Name, a.Comparison)
	}
	threshold := a.Threshold
	a.breaches = func(value float64) bool { return compare(value, threshold) }
	if err := a.compile(); err != nil {
		return err
	}
	return a.span()
}

func (a *alarm) checkNames() error {
	n := utf8.RuneCountInString(a.Name)
	switch {
	case n < 1 || n > maxNameLength || !utf8.ValidString(a.Name) || strings.ContainsFunc(a.Name, unicode.IsControl):
		return wire.Errorf(validation, "The alarm name %q must have 1 to %d characters, none of them a control character.", a.Name, maxNameLength)
	case a.ARN != wire.ARN("cloudwatch", a.Region, a.Account, "alarm:"+a.Name):
		return wire.Errorf(validation, "%s is not the ARN of alarm %s in %s of %s.", a.ARN, a.Name, a.Region, a.Account)
	case utf8.RuneCountInString(a.Description) > maxDescription:
		return wire.Errorf(validation, "The description of alarm %s has more than %d characters.", a.Name, maxDescription)
	}
	a.missing = a.Missing
	if a.missing == "" {
		a.missing = "missing"
		if a.Metric != nil && a.Metric.Namespace == "AWS/DynamoDB" {
			a.missing = "ignore" // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
		}
	}
	if !slices.Contains(missings, a.missing) {
		return wire.Errorf(validation, "TreatMissingData of alarm %s must be one of %s, is %q.", a.Name, strings.Join(missings, ", "), a.Missing)
	}
	return nil
}

func (a *alarm) checkActions() error {
	for _, actions := range [][]string{a.Actions, a.OKActions, a.NoDataActions} {
		if len(actions) > maxActions {
			return wire.Errorf(validation, "Alarm %s has %d actions for a state, at most %d are taken.", a.Name, len(actions), maxActions)
		}
		for _, arn := range actions {
			parts := actionRE.FindStringSubmatch(arn)
			switch {
			case parts == nil:
				return wire.Errorf(validation, "Invalid arn syntax: %s", arn)
			case parts[1] != "sns" && parts[1] != "lambda":
				return wire.Unknown("alarm %s: actions of %s, %s", a.Name, parts[1], arn)
			case parts[2] != a.Region: // from memory
				return wire.Errorf(validation, "Invalid region %s specified. Only %s is supported.", parts[2], a.Region)
			}
		}
	}
	return nil
}

// span sets the times of evaluation.
func (a *alarm) span() error {
	period := time.Duration(a.period)
	if period <= 0 || period%time.Minute != 0 && !slices.Contains(highPeriods, period) {
		return wire.Errorf(validation, "The period of alarm %s must be 10, 20, 30 or a multiple of 60 seconds, is %s.", a.Name, period)
	}
	a.n, a.m = a.Evaluations, a.DatapointsToAlarm
	if a.m == 0 {
		a.m = a.n
	}
	if a.n < 1 || a.m < 1 || a.m > a.n {
		return wire.Errorf(validation, "Alarm %s: %d datapoints of %d evaluation periods cannot be.", a.Name, a.DatapointsToAlarm, a.Evaluations)
	}
	whole := time.Duration(a.n) * period
	if whole > maxSpan || period < time.Hour && whole > maxShortSpan {
		return wire.Errorf(validation, "Alarm %s: metrics cannot be checked across %s (EvaluationPeriods * Period).", a.Name, whole)
	}
	a.periods = a.n + extraPeriods
	// "For any period of one minute or longer, an alarm is evaluated every minute";
	// high-resolution alarms every ten seconds; those of more than a day once an
	// hour, three minutes past. The seconds within the minute are those of no
	// document: AWS spreads alarms over it.
	switch {
	case whole > 24*time.Hour:
		a.step, a.lag = int64(time.Hour), int64(3*time.Minute)
	case period < time.Minute:
		a.step, a.lag = int64(10*time.Second), int64(time.Second)
	default:
		a.step, a.lag = int64(time.Minute), int64(10*time.Second)
	}
	return nil
}
