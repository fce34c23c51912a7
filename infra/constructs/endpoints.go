package constructs

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
)

// What passes the endpoints of the network. A policy of an endpoint gives
// nothing: it is the most that anybody inside may ask of the service, whatever
// credentials are used. With foreign ones, in a copy that turned on its checker
// say, nothing leaves to somebody else's table or secret.
//
// So each is cut to principals and resources of this account, and to what the
// functions inside ask for: the validating one, and the teams' own
// (docs/custom-checks.md), whose roles are not ours. aws:ResourceAccount is in the
// context of every call of these two services: the list of those without it
// names none of theirs.
// https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourceaccount
//
// Not through here goes what services do for a function. Lambda itself, from its
// own network, writes the log, decrypts the environment and makes the network
// interfaces. DynamoDB and Secrets Manager use their keys in the name of the
// function: forwarded requests do not know the endpoint of the first one. So there
// is no endpoint of CloudWatch Logs, KMS and EC2. Nor is there one of RDS: what its
// API is asked about a copy, PrepareLogin asks from outside (docs/adr/0016).
// https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourcevpce

// throughDynamoDB is the run record: the teams' own functions have no way there, and
// those that ask for a recovery need none.
func throughDynamoDB(names Names) []Statement {
	return []Statement{{Sid: "RunRecord", Actions: []string{"dynamodb:PutItem", "dynamodb:Query"}, Resources: []string{names.TableARN()}}}
}

// throughSecretsManager is to read: the password of the copy, or one of the
// team's own, which came back with the database. AWS's caching clients describe
// a secret before they get it.
func throughSecretsManager(names Names) []Statement {
	return []Statement{{
		Sid: "ReadSecrets", Actions: []string{"secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"},
		Resources: []string{names.ARN("secretsmanager", "secret:*")},
	}}
}

// limit gives an endpoint its policy. The principal is "*", as gateway endpoints
// want it, and the condition says whose.
func limit(names Names, endpoint awsec2.VpcEndpoint, statements []Statement) {
	for _, s := range statements {
		s.Conditions = map[string]any{"StringEquals": map[string]any{"aws:PrincipalAccount": names.Account, "aws:ResourceAccount": names.Account}}
		props := s.props()
		props.Principals = &[]awsiam.IPrincipal{awsiam.NewStarPrincipal()}
		endpoint.AddToPolicy(awsiam.NewPolicyStatement(props))
	}
}
