package constructs

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/lifeboat-dr/lifeboat/pkg/metrics"
)

// NewJobAlarms makes the alarms on what AWS Backup counts of a vault, beside it: an
// alarm looks at metrics of its own region.
func NewJobAlarms(scope constructs.Construct, names Names, topic awssns.ITopic, watch metrics.Vaulted) []interfacesawscloudwatch.IAlarmRef {
	a := alarms{
		scope: constructs.NewConstruct(scope, jsii.String("Alarms")), names: names,
		topics: map[metrics.Topic]awscloudwatch.IAlarmAction{metrics.Ticket: awscloudwatchactions.NewSnsAction(topic)},
	}
	var list []interfacesawscloudwatch.IAlarmRef
	for _, r := range metrics.JobAlarms(watch) {
		list = append(list, a.add(r))
	}
	return list
}
