package deployed

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFunctionsAreTheFolders(t *testing.T) {
	mains, err := filepath.Glob("../../functions/*/main.go")
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, file := range mains {
		folders = append(folders, filepath.Base(filepath.Dir(file)))
	}
	if diff := cmp.Diff(folders, slices.Sorted(slices.Values(Functions))); diff != "" {
		t.Errorf("(-folders +Functions):\n%s", diff)
	}
}

func TestMachinesAreTheFiles(t *testing.T) {
	files, err := filepath.Glob("../../statemachines/*.asl.json")
	if err != nil {
		t.Fatal(err)
	}
	var machines []string
	for _, file := range files {
		machines = append(machines, strings.TrimSuffix(filepath.Base(file), ".asl.json"))
	}
<<<<<<< HEAD
	slices.Sort(machines) // by name, not by file: a hyphen comes before a dot
=======
	slices.Sort(machines) // a hyphen is before a dot, and before the end it is not
>>>>>>> wtC
	if diff := cmp.Diff(machines, slices.Sorted(slices.Values(Machines))); diff != "" {
		t.Errorf("(-files +Machines):\n%s", diff)
	}
}

func TestWhoReadsThePlanIsThere(t *testing.T) {
	for _, name := range append(slices.Clone(ReadPlan), ValidateData) {
		if !slices.Contains(Functions, name) {
			t.Errorf("there is no function %s", name)
		}
	}
}

// A variable without a value ends every function that reads it at its start.
func TestEnvironmentIsComplete(t *testing.T) {
	names := Names{Deployment: "prod", Account: "111122223333", Region: "eu-central-1"}
	env := names.Environment(Settings{Version: "1.0.0", RetentionDays: 365, Key: names.ARN("kms", "key/1"), SecurityGroups: []string{"sg-1", "sg-2"}})
	for name, value := range env {
		if value == "" {
			t.Errorf("%s has no value", name)
		}
	}
	if env[EnvSecurityGroups] != "sg-1,sg-2" || env[EnvRetentionDays] != "365" || env[EnvMachine] != names.MachineARN() {
		t.Errorf("%v", env)
	}
	if _, set := env[EnvAuthorities]; set {
		t.Error("no deployment says where the authorities are")
	}
}

func TestConsole(t *testing.T) {
	names := Names{Deployment: "prod", Account: "111122223333", Region: "us-gov-east-1"}
	for got, want := range map[string]string{
		names.ExecutionConsole("arn:x"):                 "https://console.amazonaws-us-gov.com/states/home?region=us-gov-east-1#/v2/executions/details/arn:x",
		names.ObjectConsole("s3://b/evidence/a+b.json"): "https://console.amazonaws-us-gov.com/s3/object/b?region=us-gov-east-1&prefix=evidence/a%2Bb.json",
		names.DashboardConsole():                        "https://console.amazonaws-us-gov.com/cloudwatch/home?region=us-gov-east-1#dashboards/dashboard/lifeboat-prod",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
