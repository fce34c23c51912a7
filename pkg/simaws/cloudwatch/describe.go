package cloudwatch

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

type describeAlarmsIn struct {
	ActionPrefix    *string
	AlarmNamePrefix *string
	AlarmNames      []string
	AlarmTypes      []string
	MaxRecords      *int
	NextToken       *string
	StateValue      *string
}

type describeAlarmsOut struct {
	CompositeAlarms []compositeAlarm
	MetricAlarms    []metricAlarm
	NextToken       *string
}

type compositeAlarm struct {
	AlarmName, AlarmArn, AlarmRule     string
	AlarmDescription                   *string
	AlarmConfigurationUpdatedTimestamp wire.Epoch
	ActionsEnabled                     bool
	OKActions                          []string
	AlarmActions                       []string
	InsufficientDataActions            []string
	StateValue, StateReason            string
	StateReasonData                    *string
	StateUpdatedTimestamp              wire.Epoch
	StateTransitionedTimestamp         wire.Epoch
	ActionsSuppressor                  *string
	ActionsSuppressorWaitPeriod        *int
	ActionsSuppressorExtensionPeriod   *int
	ActionsSuppressedBy                *string
	ActionsSuppressedReason            *string
}

type metricAlarm struct {
	AlarmName, AlarmArn                string
	AlarmDescription                   *string
	AlarmConfigurationUpdatedTimestamp wire.Epoch
	ActionsEnabled                     bool
	OKActions                          []string
	AlarmActions                       []string
	InsufficientDataActions            []string
	StateValue, StateReason            string
	StateReasonData                    *string
	StateUpdatedTimestamp              wire.Epoch
	StateTransitionedTimestamp         wire.Epoch
	MetricName, Namespace, Statistic   *string
	Dimensions                         []Dimension
	Period                             *int
	Unit                               *string
	EvaluationPeriods                  int
	DatapointsToAlarm                  *int
	Threshold                          float64
	ComparisonOperator                 string
	TreatMissingData                   *string
	Metrics                            []dataQuery
}

type dataQuery struct {
	Id         string
	MetricStat *dataStat
	Expression *string
	Label      *string
	ReturnData bool
	Period     *int
}

type dataStat struct {
	Metric dataMetric
	Period int
	Stat   string
	Unit   *string
}

type dataMetric struct {
	Namespace, MetricName string
	Dimensions            []Dimension
}

const maxRecords = 100

// describeAlarms answers
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html,
// by name. Composite alarms are answered only where AlarmTypes asks for them, as
// the page has it.
func (s *Service) describeAlarms(c *wire.Call, in describeAlarmsIn) (describeAlarmsOut, error) {
	c.Touch(wire.ARN("cloudwatch", c.Region, c.Account, "alarm:*"))
	out := describeAlarmsOut{MetricAlarms: []metricAlarm{}, CompositeAlarms: []compositeAlarm{}}
	if len(in.AlarmNames) > 0 && in.AlarmNamePrefix != nil {
		return out, wire.Errorf(validation, "AlarmNames and AlarmNamePrefix cannot be given together.")
	}
	size, skip := maxRecords, 0
	if in.MaxRecords != nil {
		if size = *in.MaxRecords; size < 1 || size > maxRecords {
			return out, wire.Errorf(validation, "MaxRecords must be between 1 and %d.", maxRecords)
		}
	}
	if in.NextToken != nil {
		var err error
		if skip, err = strconv.Atoi(*in.NextToken); err != nil || skip < 0 {
			return out, wire.Errorf("InvalidNextToken", "The token %q is not known.", *in.NextToken)
		}
	}
	found := s.found(c, in)
	first, last := clamp(skip, len(found)), clamp(skip+size, len(found))
	for _, a := range found[first:last] {
		a.describe(&out)
	}
	if last < len(found) {
		token := strconv.Itoa(last)
		out.NextToken = &token
	}
	return out, nil
}

// described is an alarm of either kind, as far as questions about it go.
type described struct {
	Alarm
	kind, state string
	describe    func(*describeAlarmsOut)
}

func (s *Service) all() (list []described) {
	for _, a := range s.alarms {
		list = append(list, described{a.Alarm, "MetricAlarm", a.state, func(out *describeAlarmsOut) { out.MetricAlarms = append(out.MetricAlarms, a.described()) }})
	}
	for _, c := range s.composites {
		list = append(list, described{c.common(), "CompositeAlarm", c.state, func(out *describeAlarmsOut) { out.CompositeAlarms = append(out.CompositeAlarms, c.described()) }})
	}
	return list
}

