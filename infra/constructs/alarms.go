package constructs

import (
	"cmp"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/lifeboat-dr/lifeboat/pkg/metrics"
)

// AlarmsProps of everything that tells a person.
type AlarmsProps struct {
	Names          Names
	Pages, Tickets awssns.ITopic
	Undelivered    awssqs.Queue
	Watch          metrics.Deployed
}

// NewAlarms makes the alarms of the table in pkg/metrics: on what nobody would hear
// of otherwise. Endings of drills are told by the notifier, one message each. It
// gives those that tell somebody, in the order of the table.
func NewAlarms(scope constructs.Construct, p AlarmsProps) []interfacesawscloudwatch.IAlarmRef {
	a := alarms{
		scope: constructs.NewConstruct(scope, jsii.String("Alarms")), names: p.Names, undelivered: p.Undelivered,
		topics: map[metrics.Topic]awscloudwatch.IAlarmAction{
			metrics.Page: awscloudwatchactions.NewSnsAction(p.Pages), metrics.Ticket: awscloudwatchactions.NewSnsAction(p.Tickets),
		},
	}
	var list []interfacesawscloudwatch.IAlarmRef
	for _, r := range metrics.Alarms(p.Watch) {
		list = append(list, a.add(r))
	}
	return list
}

type alarms struct {
	scope       constructs.Construct
	names       Names
	undelivered awssqs.Queue
	topics      map[metrics.Topic]awscloudwatch.IAlarmAction
	suppressor  awscloudwatch.IAlarm // never in ALARM; nil until one is needed
}

// add makes an alarm. Names from the plan are apart from our own and from each
// other: a workload may be called orphans, or backup-age-orders.
func (a *alarms) add(r metrics.Raised) interfacesawscloudwatch.IAlarmRef {
	scope, last := a.scope, r.Alarm.Name
	for _, name := range r.Of {
		scope, last = within(scope, last), name
	}
	props := &awscloudwatch.AlarmProps{
		AlarmName: jsii.String(a.names.Prefix() + "-" + r.Name), AlarmDescription: jsii.String(r.Description),
		Metric: a.watched(r), Threshold: jsii.Number(r.Threshold), EvaluationPeriods: jsii.Number(float64(r.Periods)),
		ComparisonOperator: awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD, TreatMissingData: missing[r.Missing],
	}
	if r.Below {
		props.ComparisonOperator = awscloudwatch.ComparisonOperator_LESS_THAN_THRESHOLD
	}
	if r.Wait > 0 {
		return a.waiting(scope, last, r, props)
	}
	alarm := awscloudwatch.NewAlarm(scope, idOf(last), props)
	if r.Topic == metrics.Nobody {
		accept(alarm, accepted{"NIST.800.53.R5-CloudWatchAlarmAction": "It shows a state; each job is told by an event, with its reason."})
		return alarm
	}
	alarm.AddAlarmAction(a.topics[r.Topic])
	return alarm
}

// waiting tells only of what lasts: a composite alarm waits for a suppressor that
// never comes, and one that is over within the wait takes no action. CloudWatch has
// no other way for an alarm that is new to wait.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-suppression.html
func (a *alarms) waiting(scope constructs.Construct, id string, r metrics.Raised, props *awscloudwatch.AlarmProps) interfacesawscloudwatch.IAlarmRef {
	if a.suppressor == nil {
		a.suppressor = awscloudwatch.NewCompositeAlarm(a.scope, jsii.String("Never"), &awscloudwatch.CompositeAlarmProps{
			CompositeAlarmName: jsii.String(a.names.Prefix() + "-never"), AlarmRule: awscloudwatch.AlarmRule_FromBoolean(jsii.Bool(false)),
			AlarmDescription: jsii.String("Never raised. Alarms that tell only of what lasts wait for it, because CloudWatch lets a composite alarm wait for nothing else."),
		})
	}
	told := awscloudwatch.NewCompositeAlarm(scope, idOf(id), &awscloudwatch.CompositeAlarmProps{
		CompositeAlarmName: props.AlarmName, AlarmDescription: props.AlarmDescription,
		ActionsSuppressor: a.suppressor, ActionsSuppressorWaitPeriod: awscdk.Duration_Seconds(jsii.Number(r.Wait.Seconds())),
		ActionsSuppressorExtensionPeriod: awscdk.Duration_Seconds(jsii.Number(0)),
		AlarmRule:                        awscloudwatch.AlarmRule_FromAlarm(a.atOnce(scope, id, r, props), awscloudwatch.AlarmState_ALARM),
	})
	told.AddAlarmAction(a.topics[r.Topic])
	return told
}

