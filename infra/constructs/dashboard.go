package constructs

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/metrics"
)

const (
	// dashboardLines is how many lines of a graph can be told apart: of more
	// databases the worst are shown.
	dashboardLines = 20
	// dashboardDatabases is how many databases a graph looks at: each is a metric
	// in the body, of which a dashboard takes 2,500.
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
	dashboardDatabases = 50
	// dashboardTargets is how many objectives have a line of their own.
	dashboardTargets = 8
	// widgetAlarms is how many alarms CloudWatch takes in one widget.
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html#CloudWatch-Dashboard-Properties-Alarm-Widget-Object
	widgetAlarms = 100
)

// DashboardProps of the dashboard.
type DashboardProps struct {
	Names     Names
	Databases []Shown
	Alarms    []interfacesawscloudwatch.IAlarmRef
	// Workloads has headrooms of workloads, not of databases.
	Workloads bool
	// Policy: the plan says how databases are backed up.
	Policy bool
	// Recoveries: the plan declares one.
	Recoveries bool
}

// Shown is one database on the dashboard, with its targets.
type Shown struct {
	metrics.Watched
	Budget time.Duration // what the allowances leave of the RTO: what drills are judged by
}

// NewDashboard shows what the plan promises beside what drills measured: every
// alarm, recovery times and ages with their objectives as lines, how fresh backups
// are, and how long ago drills proved anything.
//
// Ninety days, so that there is more than one monthly drill on it. Its periods are
// obeyed at any range: of what is older than 63 days CloudWatch keeps hours only.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention
func NewDashboard(scope constructs.Construct, p DashboardProps) awscloudwatch.Dashboard {
	board := awscloudwatch.NewDashboard(scope, jsii.String("Dashboard"), &awscloudwatch.DashboardProps{
		DashboardName: jsii.String(p.Names.Dashboard()), Start: jsii.String("-P90D"), PeriodOverride: awscloudwatch.PeriodOverride_INHERIT,
	})
	board.AddWidgets(p.alarmWidgets()...)
	board.AddWidgets(awscloudwatch.NewTextWidget(&awscloudwatch.TextWidgetProps{Markdown: jsii.String(p.text()), Width: jsii.Number(12), Height: jsii.Number(8)}), p.share(), p.endings())
	minutes, days := unit{"minutes", time.Minute}, unit{"days", 24 * time.Hour}
	board.AddWidgets(
		p.graph("RTO: how long recoveries took", "RecoveryTime", minutes, day, false, p.lines("RTO budget", minutes, func(s Shown) time.Duration { return s.Budget })),
		p.graph("RPO: age of the recovery point at the drill", "RecoveryPointAge", minutes, day, false, p.lines("RPO", minutes, func(s Shown) time.Duration { return s.RPO })),
	)
	board.AddWidgets(
		p.graph("Age of the newest backup", "BackupAge", minutes, hour, false, p.lines("RPO", minutes, func(s Shown) time.Duration { return s.RPO })),
		p.graph("Age of the newest copy in the recovery region", "CopyAge", minutes, hour, false, p.lines("RPO", minutes, func(s Shown) time.Duration { return s.RPO })),
	)
	board.AddWidgets(
		p.graph("Headroom: RPO less the age of what counts", "RPOHeadroom", minutes, hour, true, zero("below: the objective is missed")),
		p.graph("Until drills are overdue", "DrillHeadroom", days, hour, true, zero("below: drills stopped happening")),
	)
	if p.Policy {
		board.AddWidgets(
			p.graph("Headroom of the newest copy, by its schedule", "CopyHeadroom", minutes, hour, true, zero("below: copies are late")),
			p.graph("Headroom of replicated automated backups", "ReplicationHeadroom", minutes, hour, true, zero("below: they lie too far back")),
		)
	}
	board.AddWidgets(
		p.graph("Since the last drill that passed", "SinceLastPass", days, hour, false, nil),
		p.graph("Since the last verdict", "SinceLastVerdict", days, hour, false, nil),
	)
	return board
}

const (
	hour = 60.0 // minutes
	day  = 24 * hour
)

