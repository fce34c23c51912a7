package stacks_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
)

// skippedByMoto are the types that moto 5.2.1 does not make, or makes without an
// id. Pinned, so that a change is seen.
var skippedByMoto = []string{
	"AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm", "AWS::EC2::SecurityGroupEgress", "AWS::EC2::SecurityGroupIngress", "AWS::Lambda::Permission",
	"AWS::RDS::DBSubnetGroup", "AWS::S3::BucketPolicy", "AWS::SNS::Subscription", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy",
	"AWS::Scheduler::Schedule", "AWS::Scheduler::ScheduleGroup",
}

// The template makes a stack on a model of CloudFormation by others: every
// reference resolves, in an order that exists.
func TestStackOnMoto(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not on the PATH: moto's CloudFormation cannot be asked")
	}
	if exec.Command(python, "-c", "import moto, boto3").Run() != nil {
		t.Skip("moto is not installed (pip install 'moto[all]'): its CloudFormation cannot be asked")
	}
	both, err := json.Marshal(map[string]json.RawMessage{"kept": synthesized(t).texts["lifeboat-prod-kept"], "recovery": synthesized(t).texts["lifeboat-prod"]})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "testdata/against_moto.py")
	var problems bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(both), &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, problems.String())
	}
	var stack struct {
		Status                                string
		Created, Skipped, Machines, Functions []string
	}
	if err := json.Unmarshal(out, &stack); err != nil {
		t.Fatal(err)
	}
	if stack.Status != "CREATE_COMPLETE" {
		t.Errorf("the stack is %s", stack.Status)
	}
	if diff := cmp.Diff(skippedByMoto, stack.Skipped); diff != "" {
		t.Errorf("what moto skips (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"lifeboat-prod-drill"}, stack.Machines); diff != "" {
		t.Error(diff)
	}
	mains, _ := filepath.Glob("../../functions/*/main.go")
	var want []string
	for _, file := range mains {
		name := filepath.Base(filepath.Dir(file))
		if name == deployed.Dispatcher || slices.Contains(deployed.RecoveryFunctions, name) {
			continue // of fleets, and of plans with a recovery
		}
		want = append(want, "lifeboat-prod-"+name)
	}
	if diff := cmp.Diff(strings.Join(want, "\n"), strings.Join(stack.Functions, "\n")); diff != "" {
		t.Errorf("functions (-want +got):\n%s", diff)
	}
}
