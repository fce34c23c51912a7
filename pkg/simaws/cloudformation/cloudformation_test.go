package cloudformation_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/authz"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/cloudformation"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lab"
)

const (
	account = "111122223333"
	region  = "eu-central-1"
	role    = `"R": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r", "AssumeRolePolicyDocument": {"Statement": []}}}`
)

// assembly is one stack as a synthesis would write it, with one package.
func assembly(t *testing.T, template string) cfn.Assembly {
	t.Helper()
	folder := t.TempDir()
	write := func(name string, value any) {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("manifest.json", map[string]any{"artifacts": map[string]any{
		"S.assets": map[string]any{"type": "cdk:asset-manifest", "properties": map[string]any{"file": "S.assets.json"}},
		"S": map[string]any{
			"type": "aws:cloudformation:stack", "environment": "aws://" + account + "/" + region, "dependencies": []any{"S.assets"},
			"properties": map[string]any{"templateFile": "S.template.json", "stackName": "s"},
		},
	}})
	write("S.assets.json", map[string]any{"files": map[string]any{"a": map[string]any{
		"source": map[string]any{"path": "asset.a"}, "destinations": map[string]any{"here": map[string]any{"bucketName": "b", "objectKey": "a.zip"}},
	}}})
	write("S.template.json", json.RawMessage(template))
	read, err := cfn.ReadAssembly(folder)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func newAccount(asked *[]authz.Question) *cloudformation.Account {
	cloud := lab.New(lab.Options{Options: simaws.Options{Clock: clock.NewVirtual(time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC))}})
	return cloudformation.New(cloud, cloudformation.Options{
		Deployer: func(string) string { return "arn:aws:iam::" + account + ":role/deployer" },
		May: func(q authz.Question) error {
			if asked != nil {
				*asked = append(*asked, q)
			}
			return nil
		},
		Lint:       func(json.RawMessage) ([]string, error) { return nil, nil },
		SetMachine: func(cloudformation.Machine) error { return nil }, RemoveMachine: func(string) {},
	})
}

// Whatever a template says is read, ignored with a reason, or refused by name.
func TestNothingIsPassedOver(t *testing.T) {
	for name, c := range map[string]struct{ reason, template, says string }{
		"type":               {"nobody knows what it does", `{"Resources": {"X": {"Type": "AWS::Route53::RecordSet", "Properties": {}}}}`, "the type is not simulated"},
		"property":           {"a queue of that kind works otherwise", `{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q", "FifoQueue": true}}}}`, `"FifoQueue"`},
		"property inside":    {"the same one level down", `{"Resources": {` + role + `, "F": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "f", "VpcConfig": {"SubnetIds": [], "Unheard": 1}}}}}`, `"VpcConfig.Unheard"`},
		"condition":          {"whether it is there depends on it", `{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Condition": "Maybe", "Properties": {"QueueName": "q"}}}}`, "conditions are not simulated"},
		"section":            {"it changes what resources are", `{"Mappings": {"M": {}}, "Resources": {}}`, "a section Mappings"},
		"function":           {"its value is unknown", `{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::FindInMap": []}}}}}`, "Fn::FindInMap"},
		"role":               {"AWS would refuse the function", `{"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "f", "Runtime": "provided.al2023", "Handler": "bootstrap", "Role": "arn:aws:iam::1:role/x"}}}}`, "there is no role"},
		"runtime":            {"this process runs no Python", `{"Resources": {` + role + `, "F": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "f", "Runtime": "python3.13", "Handler": "a.b", "Role": {"Fn::GetAtt": ["R", "Arn"]}}}}}`, "python3.13"},
		"package":            {"nobody uploads it", `{"Resources": {` + role + `, "F": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "f", "Runtime": "provided.al2023", "Handler": "bootstrap", "Role": {"Fn::GetAtt": ["R", "Arn"]}, "Code": {"S3Bucket": "b", "S3Key": "other.zip"}}}}}`, "s3://b/other.zip"},
		"case of a name":     {"names count in their case", `{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"queueName": "q"}}}}`, `"queueName"`},
		"null":               {"nothing is no value", `{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": null}}}}`, "QueueName: null"},
		"text for a number":  {"CloudFormation converts it", `{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q", "MessageRetentionPeriod": "86400"}}}}`, ""},
		"no logical id":      {"a template is typed by hand, too", `{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": 5}}}}}`, "Ref to 5"},
		"no attribute":       {"the same", `{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::GetAtt": "Q"}}}}}`, "Fn::GetAtt"},
		"no list":            {"the same", `{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Join": ["", "x"]}}}}}`, "Fn::Join"},
		"ignored, and wrong": {"it names what is not there", `{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q", "Description": {"Ref": "Nobody"}}}}}`, "Nobody"},
		"depends on nothing": {"CloudFormation refuses the template", `{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "DependsOn": "Nobody", "Properties": {"QueueName": "q"}}}}`, "Nobody"},
		"output of nothing":  {"the same", `{"Resources": {}, "Outputs": {"O": {"Value": {"Ref": "Nobody"}}}}`, "the output O"},
		"one name twice":     {"AWS makes one of them", `{"Resources": {"A": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}}, "B": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}}}}`, "A and B are both"},
		"deletion policy":    {"a misspelt one keeps nothing", `{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "DeletionPolicy": "Keep", "Properties": {"QueueName": "q"}}}}`, "DeletionPolicy"},
		"timeout":            {"Lambda takes 15 minutes", `{"Resources": {` + role + `, "F": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "f", "Runtime": "provided.al2023", "Handler": "bootstrap", "Role": {"Fn::GetAtt": ["R", "Arn"]}, "Code": {"S3Bucket": "b", "S3Key": "a.zip"}, "Timeout": 901}}}}`, "901"},
		"reserved variable":  {"Lambda sets it itself", `{"Resources": {` + role + `, "F": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "f", "Runtime": "provided.al2023", "Handler": "bootstrap", "Role": {"Fn::GetAtt": ["R", "Arn"]}, "Code": {"S3Bucket": "b", "S3Key": "a.zip"}, "Environment": {"Variables": {"AWS_REGION": "x"}}}}}}`, "AWS_REGION"},
		"foreign subnet":     {"there is none", `{"Resources": {` + role + `, "F": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "f", "Runtime": "provided.al2023", "Handler": "bootstrap", "Role": {"Fn::GetAtt": ["R", "Arn"]}, "Code": {"S3Bucket": "b", "S3Key": "a.zip"}, "VpcConfig": {"SubnetIds": ["subnet-x"], "SecurityGroupIds": []}}}}}`, "subnet-x"},
		"one zone":           {"RDS wants two", `{"Resources": {"V": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}, "S": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "V"}, "CidrBlock": "10.0.0.0/24", "AvailabilityZone": "a"}}, "G": {"Type": "AWS::RDS::DBSubnetGroup", "Properties": {"DBSubnetGroupName": "g", "SubnetIds": [{"Ref": "S"}]}}}}`, "DBSubnetGroupDoesNotCoverEnoughAZs"},
		"state of a rule":    {"AWS knows it in capitals", `{"Resources": {"E": {"Type": "AWS::Events::Rule", "Properties": {"Name": "e", "State": "Enabled", "ScheduleExpression": "rate(1 hour)"}}}}`, "Enabled"},
		"express machine":    {"it waits for no token", `{"Resources": {` + role + `, "M": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"StateMachineName": "m", "StateMachineType": "EXPRESS", "RoleArn": {"Fn::GetAtt": ["R", "Arn"]}}}}}`, "EXPRESS"},
		"policy's character": {"IAM takes Latin-1", `{"Resources": {` + strings.Replace(role, `[]`, `[{"Condition": {"StringEquals": {"aws:RequestTag/A": "中"}}}]`, 1) + `}}`, `MalformedPolicyDocument`},
		"Latin-1 in one":     {"IAM takes it", `{"Resources": {` + strings.Replace(role, `[]`, `[{"Condition": {"StringEquals": {"aws:RequestTag/A": "Ökonomie"}}}]`, 1) + `}}`, ""},
		"size of a policy":   {"IAM takes 10240", `{"Resources": {` + role + `, "P": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "p", "Roles": ["r"], "PolicyDocument": {"Statement": [{"Resource": "` + strings.Repeat("a", 10240) + `"}]}}}}}`, "LimitExceeded"},
		"ignored on purpose": {"tags and descriptions", `{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q", "Tags": [{"Key": "a", "Value": "b"}]}}}}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := newAccount(nil).Deploy(assembly(t, c.template))
			if c.says == "" {
				if err != nil {
					t.Errorf("%s: %v", c.reason, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %v", c.reason, err)
			}
		})
	}
}

func deployment(version, policy, second string) string {
	return `{"Resources": {` + role + `,
		"F": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "f", "Runtime": "provided.al2023", "Handler": "bootstrap",
			"Role": {"Fn::GetAtt": ["R", "Arn"]}, "Code": {"S3Bucket": "b", "S3Key": "a.zip"}, "Environment": {"Variables": {"VALUE": "` + second + `"}}}},
		"` + version + `": {"Type": "AWS::Lambda::Version", "DeletionPolicy": "` + policy + `", "Properties": {"FunctionName": {"Ref": "F"}}},
		"P": {"Type": "AWS::Lambda::Permission", "Properties": {"Action": "lambda:InvokeFunction", "FunctionName": {"Ref": "` + version + `"}, "Principal": "events.amazonaws.com"}}}}`
}

// A version is what the function was when it was published, and stays where its
// deletion policy says so.
func TestVersionsOfAFunction(t *testing.T) {
	const arn = "arn:aws:lambda:" + region + ":" + account + ":function:f"
	for name, c := range map[string]struct {
		reason, policy string
		first          bool // is still there
	}{
		"retained":      {"what runs still calls it", "Retain", true},
		"but on create": {"the same, after the first deployment", "RetainExceptOnCreate", true},
		"deleted":       {"nothing keeps it", "Delete", false},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(nil)
			if err := a.Deploy(assembly(t, deployment("V1", c.policy, "one"))); err != nil {
				t.Fatal(err)
			}
			if err := a.Deploy(assembly(t, deployment("V1", c.policy, "one"))); err != nil {
				t.Fatal(err)
			}
			if _, there := a.Function(arn + ":2"); there {
				t.Error("the same template published twice")
			}
			if err := a.Deploy(assembly(t, deployment("V2", c.policy, "two"))); err != nil {
				t.Fatal(err)
			}
			first, there := a.Function(arn + ":1")
			if there != c.first || there && first.Environment["VALUE"] != "one" {
				t.Errorf("%s: version 1: %t, %v", c.reason, there, first.Environment)
			}
			if second, _ := a.Function(arn + ":2"); second.Environment["VALUE"] != "two" {
				t.Errorf("version 2 has %v", second.Environment)
			}
			if a.OfResource(arn+":2") == nil {
				t.Error("nobody may call version 2")
			}
		})
	}
}

// What AWS asks on a resource's behalf is asked, of whoever deploys as well.
func TestADeploymentAsks(t *testing.T) {
	var asked []authz.Question
	if err := newAccount(&asked).Deploy(assembly(t, deployment("V1", "Retain", "one"))); err != nil {
		t.Fatal(err)
	}
	for _, action := range []string{"sts:AssumeRole", "iam:PassRole"} {
		if !slices.ContainsFunc(asked, func(q authz.Question) bool { return q.Action == action }) {
			t.Errorf("nobody asked %s: %v", action, asked)
		}
	}
}

// The list of what is ignored is short, gives reasons, and names nothing that is
// simulated.
func TestWhatIsIgnored(t *testing.T) {
	if len(cloudformation.Ignored) > 40 {
		t.Errorf("%d entries", len(cloudformation.Ignored))
	}
	supported := cloudformation.Supported()
	for pair, reason := range cloudformation.Ignored {
		if reason == "" {
			t.Errorf("%s: no reason", pair)
		}
		if slices.ContainsFunc(supported, func(s string) bool { return s == pair || strings.HasPrefix(s, pair+".") }) {
			t.Errorf("%s is simulated", pair)
		}
	}
	if !slices.Contains(supported, "AWS::Lambda::Function.Environment.Variables") || !slices.IsSorted(supported) {
		t.Errorf("%v", supported)
	}
	if diff := cmp.Diff(len(cloudformation.Ignored), len(cloudformation.IgnoredList())); diff != "" {
		t.Error(diff)
	}
}
