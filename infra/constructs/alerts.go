package constructs

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// Alerts are the two topics of what needs a person: Pages wake somebody,
// Tickets are read in the morning.
type Alerts struct{ Pages, Tickets awssns.ITopic }

// NewAlerts makes both, with their addresses. Without addresses for tickets
// those for pages get them as well: nothing is told to nobody.
func NewAlerts(scope constructs.Construct, names Names, key awskms.IKey, notify, tickets []string) Alerts {
	if len(tickets) == 0 {
		tickets = notify
	}
	return Alerts{
		Pages:   newTopic(scope, "Pages", names.PagesTopic(), "lifeboat "+names.Deployment, names, key, notify),
		Tickets: newTopic(scope, "Tickets", names.TicketsTopic(), "lifeboat "+names.Deployment+" tickets", names, key, tickets),
	}
}

// newTopic is published to by alarms of this account, whose statement is here
// (services have no role), and by the notifier, whose role says so.
func newTopic(scope constructs.Construct, id, name, sender string, names Names, key awskms.IKey, addresses []string) awssns.ITopic {
	topic := awssns.NewTopic(scope, jsii.String(id), &awssns.TopicProps{
		TopicName: jsii.String(name), DisplayName: jsii.String(sender), MasterKey: key, EnforceSSL: jsii.Bool(true),
	})
	for _, address := range addresses {
		topic.AddSubscription(awssnssubscriptions.NewEmailSubscription(jsii.String(address), nil))
	}
	topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("AlarmsOfThisAccount"),
		Actions:    jsii.Strings("sns:Publish"),
		Resources:  &[]*string{topic.TopicArn()},
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("cloudwatch.amazonaws.com"), nil)},
		Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": names.Account}},
	}))
	return topic
}
