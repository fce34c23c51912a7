package constructs

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"
)

// Who may assume a role. A service that acts for many customers says for whose
// resource it does, as far as it documents that; where it does not, a condition
// on it would not be met, and nobody could assume the role.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html

// Services that assume roles of ours.
const (
	schedulerService = "scheduler.amazonaws.com"
	statesService    = "states.amazonaws.com"
	lambdaService    = "lambda.amazonaws.com"
)

// sourceIs is met where a service acts for this resource of this account. The
// resource may hold wildcards.
func sourceIs(names Names, arn string) map[string]any {
	return map[string]any{
		"StringEquals": map[string]any{"aws:SourceAccount": names.Account},
		"ArnLike":      map[string]any{"aws:SourceArn": arn},
	}
}

// ofSchedules is EventBridge Scheduler for the schedules of this deployment. What
// it names is their group: a condition on one schedule is never met.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
func ofSchedules(names Names, group string) awsiam.IPrincipal {
	return assumedFor(schedulerService, sourceIs(names, names.ARN("scheduler", "schedule-group/"+group)))
}

// ofFunctionsHere are functions of this deployment, by the roles that they have. They
// are named in a condition: a principal that is not there yet is refused, and one that
// was made anew under its old name would be another.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func ofFunctionsHere(names Names, functions ...string) awsiam.IPrincipal {
	var roles []string
	for _, f := range functions {
		roles = append(roles, names.RoleARN(names.Function(f)))
	}
	account := awsiam.NewArnPrincipal(jsii.String(root(names, names.Account)))
	return account.WithConditions(&map[string]any{"ArnEquals": map[string]any{"aws:PrincipalArn": roles}})
}

// ofMachine is Step Functions for a machine of this deployment.
// https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html#prevent-cross-service-confused-deputy
func ofMachine(names Names, machine string) awsiam.IPrincipal {
	return assumedFor(statesService, sourceIs(names, names.ARN("states", "stateMachine:"+machine)))
}

// ofFunctions is Lambda, without a condition. Its guide gives none for an
// execution role, and says of aws:SourceArn that it is for those that invoke a
// function; AWS's own samples have aws:SourceAccount here, so it may well be sent,
// but nobody here has seen it, and if it were not, no function would start. What
// it would keep out is kept out all the same: a role is passed to services of its
// own account only, by who has iam:PassRole on it.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
// https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
func ofFunctions() awsiam.IPrincipal { return assumedFor(lambdaService, nil) }

func assumedFor(service string, conditions map[string]any) awsiam.IPrincipal {
	if conditions == nil {
		return awsiam.NewServicePrincipal(jsii.String(service), nil)
	}
	return awsiam.NewServicePrincipal(jsii.String(service), &awsiam.ServicePrincipalOpts{Conditions: &conditions})
}
