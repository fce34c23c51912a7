package constructs

import (
	"path/filepath"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
)

// FunctionsProps of all functions.
type FunctionsProps struct {
	Names   Names
	Scope   Scope
	Key     awskms.IKey
	Network Network
	// Undelivered gets the events that a function failed on.
	Undelivered awssqs.IQueue
	// Assets is the folder with one folder per function, each with its
	// bootstrap.
	Assets        string
	Version       string // of lifeboat
	RetentionDays int
	// Dispatch has one function start all drills that are due.
	Dispatch bool
	// Protect has one look at how databases are backed up.
	Protect bool
}

// Functions are the published versions of all functions, by name.
type Functions map[string]awslambda.IVersion

// NewFunctions makes every function with a role and a log of its own.
func NewFunctions(scope constructs.Construct, p FunctionsProps) Functions {
	permissions := Permissions(p.Scope)
	functions := Functions{}
	for _, f := range functionList {
		if f.name == deployed.Dispatcher && !p.Dispatch || f.name == deployed.ProtectionMonitor && !p.Protect {
			continue
		}
		functions[f.name] = newFunction(scope, f, permissions[f.name], p)
	}
	if p.Scope.Recovery == nil {
		return functions
	}
	for _, f := range recoveryFunctions {
		if f.name == deployed.QueryRecovered && p.Scope.Recovery.Network == nil {
			continue
		}
		functions[f.name] = newFunction(scope, f, permissions[f.name], p)
	}
	return functions
}

func newFunction(scope constructs.Construct, f function, permissions []Statement, p FunctionsProps) awslambda.IVersion {
	scope = constructs.NewConstruct(scope, jsii.String(id(f.name)))
	name := p.Names.Function(f.name)
	if f.async {
		permissions = append(slices.Clone(permissions), sendUndelivered(p.Names), useQueueKey(p.Names, p.Key))
	}
	if f.name == deployed.Notifier {
		permissions = append(slices.Clone(permissions), useTopicKey(p.Names, p.Key))
	}
	log := NewLog(scope, "Log", "/aws/lambda/"+name, p.Key)
	role := NewRole(scope, name, ofFunctions(), append(slices.Clone(permissions), Statement{
		Sid: "Log", Reason: "its own log", Actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"},
		Resources: []string{p.Names.ARN("logs", "log-group:/aws/lambda/"+name+":*")},
	}, useKey(p.Names, p.Key)))
	props := &awslambda.FunctionProps{
		FunctionName: jsii.String(name), Description: jsii.String("lifeboat " + p.Names.Deployment + ": " + f.name),
		Runtime: awslambda.Runtime_PROVIDED_AL2023(), Architecture: awslambda.Architecture_ARM_64(), Handler: jsii.String("bootstrap"),
		Code: awslambda.Code_FromAsset(jsii.String(filepath.Join(p.Assets, f.name)), nil), Role: role.WithoutPolicyUpdates(nil),
		Timeout: awscdk.Duration_Seconds(jsii.Number(f.timeoutSeconds)), MemorySize: jsii.Number(f.memoryMiB),
		LogGroup: log, LoggingFormat: awslambda.LoggingFormat_JSON, Environment: environment(p), EnvironmentEncryption: p.Key,
	}
	if f.async {
		props.DeadLetterQueue = p.Undelivered
	}
	if f.inside {
		props.Vpc, props.VpcSubnets = p.Network.VPC, p.Network.Inside
		props.SecurityGroups = &[]awsec2.ISecurityGroup{p.Network.Validator}
	}
	// An execution goes on with the versions that it was started with, so old ones
	// stay until `lifeboat prune`, which make deploy runs, finds that nothing can
	// use them.
	props.CurrentVersionOptions = &awslambda.VersionOptions{RemovalPolicy: keep}
	fn := awslambda.NewFunction(scope, jsii.String("Function"), props)
	if f.name == deployed.QueryRecovered {
		into(fn, *p.Scope.Recovery.Network)
	}
	accept(fn, aboutFunctions)
	if !f.async {
		accept(fn, aboutCalledByMachine)
	}
	return fn.CurrentVersion()
}

func environment(p FunctionsProps) *map[string]*string {
	env := map[string]*string{}
	for name, value := range p.Names.Environment(deployed.Settings{
		Version: p.Version, RetentionDays: p.RetentionDays, Key: *p.Key.KeyArn(), SecurityGroups: []string{*p.Network.Copies.SecurityGroupId()},
		Recovers: p.Scope.Recovery != nil,
	}) {
		env[name] = jsii.String(value)
	}
	return &env
}

// useKey lets a role use the key of the deployment, through the services that
// keep things with it.
func useKey(names Names, key awskms.IKey) Statement {
	return Statement{
		Sid: "KeyOfTheDeployment", Reason: "records, evidence and settings are encrypted", Actions: []string{"kms:Decrypt", "kms:GenerateDataKey"},
		Resources:  []string{*key.KeyArn()},
		Conditions: viaService(names, "dynamodb", "s3", "lambda"),
	}
}

// NewRole is one role with its statements in one policy, so that it can be
// read as a whole.
func NewRole(scope constructs.Construct, name string, assumedBy awsiam.IPrincipal, statements []Statement) awsiam.Role {
	document := awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{})
	for _, s := range statements {
		document.AddStatements(awsiam.NewPolicyStatement(s.props()))
	}
	role := awsiam.NewRole(scope, jsii.String("Role"), &awsiam.RoleProps{
		RoleName: jsii.String(name), AssumedBy: assumedBy,
		InlinePolicies: &map[string]awsiam.PolicyDocument{"lifeboat": document},
	})
	accept(role, aboutRoles)
	acceptResources(role, statements)
	return role
}

// props are what the CDK wants to know of a statement.
func (s Statement) props() *awsiam.PolicyStatementProps {
	effect := awsiam.Effect_ALLOW
	if s.Deny {
		effect = awsiam.Effect_DENY
	}
	props := &awsiam.PolicyStatementProps{Sid: jsii.String(s.Sid), Effect: effect, Actions: jsii.Strings(s.Actions...)}
	if s.NotResources != nil {
		props.NotResources = jsii.Strings(s.NotResources...)
	} else {
		props.Resources = jsii.Strings(s.Resources...)
	}
	if s.Conditions != nil {
		props.Conditions = &s.Conditions
	}
	return props
}
