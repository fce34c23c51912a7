package cloudformation

import (
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/cloudwatch"
)

// metric of an alarm or of a query.
type metric struct {
	Namespace, MetricName string
	Dimensions            []struct{ Name, Value string }
}

func (m metric) model() *cloudwatch.Metric {
	made := &cloudwatch.Metric{Namespace: m.Namespace, Name: m.MetricName, Dimensions: map[string]string{}}
	for _, d := range m.Dimensions {
		made.Dimensions[d.Name] = d.Value
	}
	return made
}

type alarm struct {
	AlarmName, AlarmDescription                         string
	AlarmActions, OKActions, InsufficientDataActions    []string
	ActionsEnabled                                      *bool
	ComparisonOperator, TreatMissingData                string
	EvaluationPeriods, DatapointsToAlarm                int
	Threshold                                           float64
	Namespace, MetricName, Statistic, ExtendedStatistic string
	Dimensions                                          []struct{ Name, Value string }
	Period                                              int // seconds
	Metrics                                             []struct {
		Id, Expression, Label string
		ReturnData            *bool
		Period                int
		MetricStat            *struct {
			Metric metric
			Period int
			Stat   string
		}
	}
}

func (a *alarm) make(c *creation) (func(), error) {
	arn, err := c.arn()
	if err != nil {
		return nil, err
	}
	where := c.template.Where
	made := cloudwatch.Alarm{
		Name: a.AlarmName, ARN: arn, Account: where.Account, Region: where.Region, Description: a.AlarmDescription,
		Actions: a.AlarmActions, OKActions: a.OKActions, NoDataActions: a.InsufficientDataActions, ActionsEnabled: a.ActionsEnabled == nil || *a.ActionsEnabled,
		Statistic: a.Statistic, ExtendedStatistic: a.ExtendedStatistic, Comparison: a.ComparisonOperator, Missing: a.TreatMissingData,
		Threshold: a.Threshold, Period: seconds(a.Period), Evaluations: a.EvaluationPeriods, DatapointsToAlarm: a.DatapointsToAlarm,
	}
	if a.MetricName != "" {
		made.Metric = metric{a.Namespace, a.MetricName, a.Dimensions}.model()
	}
	for _, m := range a.Metrics {
		query := cloudwatch.Query{ID: m.Id, Expression: m.Expression, Label: m.Label, Period: seconds(m.Period), ReturnData: m.ReturnData == nil || *m.ReturnData}
		if s := m.MetricStat; s != nil {
			query.Metric, query.Stat, query.Period = s.Metric.model(), s.Stat, seconds(s.Period)
		}
		made.Metrics = append(made.Metrics, query)
	}
	return func() { c.Cloud.Metrics.RemoveAlarm(arn) }, c.Cloud.Metrics.AddAlarm(made)
}

type compositeAlarm struct {
	AlarmName, AlarmDescription, AlarmRule                        string
	AlarmActions, OKActions, InsufficientDataActions              []string
	ActionsEnabled                                                *bool
	ActionsSuppressor                                             string
	ActionsSuppressorWaitPeriod, ActionsSuppressorExtensionPeriod *int // seconds
}

func (a *compositeAlarm) make(c *creation) (func(), error) {
	arn, err := c.arn()
	if err != nil {
		return nil, err
	}
	where := c.template.Where
	made := cloudwatch.Composite{
		Name: a.AlarmName, ARN: arn, Account: where.Account, Region: where.Region, Description: a.AlarmDescription, Rule: a.AlarmRule,
		Actions: a.AlarmActions, OKActions: a.OKActions, NoDataActions: a.InsufficientDataActions, ActionsEnabled: a.ActionsEnabled == nil || *a.ActionsEnabled,
		Suppressor: a.ActionsSuppressor,
	}
	if wait, extension := a.ActionsSuppressorWaitPeriod, a.ActionsSuppressorExtensionPeriod; wait != nil && extension != nil {
		made.Wait, made.Extension = seconds(*wait), seconds(*extension)
	} else if a.ActionsSuppressor != "" || wait != nil || extension != nil {
		return nil, fmt.Errorf("%s: an ActionsSuppressor needs both of its periods, and they need it", a.AlarmName)
	}
	return func() { c.Cloud.Metrics.RemoveComposite(arn) }, c.Cloud.Metrics.AddComposite(made)
}

type dashboard struct{ DashboardName, DashboardBody string }

func (d *dashboard) make(c *creation) (func(), error) {
	return func() {}, c.Cloud.Metrics.AddDashboard(c.template.Where.Account, c.template.Where.Region, d.DashboardName, d.DashboardBody)
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }
