package stacks_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	parts "github.com/lifeboat-dr/lifeboat/infra/constructs"
	"github.com/lifeboat-dr/lifeboat/infra/stacks"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

func TestNobodyToNotifyIsRefused(t *testing.T) {
	p := examplePlan(t)
	p.Notify = nil
	if _, err := synthesize(t, p, false, nil); !errors.Is(err, parts.ErrNobodyToNotify) {
		t.Errorf("want ErrNobodyToNotify, got %v", err)
	}
}

// What must outlive the stack is retained, and nothing else is: a second
// deployment must not trip over what the first left.
func TestWhatIsKept(t *testing.T) {
	kept := []string{"AWS::DynamoDB::Table", "AWS::KMS::Alias", "AWS::KMS::Key", "AWS::S3::Bucket", "AWS::S3::BucketPolicy"}
	for id, r := range synthesized(t).template["Resources"].(map[string]any) {
		r := r.(map[string]any)
		kind := r["Type"].(string)
		retained := r["DeletionPolicy"] == "Retain"
		version := kind == "AWS::Lambda::Version" // a drill may still run in it
		if retained && !slices.Contains(kept, kind) && !version {
			t.Errorf("%s %s is kept", kind, id)
		}
		if !retained && slices.Contains(kept, kind) && kind != "AWS::S3::BucketPolicy" {
			t.Errorf("%s %s goes with the stack", kind, id)
		}
	}
}

func TestAdoptedIsNotMadeAgain(t *testing.T) {
	a, err := synthesize(t, examplePlan(t), false, func(p *stacks.RecoveryProps) {
		p.Adopt = "arn:aws:kms:eu-central-1:111122223333:key/0f6b9d66-5a57-4d0f-b3f8-5a4c6c3f3a61"
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"AWS::DynamoDB::Table", "AWS::KMS::Alias", "AWS::KMS::Key", "AWS::S3::Bucket"} {
		for id := range a.resources(kind) {
			t.Errorf("%s %s is made again", kind, id)
		}
	}
	if !strings.Contains(string(a.text), "0f6b9d66") {
		t.Error("the adopted key is not used")
	}
}

func TestEvidenceIsLockedAndPrivate(t *testing.T) {
	for id, r := range synthesized(t).resources("AWS::S3::Bucket") {
		properties := r["Properties"].(map[string]any)
		private := properties["PublicAccessBlockConfiguration"].(map[string]any)
		for _, block := range []string{"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"} {
			if private[block] != true {
				t.Errorf("%s: %s is %v", id, block, private[block])
			}
		}
		if strings.Contains(id, "Log") {
			continue
		}
		rule := properties["ObjectLockConfiguration"].(map[string]any)["Rule"].(map[string]any)["DefaultRetention"].(map[string]any)
		if rule["Mode"] != "GOVERNANCE" || rule["Days"] != 400.0 {
			t.Errorf("%s: retention %v", id, rule)
		}
	}
}

// Only the validating function is inside the network of the copies, and that
// network has no way out.
func TestNetworkHasNoWayOut(t *testing.T) {
	a := synthesized(t)
	for _, kind := range []string{"AWS::EC2::InternetGateway", "AWS::EC2::NatGateway", "AWS::EC2::EIP", "AWS::EC2::Route", "AWS::EC2::VPCPeeringConnection"} {
		for id := range a.resources(kind) {
			t.Errorf("%s %s is a way out", kind, id)
		}
	}
	for id, r := range a.resources("AWS::Lambda::Function") {
		_, inside := r["Properties"].(map[string]any)["VpcConfig"]
		if inside != strings.HasPrefix(id, "ValidateData") {
			t.Errorf("%s: inside %t", id, inside)
		}
	}
}

// The machine calls published versions, so that a deployment in the middle of
// a drill changes nothing.
func TestMachineCallsVersions(t *testing.T) {
	for id, r := range synthesized(t).resources("AWS::StepFunctions::StateMachine") {
		for name, target := range r["Properties"].(map[string]any)["DefinitionSubstitutions"].(map[string]any) {
			ref, _ := target.(map[string]any)["Ref"].(string)
			if !strings.Contains(ref, "CurrentVersion") {
				t.Errorf("%s: %s is %v, not a version", id, name, target)
			}
		}
	}
}

func fileExists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// Whoever is woken by an alarm finds what to do behind its link.
func TestEveryAlarmHasARunbook(t *testing.T) {
	const runbooks = "https://github.com/lifeboat-dr/lifeboat/blob/main/docs/runbooks/"
	linked := map[string]bool{}
	for id, r := range synthesized(t).resources("AWS::CloudWatch::Alarm") {
		properties := r["Properties"].(map[string]any)
		description, _ := properties["AlarmDescription"].(string)
		_, page, found := strings.Cut(description, runbooks)
		if !found {
			t.Errorf("%s links no runbook: %q", id, description)
			continue
		}
		linked[page] = true
		if !fileExists("../../docs/runbooks/" + page) {
			t.Errorf("%s: there is no %s", id, page)
		}
		if actions, _ := properties["AlarmActions"].([]any); len(actions) == 0 {
			t.Errorf("%s tells nobody", id)
		}
	}
	pages, _ := filepath.Glob("../../docs/runbooks/*.md")
	for _, page := range pages {
		if name := filepath.Base(page); !linked[name] && name != "dispatcher-late.md" { // only fleets have a dispatcher
			t.Errorf("no alarm links %s", page)
		}
	}
}

// In an account apart from the databases' own, the deployment prints what makes
// their backups arrive, and its roles reach nothing of the owner's.
func TestDrillAccountApart(t *testing.T) {
	const owner = "999988887777"
	p := examplePlan(t)
	p.Accounts = &plan.Accounts{Primary: owner, Recovery: account}
	p.Regions.Primary, p.Regions.Recovery = home, ""
	p.Workloads[0].Databases[0].Drill.Scenario = plan.ScenarioAccountLoss
	a, err := synthesize(t, p, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.findings) > 0 {
		t.Error(a.findings)
	}
	outputs := a.template["Outputs"].(map[string]any)
	for name, part := range map[string]string{
		"VaultPolicyStatement": "arn:aws:iam::" + owner + ":root", "OwnerKeyPolicyStatement": "arn:aws:iam::" + account + ":root",
		"ShareSnapshot": "--values-to-add " + account, "CopySnapshot": "arn:aws:rds:" + home + ":" + owner + ":snapshot:",
	} {
		output, _ := outputs[name].(map[string]any)
		if text, _ := output["Value"].(string); !strings.Contains(text, part) || len(text) > 1024 {
			t.Errorf("output %s, of at most 1,024 characters, should hold %s: %s", name, part, text)
		}
	}
	foreign := "arn:aws:rds:" + home + ":" + owner + ":"
	cases := []request{
		{"lifeboat-prod-start-restore", "rds:RestoreDBInstanceToPointInTime", foreign + "db:orders-prod", nil},
		{"lifeboat-prod-start-restore", "rds:RestoreDBInstanceToPointInTime", rdsARN + "db:orders-prod", nil},
		{"lifeboat-prod-cleanup", "rds:DeleteDBInstance", foreign + "db:lifeboat-prod-0123456789ab", map[string]any{"aws:ResourceTag/lifeboat:deployment": "prod"}},
		{"lifeboat-prod-start-restore", "rds:RestoreDBInstanceFromDBSnapshot", rdsARN + "snapshot:copied", nil},
	}
	got := simulate(t, roles(t, a), cases)
	if slices.Contains(got[:3], "Allowed") || got[3] != "Allowed" {
		t.Errorf("three of the owner's, then a copied snapshot: %v", got)
	}
	if _, printed := synthesized(t).template["Outputs"].(map[string]any)["ShareSnapshot"]; printed {
		t.Error("a deployment beside its databases prints how to share snapshots")
	}
}
