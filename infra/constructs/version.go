package constructs

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// NewVersion says what is deployed, for whoever asks an account.
func NewVersion(scope constructs.Construct, version, planHash string) {
	for name, of := range map[string][2]string{
		"Version":  {version, "of lifeboat, as evidence names it"},
		"PlanHash": {planHash, "of the plan that is deployed, as `lifeboat plan` prints it"},
	} {
		awscdk.NewCfnOutput(scope, jsii.String(name), &awscdk.CfnOutputProps{Value: jsii.String(of[0]), Description: jsii.String(of[1])})
	}
}
