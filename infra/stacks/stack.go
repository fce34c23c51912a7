package stacks

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
)

// plansPriority of tags is above the CDK's, which names parts of a network: an
// organisation that asks for a Name asks for its own. 100 is the CDK's.
const plansPriority = 200

// newStack is one of the deployment's, with its tag and the plan's, which the
// CDK gives to the stack itself and to all in it that can have tags.
func newStack(scope constructs.Construct, e Entry, description string) awscdk.Stack {
	deployment := e.props.Plan.Deployment
	stack := awscdk.NewStack(scope, jsii.String(e.ID), &awscdk.StackProps{
		// Of a fleet's template a third would be spaces; CloudFormation takes a megabyte.
		SuppressTemplateIndentation: jsii.Bool(true),
		StackName:                   jsii.String(e.Name), Description: jsii.String("lifeboat " + deployment + ": " + description),
		Env: &awscdk.Environment{Account: jsii.String(e.Account), Region: jsii.String(e.Region)},
	})
	// The CDK panics where there are too many; Synthesize says it in one line.
	stack.Node().SetContext(jsii.String("@aws-cdk/core:stackResourceLimit"), "0")
	awscdk.Validations_Of(stack).Acknowledge(&awscdk.Acknowledgment{Id: jsii.String("CloudFormation-Validate::F0007"), Reason: jsii.String("Synthesize counts them")})
	awscdk.Tags_Of(stack).Add(jsii.String(deployed.TagDeployment), jsii.String(deployment), nil)
	for _, key := range slices.Sorted(maps.Keys(e.props.Plan.Tags)) {
		awscdk.Tags_Of(stack).Add(jsii.String(key), jsii.String(e.props.Plan.Tags[key]), &awscdk.TagProps{Priority: jsii.Number(plansPriority)})
	}
	return stack
}