func (s *Service) found(c *wire.Call, in describeAlarmsIn) []described {
	types := in.AlarmTypes
	if len(types) == 0 {
		types = []string{"MetricAlarm"}
	}
	var list []described
	for _, a := range s.all() {
		actions := slices.Concat(a.Actions, a.OKActions, a.NoDataActions)
		switch {
		case a.Account != c.Account || a.Region != c.Region,
			!slices.Contains(types, a.kind),
			len(in.AlarmNames) > 0 && !slices.Contains(in.AlarmNames, a.Name),
			in.AlarmNamePrefix != nil && !strings.HasPrefix(a.Name, *in.AlarmNamePrefix),
			in.StateValue != nil && *in.StateValue != a.state,
			in.ActionPrefix != nil && !slices.ContainsFunc(actions, func(arn string) bool { return strings.HasPrefix(arn, *in.ActionPrefix) }):
			continue
		}
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b described) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

func (c *composite) described() compositeAlarm {
	out := compositeAlarm{
		AlarmName: c.Name, AlarmArn: c.ARN, AlarmRule: c.Rule, AlarmDescription: given(c.Description), AlarmConfigurationUpdatedTimestamp: wire.Epoch(c.configured),
		ActionsEnabled: c.ActionsEnabled, OKActions: list(c.OKActions), AlarmActions: list(c.Actions), InsufficientDataActions: list(c.NoDataActions),
		StateValue: c.state, StateReason: c.reason, StateReasonData: given(c.data),
		StateUpdatedTimestamp: wire.Epoch(c.updated), StateTransitionedTimestamp: wire.Epoch(c.since),
		ActionsSuppressor: given(c.Suppressor), ActionsSuppressedBy: given(c.by), ActionsSuppressedReason: given(suppressedReason(c.by)),
	}
	if c.Suppressor != "" {
		out.ActionsSuppressorWaitPeriod, out.ActionsSuppressorExtensionPeriod = whole(seconds(c.Wait)), whole(seconds(c.Extension))
	}
	return out
}

func (a *alarm) described() metricAlarm {
	out := metricAlarm{
		AlarmName: a.Name, AlarmArn: a.ARN, AlarmDescription: given(a.Description), AlarmConfigurationUpdatedTimestamp: wire.Epoch(a.configured),
		ActionsEnabled: a.ActionsEnabled, OKActions: list(a.OKActions), AlarmActions: list(a.Actions), InsufficientDataActions: list(a.NoDataActions),
		StateValue: a.state, StateReason: a.reason, StateReasonData: given(a.data),
		StateUpdatedTimestamp: wire.Epoch(a.updated), StateTransitionedTimestamp: wire.Epoch(a.since),
		EvaluationPeriods: a.Evaluations, Threshold: a.Threshold, ComparisonOperator: a.Comparison, TreatMissingData: given(a.Missing),
		Dimensions: []Dimension{}, Metrics: []dataQuery{},
	}
	if a.DatapointsToAlarm > 0 {
		out.DatapointsToAlarm = &a.DatapointsToAlarm
	}
	if a.Metric != nil {
		out.MetricName, out.Namespace, out.Statistic, out.Unit = &a.Metric.Name, &a.Metric.Namespace, &a.Statistic, given(a.Metric.Unit)
		out.Dimensions, out.Period = sorted(a.Metric.Dimensions), whole(seconds(a.Period))
	}
	for _, q := range a.Metrics {
		line := dataQuery{Id: q.ID, Expression: given(q.Expression), Label: given(q.Label), ReturnData: q.ReturnData}
		if q.Metric != nil {
			line.MetricStat = &dataStat{dataMetric{q.Metric.Namespace, q.Metric.Name, sorted(q.Metric.Dimensions)}, seconds(q.Period), q.Stat, given(q.Metric.Unit)}
		} else if q.Period != 0 {
			line.Period = whole(seconds(q.Period))
		}
		out.Metrics = append(out.Metrics, line)
	}
	return out
}

func given(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func whole(n int) *int { return &n }

type setAlarmStateIn struct {
	AlarmName       *string
	StateValue      *string
	StateReason     *string
	StateReasonData *string
}

// setAlarmState answers
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html:
// the state lasts until the next evaluation.
func (s *Service) setAlarmState(c *wire.Call, in setAlarmStateIn) (wire.Empty, error) {
	if in.AlarmName == nil || in.StateValue == nil || in.StateReason == nil {
		return wire.Empty{}, wire.Errorf(validation, "AlarmName, StateValue and StateReason are required.")
	}
	arn := wire.ARN("cloudwatch", c.Region, c.Account, "alarm:"+*in.AlarmName)
	c.Touch(arn)
	if !slices.Contains([]string{OK, InAlarm, InsufficientData}, *in.StateValue) {
		return wire.Empty{}, wire.Errorf(validation, "StateValue must be one of OK, ALARM, INSUFFICIENT_DATA, is %q.", *in.StateValue)
	}
	if i := s.compositeAt(arn); i >= 0 {
		// It returns to what its rule says only when one of its children changes; here
		// with the next change of any alarm.
		c, data := s.composites[i], ""
		if in.StateReasonData != nil {
			data = *in.StateReasonData
		}
		if change := s.move(c, *in.StateValue, *in.StateReason, data); change.From != change.To {
			s.announce([]Change{change})
		}
		return wire.Empty{}, nil
	}
	i := s.alarmAt(arn)
	if i < 0 {
		return wire.Empty{}, &wire.Error{Code: notFound, Message: "Alarm " + *in.AlarmName + " does not exist.", Status: 404}
	}
	a, data := s.alarms[i], ""
	if in.StateReasonData != nil {
		data = *in.StateReasonData
	}
	from := a.state
	change := a.become(*in.StateValue, *in.StateReason, data, s.o.Clock.Now())
	s.wake(a, a.upcoming(s.o.Clock.Now()))
	if from != a.state {
		s.tell([]Change{change})
	}
	return wire.Empty{}, nil
}
