package constructs

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/lifeboat-dr/lifeboat/pkg/monitor"
	"github.com/lifeboat-dr/lifeboat/pkg/rounds"
)

// Watched is one database as the alarms see it.
type Watched struct {
	Workload, Database string
	RPOSeconds         float64
}

// namespace of all metrics; docs/metrics.md.
const namespace = "Lifeboat"

// runbooks is where the page of each alarm lies.
const runbooks = "https://github.com/lifeboat-dr/lifeboat/blob/main/docs/runbooks/"

// AlarmsProps of everything that pages a person.
type AlarmsProps struct {
	Names          Names
	Pages, Tickets awssns.ITopic
	Undelivered    awssqs.Queue
	Backups        []monitor.Alarm
	Dispatch       bool // there is a dispatcher
}

// NewAlarms watches what nobody would hear of otherwise. Endings of drills are
// told by the notifier, one message each.
func NewAlarms(scope constructs.Construct, p AlarmsProps) []awscloudwatch.Alarm {
	scope = constructs.NewConstruct(scope, jsii.String("Alarms"))
	a := alarms{scope: scope, names: p.Names, action: awscloudwatchactions.NewSnsAction(p.Pages)}
	a.scope = constructs.NewConstruct(scope, jsii.String("Backups"))
	for _, b := range p.Backups {
		dimensions := map[string]*string{}
		for name, value := range b.Dimensions {
			dimensions[name] = jsii.String(value)
		}
		period := awscdk.Duration_Minutes(jsii.Number(monitor.Period.Minutes()))
		metric := awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
			Namespace: jsii.String(namespace), MetricName: jsii.String(b.Metric), Statistic: jsii.String("Minimum"), Period: period, DimensionsMap: &dimensions,
		})
		alarm := a.alarm(b.Name, b.Name, b.Runbook, awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
			Expression: jsii.String(fmt.Sprintf("FILL(figure, %g)", b.Missing)), Label: jsii.String(b.Metric), Period: period,
			UsingMetrics: &map[string]awscloudwatch.IMetric{"figure": metric},
		}), b.Threshold, monitor.Evaluations, awscloudwatch.ComparisonOperator_LESS_THAN_THRESHOLD, awscloudwatch.TreatMissingData_BREACHING)
		alarm.AddOkAction(a.action) // good news as well: somebody is waiting for it
	}
	a.scope = scope
	if p.Dispatch {
		a.add("Dispatcher", "dispatcher-late", "dispatcher-late.md", metricOfAll(p.Names, rounds.DispatchLag, "Maximum", 5), lateSeconds, awscloudwatch.TreatMissingData_BREACHING)
	}
	// An hour in which no round could ask a region: one that is denied for good would
	// be heard of by nobody, where backups in another region are fresh.
	a.add("RegionUnknown", "region-unknown", "region-unknown.md", metricOfAll(p.Names, monitor.RegionUnknown, "Minimum", 60), 1, awscloudwatch.TreatMissingData_NOT_BREACHING)
	orphans := func(statistic string, minutes float64) awscloudwatch.Metric {
		return metricOfAll(p.Names, "Orphans", statistic, minutes)
	}
	a.add("Orphans", "orphans", "orphans.md", orphans("Maximum", sweepMinutes), 1, awscloudwatch.TreatMissingData_NOT_BREACHING)
	a.silent("SweeperSilent", "sweeper-silent", "sweeper-silent.md", orphans("SampleCount", 2*sweepMinutes))
	a.add("Undelivered", "undelivered", "undelivered.md",
		p.Undelivered.MetricApproximateNumberOfMessagesVisible(&awscloudwatch.MetricOptions{Period: awscdk.Duration_Minutes(jsii.Number(5)), Statistic: jsii.String("Maximum")}),
		1, awscloudwatch.TreatMissingData_NOT_BREACHING)
	return a.all
}

type alarms struct {
	scope  constructs.Construct
	names  Names
	action awscloudwatch.IAlarmAction
	all    []awscloudwatch.Alarm
}

// lateSeconds is when drills that are due and not started need a person.
const lateSeconds = 600

// metricOfAll databases of the deployment.
func metricOfAll(names Names, name, statistic string, minutes float64) awscloudwatch.Metric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: jsii.String(namespace), MetricName: jsii.String(name), Statistic: jsii.String(statistic),
		Period: awscdk.Duration_Minutes(jsii.Number(minutes)), DimensionsMap: &map[string]*string{"Deployment": jsii.String(names.Deployment)},
	})
}

// metricOf a database: what the functions publish, docs/metrics.md.
func metricOf(names Names, name string, d Watched, statistic string, minutes float64) awscloudwatch.Metric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: jsii.String(namespace), MetricName: jsii.String(name), Statistic: jsii.String(statistic), Period: awscdk.Duration_Minutes(jsii.Number(minutes)),
		DimensionsMap: &map[string]*string{
			"Deployment": jsii.String(names.Deployment), "Workload": jsii.String(d.Workload), "Database": jsii.String(d.Database),
		},
	})
}

// add makes an alarm at or above a threshold.
func (a *alarms) add(construct, name, runbook string, metric awscloudwatch.IMetric, threshold float64, missing awscloudwatch.TreatMissingData) {
	a.alarm(construct, name, runbook, metric, threshold, 1, awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD, missing)
}

// silent makes an alarm on a figure that did not come: no samples in a period
// are missing data, not zero.
func (a *alarms) silent(construct, name, runbook string, samples awscloudwatch.IMetric) {
	a.alarm(construct, name, runbook, samples, 1, 1, awscloudwatch.ComparisonOperator_LESS_THAN_THRESHOLD, awscloudwatch.TreatMissingData_BREACHING)
}

// alarm makes one whose description links the page that says what to do. The
// construct's name has a slash between the names of a workload and a database.
func (a *alarms) alarm(construct, name, runbook string, metric awscloudwatch.IMetric, threshold, periods float64, comparison awscloudwatch.ComparisonOperator, missing awscloudwatch.TreatMissingData) awscloudwatch.Alarm {
	scope, last := a.scope, construct
	for {
		first, rest, more := strings.Cut(last, "/")
		if !more {
			break
		}
		scope, last = within(scope, first), rest
	}
	alarm := awscloudwatch.NewAlarm(scope, idOf(last), &awscloudwatch.AlarmProps{
		AlarmName: jsii.String(a.names.Prefix() + "-" + name), AlarmDescription: jsii.String("What to do: " + runbooks + runbook),
		Metric: metric, Threshold: jsii.Number(threshold), EvaluationPeriods: jsii.Number(periods),
		ComparisonOperator: comparison, TreatMissingData: missing,
	})
	alarm.AddAlarmAction(a.action)
	a.all = append(a.all, alarm)
	return alarm
}
