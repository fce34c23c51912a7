package deployed

import (
	"strings"
	"testing"
)

// What recoveries add is never longer than the names that the plan's deployment is
// bounded by: pkg/plan need not know them. 26 characters are what a region of the
// longest name leaves, 31 the shortest.
func TestNamesOfRecoveriesFit(t *testing.T) {
	n := Names{Deployment: strings.Repeat("d", 31), Account: "111122223333", Region: "sa-east-1"}
	longest := map[string]string{}
	for _, function := range RecoveryFunctions {
		longest["function and role "+function] = n.Function(function)
	}
	longest["role of exercises"], longest["role of failovers"], longest["role of the schedule"], longest["role of AWS Backup"] = n.ExerciseRole(), n.FailoverRole(), n.Exercising(), n.ProtectRole()
	for what, name := range longest {
		// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
		if len(name) > 64 {
			t.Errorf("%s: %s has %d characters", what, name, len(name))
		}
	}
	for what, name := range map[string]string{"machine": n.RecoveryMachine(), "machine of a step": n.RecoveryStepMachine()} {
		// https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
		if len(name) > 80 {
			t.Errorf("%s: %s has %d characters", what, name, len(name))
		}
	}
	identifier := strings.Repeat("i", 63)
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
	if name := n.RecoveredAlarm(identifier, "free-storage-space"); len(name) > 255 {
		t.Errorf("alarm: %s has %d characters", name, len(name))
	}
	workload := strings.Repeat("w", 63)
	// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
	// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
	if name := n.EndpointParameter(workload, workload); len(name) > 900 || len(n.EndpointSecret(workload, workload)) > 512 {
		t.Errorf("endpoint: %s has %d characters", name, len(name))
	}
}