// unit is that of an axis.
type unit struct {
	name string
	of   time.Duration
}

func (p DashboardProps) alarmWidgets() (widgets []awscloudwatch.IWidget) {
	for some := range slices.Chunk(p.Alarms, widgetAlarms) {
		title := "What needs a person"
		if len(p.Alarms) > widgetAlarms {
			title += fmt.Sprintf(" (%d)", len(widgets)+1)
		}
		widgets = append(widgets, awscloudwatch.NewAlarmStatusWidget(&awscloudwatch.AlarmStatusWidgetProps{
			Title: jsii.String(title), Alarms: &some, Width: jsii.Number(24),
		}))
	}
	return widgets
}

// text says what to do, and how a drill is started.
func (p DashboardProps) text() string {
	database := "workload/database"
	if len(p.Databases) > 0 {
		database = p.Databases[0].Workload + "/" + p.Databases[0].Database
	}
	var pages []string
	seen := map[string]bool{}
	for _, m := range metrics.Table() {
		for _, a := range m.Alarms {
			if a.Needs == metrics.Recoveries && !p.Recoveries || a.Needs != "" && a.Needs != metrics.Recoveries && !p.Policy {
				continue
			}
			if !seen[a.Runbook] {
				pages = append(pages, link(a.Runbook))
			}
			seen[a.Runbook] = true
		}
	}
	for _, ending := range []string{"FailureDirty", "FailureClean", "ObjectivesMissed"} {
		pages = append(pages, link(ending))
	}
	lines := []string{
		"## lifeboat " + p.Names.Deployment,
		fmt.Sprintf("**Start a drill**: [in the console](%sstates/home?region=%s#/statemachines/view/%s), with the input `{\"database\": \"%s\"}`, or", deployed.Console(p.Names.Region), p.Names.Region, p.Names.MachineARN(), database), "",
		fmt.Sprintf("    aws stepfunctions start-execution --region %s --state-machine-arn %s --input '{\"database\": \"%s\"}'", p.Names.Region, p.Names.MachineARN(), database), "",
		"**What to do**: " + strings.Join(pages, ", "), "",
		"**Evidence**: `lifeboat history --world aws` lists drills, `lifeboat evidence show` has one.",
	}
	if len(p.Databases) > dashboardLines {
		lines = append(lines, "", fmt.Sprintf("Graphs show the %d worst of the first %d databases in the plan; alarms watch all.", dashboardLines, min(len(p.Databases), dashboardDatabases)))
	}
	return strings.Join(lines, "\n")
}

// link to the page of a runbook.
func link(page string) string { return "[" + page + "](" + deployed.Runbook(page) + ")" }

// share is the figure of a service level: of all drills in the range, those within
// objectives. DrillPassed is 1 or 0 for each, so its average over the whole range
// is their share; a figure that is sent twice counts twice, which moves it little.
func (p DashboardProps) share() awscloudwatch.IWidget {
	return awscloudwatch.NewSingleValueWidget(&awscloudwatch.SingleValueWidgetProps{
		Title: jsii.String("Drills within objectives, % of the range"), Width: jsii.Number(6), Height: jsii.Number(8), SetPeriodToTimeRange: jsii.Bool(true),
		Metrics: &[]awscloudwatch.IMetric{awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
			Expression: jsii.String("100 * passed"), Label: jsii.String("Passed"), Period: awscdk.Duration_Minutes(jsii.Number(day)),
			UsingMetrics: &map[string]awscloudwatch.IMetric{"passed": metricOfAll(p.Names, "DrillPassed", "Average", day)},
		})},
	})
}

