package constructs

import (
	"fmt"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// dashboardDatabases is how many databases have a line of their own: the rest
// is in the metrics, and a widget with more lines says nothing.
const dashboardDatabases = 20

// widgetAlarms is how many alarms CloudWatch takes in one widget.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html#CloudWatch-Dashboard-Properties-Alarm-Widget-Object
const widgetAlarms = 100

// NewDashboard shows what the plan promises beside what drills measured: RTO
// and RPO per database with their targets, and every alarm.
func NewDashboard(scope constructs.Construct, names Names, databases []Watched, all []awscloudwatch.Alarm) awscloudwatch.Dashboard {
	dashboard := awscloudwatch.NewDashboard(scope, jsii.String("Dashboard"), &awscloudwatch.DashboardProps{DashboardName: jsii.String(names.Prefix())})
	widgets := 0
	for some := range slices.Chunk(all, widgetAlarms) {
		widgets++
		title := "What needs a person"
		if len(all) > widgetAlarms {
			title += fmt.Sprintf(" (%d)", widgets)
		}
		var alarms []interfacesawscloudwatch.IAlarmRef
		for _, a := range some {
			alarms = append(alarms, a)
		}
		dashboard.AddWidgets(awscloudwatch.NewAlarmStatusWidget(&awscloudwatch.AlarmStatusWidgetProps{
			Title: jsii.String(title), Alarms: &alarms, Width: jsii.Number(24),
		}))
	}
	line := func(name string) *[]awscloudwatch.IMetric {
		var lines []awscloudwatch.IMetric
		for _, d := range databases[:min(len(databases), dashboardDatabases)] {
			lines = append(lines, metricOf(names, name, d, "Maximum", 60))
		}
		return &lines
	}
	graph := func(title, metric string) awscloudwatch.IWidget {
		return awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
			Title: jsii.String(title), Left: line(metric), Width: jsii.Number(12), View: awscloudwatch.GraphWidgetView_TIME_SERIES,
		})
	}
	dashboard.AddWidgets(graph("RTO of the last drills, seconds", "RecoveryTime"), graph("Recovery point's age at the drill, seconds", "RecoveryPointAge"))
	return dashboard
}
