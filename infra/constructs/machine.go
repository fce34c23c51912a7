package constructs

import (
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// MachineProps of a machine.
type MachineProps struct {
	Names Names
	// ID is what it is called in the app, Name what AWS calls it and its role.
	ID, Name string
	// About is for people: what it runs.
	About      string
	Key        awskms.IKey
	Definition []byte
	// Functions is the name of the function for each ${...} of the definition.
	Functions map[string]string
	Versions  Functions
	// Custom are the ARNs of the teams' own functions.
	Custom []string
}

// NewMachine is a machine. It calls published versions of its functions, so that a
// deployment in the middle of a run changes nothing.
func NewMachine(scope constructs.Construct, p MachineProps) awsstepfunctions.StateMachine {
	scope = constructs.NewConstruct(scope, jsii.String(p.ID))
	substitutions := map[string]*string{}
	var callable []string
	for placeholder, function := range p.Functions {
		version, there := p.Versions[function]
		if !there {
			substitutions[placeholder] = jsii.String(p.Names.ARN("lambda", "function:"+p.Names.Function(function)))
			continue // no plan that was accepted leads to its state
		}
		substitutions[placeholder] = version.FunctionArn()
		callable = append(callable, p.Names.ARN("lambda", "function:"+p.Names.Function(function)+":*"))
	}
	slices.Sort(callable)
	role := NewRole(scope, p.Name, ofMachine(p.Names, p.Name), []Statement{
		{Sid: "Functions", Reason: "published versions of its own functions, and the teams' own", Actions: []string{"lambda:InvokeFunction"}, Resources: append(callable, p.Custom...)},
		{
			Sid: "LogDelivery", Reason: "Step Functions sets up its log through these; they take no resource",
			Actions: []string{"logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery", "logs:ListLogDeliveries",
				"logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups"},
			Resources: []string{"*"},
		},
	})
	machine := awsstepfunctions.NewStateMachine(scope, jsii.String("Machine"), &awsstepfunctions.StateMachineProps{
		StateMachineName: jsii.String(p.Name), Comment: jsii.String("lifeboat " + p.Names.Deployment + ": " + p.About),
		DefinitionBody:          awsstepfunctions.DefinitionBody_FromString(jsii.String(inPartition(p.Definition, p.Names.Partition()))),
		DefinitionSubstitutions: &substitutions, StateMachineType: awsstepfunctions.StateMachineType_STANDARD, Role: role.WithoutPolicyUpdates(nil),
		Logs: &awsstepfunctions.LogOptions{
			Destination: NewLog(scope, "Log", "/aws/vendedlogs/states/"+p.Name, p.Key), Level: awsstepfunctions.LogLevel_ALL,
			// Without payloads: what a check's figure says belongs to the evidence.
			IncludeExecutionData: jsii.Bool(false),
		},
	})
	accept(machine, accepted{"AwsSolutions-SF2": "The execution's history has every call with its times; tracing would send the same to another service, and the validating function has no way to it."})
	return machine
}

// inPartition names the integrations of Step Functions as the partition has
// them: arn:aws:states:::lambda:invoke is unknown in another.
// https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/using-govcloud-arns.html
func inPartition(definition []byte, partition string) string {
	return strings.ReplaceAll(string(definition), "arn:aws:states:::", "arn:"+partition+":states:::")
}