// atOnce is the alarm on the metric itself, of which nobody is told.
func (a *alarms) atOnce(scope constructs.Construct, id string, r metrics.Raised, props *awscloudwatch.AlarmProps) awscloudwatch.IAlarm {
	silent := *props
	silent.AlarmName = jsii.String(a.names.Prefix() + "-" + r.Silent())
	silent.AlarmDescription = jsii.String("Tells nobody; " + *props.AlarmName + " does, where this lasts.")
	alarm := awscloudwatch.NewAlarm(scope, idOf(id+metrics.Quiet), &silent)
	accept(alarm, accepted{"NIST.800.53.R5-CloudWatchAlarmAction": "The composite alarm that looks at it tells, where it lasts."})
	return alarm
}

var missing = map[metrics.Missing]awscloudwatch.TreatMissingData{
	metrics.Ignored: awscloudwatch.TreatMissingData_IGNORE, metrics.NotBreaching: awscloudwatch.TreatMissingData_NOT_BREACHING,
	metrics.Breaching: awscloudwatch.TreatMissingData_BREACHING,
}

// watched is the figure of an alarm, or an expression over it.
func (a *alarms) watched(r metrics.Raised) awscloudwatch.IMetric {
	period := awscdk.Duration_Minutes(jsii.Number(r.Period.Minutes()))
	if r.Metric.Namespace == "AWS/SQS" { // there is one, the queue's
		return a.undelivered.MetricApproximateNumberOfMessagesVisible(&awscloudwatch.MetricOptions{Period: period, Statistic: jsii.String(r.Statistic)})
	}
	dimensions := map[string]*string{}
	for name, value := range r.Dimensions {
		dimensions[name] = jsii.String(value)
	}
	figure := awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: jsii.String(cmp.Or(r.Metric.Namespace, metrics.Namespace)), MetricName: jsii.String(r.Metric.Name), Statistic: jsii.String(r.Statistic), Period: period, DimensionsMap: &dimensions,
	})
	if r.Expression == "" {
		return figure
	}
	lines := map[string]awscloudwatch.IMetric{
		"figure": figure, "samples": figure.With(&awscloudwatch.MetricOptions{Statistic: jsii.String("SampleCount")}),
		"ran": metricOfAll(a.names, "MonitorRan", "Maximum", r.Period.Minutes()),
	}
	for id := range lines {
		if !strings.Contains(r.Expression, id) {
			delete(lines, id)
		}
	}
	return awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
		Expression: jsii.String(r.Expression), Label: jsii.String(r.Metric.Name), Period: period, UsingMetrics: &lines,
	})
}

// metricOfAll databases of the deployment.
func metricOfAll(names Names, name, statistic string, minutes float64) awscloudwatch.Metric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: jsii.String(metrics.Namespace), MetricName: jsii.String(name), Statistic: jsii.String(statistic),
		Period: awscdk.Duration_Minutes(jsii.Number(minutes)), DimensionsMap: &map[string]*string{"Deployment": jsii.String(names.Deployment)},
	})
}

// metricOf a workload, or of a database: what the functions publish, docs/metrics.md.
func metricOf(names Names, name, workload, database, statistic string, minutes float64) awscloudwatch.Metric {
	dimensions := map[string]*string{"Deployment": jsii.String(names.Deployment), "Workload": jsii.String(workload)}
	if database != "" {
		dimensions["Database"] = jsii.String(database)
	}
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: jsii.String(metrics.Namespace), MetricName: jsii.String(name), Statistic: jsii.String(statistic),
		Period: awscdk.Duration_Minutes(jsii.Number(minutes)), DimensionsMap: &dimensions,
	})
}
