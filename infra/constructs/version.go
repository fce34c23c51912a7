package constructs

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// NewVersion says what is deployed, for whoever asks an account.
func NewVersion(scope constructs.Construct, version, planHash string) {
	output := func(name, value, description string) {
		awscdk.NewCfnOutput(scope, jsii.String(name), &awscdk.CfnOutputProps{Value: jsii.String(value), Description: jsii.String(description)})
	}
	output("Version", version, "of lifeboat, as evidence names it")
	output("PlanHash", planHash, "of the plan that is deployed, as `lifeboat plan` prints it")
}