// endings is the same as a line, day by day from the left edge, and what it is
// made of.
func (p DashboardProps) endings() awscloudwatch.IWidget {
	passed := metricOfAll(p.Names, "DrillPassed", "Sum", day)
	return awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
		Title: jsii.String("Drills within objectives, % so far"), Width: jsii.Number(6), Height: jsii.Number(8),
		Left: &[]awscloudwatch.IMetric{awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
			Expression: jsii.String("100 * RUNNING_SUM(passed) / RUNNING_SUM(drills)"), Label: jsii.String("Passed"), Period: awscdk.Duration_Minutes(jsii.Number(day)),
			UsingMetrics: &map[string]awscloudwatch.IMetric{"passed": passed, "drills": passed.With(&awscloudwatch.MetricOptions{Statistic: jsii.String("SampleCount")})},
		})},
		LeftYAxis: &awscloudwatch.YAxisProps{Min: jsii.Number(0), Max: jsii.Number(100), ShowUnits: jsii.Bool(false), Label: jsii.String("%")},
	})
}

// graph has a line of each database; of a fleet's headrooms, of each workload. Of
// more than can be told apart the worst have one, by the last 90 days: the least
// of a headroom, the greatest of anything else.
func (p DashboardProps) graph(title, metric string, u unit, period float64, headroom bool, lines []*awscloudwatch.HorizontalAnnotation) awscloudwatch.IWidget {
	statistic, worst := "Maximum", "MAX, DESC"
	if headroom {
		statistic, worst = "Minimum", "MIN, ASC"
	}
	using := map[string]awscloudwatch.IMetric{}
	for i, of := range p.shown(headroom) {
		m := metricOf(p.Names, metric, of[0], of[1], statistic, period)
		using[fmt.Sprintf("m%d", i)] = m.With(&awscloudwatch.MetricOptions{Label: jsii.String(strings.TrimSuffix(of[0]+"/"+of[1], "/"))})
	}
	expression := fmt.Sprintf("METRICS() / %.0f", u.of.Seconds())
	if len(using) > dashboardLines {
		expression = fmt.Sprintf("SORT(%s, %s, %d)", expression, worst, dashboardLines)
	}
	return awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
		Title: jsii.String(title), Width: jsii.Number(12), View: awscloudwatch.GraphWidgetView_TIME_SERIES, LeftAnnotations: &lines,
		LeftYAxis: &awscloudwatch.YAxisProps{ShowUnits: jsii.Bool(false), Label: jsii.String(u.name)},
		Left: &[]awscloudwatch.IMetric{awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
			Expression: jsii.String(expression), Label: jsii.String(" "), UsingMetrics: &using, Period: awscdk.Duration_Minutes(jsii.Number(period)),
		})},
	})
}

// shown are the workloads, or the databases, that graphs look at.
func (p DashboardProps) shown(headroom bool) (list [][2]string) {
	for _, s := range p.Databases {
		of := [2]string{s.Workload, s.Database}
		if p.Workloads && headroom {
			of[1] = ""
		}
		if len(list) < dashboardDatabases && !slices.Contains(list, of) {
			list = append(list, of)
		}
	}
	return list
}

// lines are the objectives, each value once, with the workloads that have it. Of
// many only the strictest and the most lax: all would be a hatching.
func (p DashboardProps) lines(name string, u unit, target func(Shown) time.Duration) (list []*awscloudwatch.HorizontalAnnotation) {
	of := map[time.Duration][]string{}
	var values []time.Duration
	for _, s := range p.Databases {
		value := target(s)
		if value > 0 && len(of[value]) == 0 {
			values = append(values, value)
		}
		if !slices.Contains(of[value], s.Workload) {
			of[value] = append(of[value], s.Workload)
		}
	}
	slices.Sort(values)
	if len(values) > dashboardTargets {
		values = []time.Duration{values[0], values[len(values)-1]}
	}
	for _, value := range values {
		whose := of[value][0]
		if more := len(of[value]) - 1; more > 0 {
			whose += fmt.Sprintf(" and %d more", more)
		}
		list = append(list, &awscloudwatch.HorizontalAnnotation{Value: jsii.Number(float64(value) / float64(u.of)), Label: jsii.String(name + " of " + whose)})
	}
	return list
}

// zero is the line of a headroom.
func zero(label string) []*awscloudwatch.HorizontalAnnotation {
	return []*awscloudwatch.HorizontalAnnotation{{Value: jsii.Number(0), Label: jsii.String(label), Fill: awscloudwatch.Shading_BELOW, Color: jsii.String("#d62728")}}
}
