package constructs

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// NewAlerts is the topic of everything that needs a person.
func NewAlerts(scope constructs.Construct, names Names, key awskms.IKey, notify []string) awssns.ITopic {
	topic := awssns.NewTopic(scope, jsii.String("Alerts"), &awssns.TopicProps{
		TopicName: jsii.String(names.Topic()), DisplayName: jsii.String("lifeboat " + names.Deployment), MasterKey: key, EnforceSSL: jsii.Bool(true),
	})
	for _, address := range notify {
		topic.AddSubscription(awssnssubscriptions.NewEmailSubscription(jsii.String(address), nil))
	}
	topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("AlarmsAndEventsOfThisAccount"),
		Actions:    jsii.Strings("sns:Publish"),
		Resources:  &[]*string{topic.TopicArn()},
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("cloudwatch.amazonaws.com"), nil), awsiam.NewServicePrincipal(jsii.String("events.amazonaws.com"), nil)},
		Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": names.Account}},
	}))
	return topic
}
