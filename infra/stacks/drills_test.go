package stacks_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/infra/stacks"
	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/metrics"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// Two stacks: one goes with lifeboat, the other outlives it. What the second
// holds is kept whatever becomes of that stack, except where the very operation
// that made it is rolled back: a retry would meet its name.
func TestWhatIsKept(t *testing.T) {
	a := synthesized(t)
	kept := []string{"AWS::DynamoDB::Table", "AWS::KMS::Alias", "AWS::KMS::Key", "AWS::S3::Bucket"}
	for id, r := range a.kept.Resources {
		if slices.Contains(kept, r.Type) && (r.DeletionPolicy != "RetainExceptOnCreate" || r.UpdateReplacePolicy != "Retain") {
			t.Errorf("%s %s: when deleted %q, when replaced %q", r.Type, id, r.DeletionPolicy, r.UpdateReplacePolicy)
		}
	}
	for id, r := range a.recovery.Resources {
		version := r.Type == "AWS::Lambda::Version" // a drill may still run in it
		if slices.Contains(kept, r.Type) || r.DeletionPolicy != "" && r.DeletionPolicy != "Delete" && !version {
			t.Errorf("%s %s is kept by the stack that goes", r.Type, id)
		}
	}
}

// A table that is protected from deletion fails the rollback of the stack that
// made it, so nothing may come after it that can fail.
func TestProtectedTableIsMadeLast(t *testing.T) {
	kept := synthesized(t).kept
	for _, table := range kept.Of("AWS::DynamoDB::Table") {
		if kept.Resources[table].Properties["DeletionProtectionEnabled"] != true {
			continue
		}
		for id := range kept.Resources {
			if id != table && !dependsOn(kept, table, id) {
				t.Errorf("%s may be made after %s, which no rollback can delete", id, table)
			}
		}
	}
}

func dependsOn(t cfn.Template, from, on string) bool {
	list, _ := t.Resources[from].DependsOn.([]any)
	return slices.Contains(list, any(on))
}

// What runs may go on with the version that it was started with, after any
// number of deployments; and a version that a rolled-back deployment published
// is no obstacle to the next one.
func TestOldVersionsStay(t *testing.T) {
	versions := synthesized(t).resources("AWS::Lambda::Version")
	for id, r := range versions {
		if r.DeletionPolicy != "RetainExceptOnCreate" || r.UpdateReplacePolicy != "Retain" {
			t.Errorf("%s: when deleted %q, when replaced %q", id, r.DeletionPolicy, r.UpdateReplacePolicy)
		}
	}
	if len(versions) < 10 {
		t.Errorf("%d versions", len(versions))
	}
}

// What cannot be deployed is refused before anything is synthesized.
func TestWhatCannotBeDeployed(t *testing.T) {
	for name, c := range map[string]struct {
		reason string
		change func(*stacks.Props)
		want   error
	}{
		"no version":      {"functions would not start", func(p *stacks.Props) { p.Version = "" }, stacks.ErrNoVersion},
		"no account":      {"every ARN would be hollow", func(p *stacks.Props) { p.Account = "" }, stacks.ErrNoAccount},
		"no authorities":  {"no check would trust the copy", func(p *stacks.Props) { p.Plan.Regions.Recovery, p.Authorities = "us-gov-east-1", "" }, stacks.ErrNoAuthorities},
		"only PostgreSQL": {"there is nothing to deploy", func(p *stacks.Props) { p.Plan.Workloads[0].Databases[0].Kind = plan.KindPostgres }, stacks.ErrNothingOnAWS},
		"no regions":      {"the same, and there is no region to ask for", func(p *stacks.Props) { p.Plan.Regions, p.Plan.Workloads = nil, nil }, stacks.ErrNothingOnAWS},
	} {
		t.Run(name, func(t *testing.T) {
			p := stacks.Props{Plan: examplePlan(t), Account: account, Version: "0.0.0", Assets: packages(t)}
			c.change(&p)
			if _, err := stacks.List(p); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", c.reason, err)
			}
		})
	}
}

func TestEvidenceIsLockedAndPrivate(t *testing.T) {
	for id, r := range synthesized(t).resources("AWS::S3::Bucket") {
		properties := r.Properties
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
		_, inside := r.Properties["VpcConfig"]
		if inside != strings.HasPrefix(id, "ValidateData") {
			t.Errorf("%s: inside %t", id, inside)
		}
	}
}

// The machine calls published versions, so that a deployment in the middle of
// a drill changes nothing.
func TestMachineCallsVersions(t *testing.T) {
	for id, r := range synthesized(t).resources("AWS::StepFunctions::StateMachine") {
		for name, target := range r.Properties["DefinitionSubstitutions"].(map[string]any) {
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

// alarmsThatTell are the properties of all alarms that have an action, by their ids,
// composite ones among them.
func alarmsThatTell(a assembly) map[string]map[string]any {
	list := map[string]map[string]any{}
	for _, typ := range []string{"AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"} {
		for id, r := range a.resources(typ) {
			if actions, _ := r.Properties["AlarmActions"].([]any); len(actions) > 0 {
				list[id] = r.Properties
			}
		}
	}
	return list
}

// alarmsOfBackups are those beside the databases, with or without an action.
func alarmsOfBackups(a assembly) map[string]map[string]any {
	list := map[string]map[string]any{}
	for _, id := range a.backups.Of("AWS::CloudWatch::Alarm") {
		list[id] = a.backups.Resources[id].Properties
	}
	return list
}

// runbookOf is the page that an alarm's description links.
func runbookOf(alarm map[string]any) string {
	description, _ := alarm["AlarmDescription"].(string)
	_, page, _ := strings.Cut(description, "https://github.com/lifeboat-dr/lifeboat/blob/main/docs/runbooks/")
	page, _, _ = strings.Cut(page, " ")
	return page
}

// toldByTheNotifier are the pages that messages about endings link.
var toldByTheNotifier = []string{"FailureDirty.md", "FailureClean.md", "ObjectivesMissed.md", "cut-off.md"}

// Whoever is told by an alarm finds what to do behind its link. An alarm that tells
// nobody is one that another looks at, or that others wait for.
func TestEveryAlarmHasARunbook(t *testing.T) {
	linked := map[string]bool{}
	tell := alarmsThatTell(synthesized(t))
	for id, properties := range alarmsOfBackups(shaped(t, "backups")) {
		tell[id] = properties
	}
	maps.Copy(tell, alarmsThatTell(shaped(t, "backups-apart"))) // whose backups are copied
	maps.Copy(tell, alarmsThatTell(shaped(t, "recovery")))
	for id, properties := range tell {
		page := runbookOf(properties)
		linked[page] = true
		if page == "" || !fileExists("../../docs/runbooks/"+page) {
			t.Errorf("%s: there is no %q", id, page)
		}
	}
	for id, r := range synthesized(t).resources("AWS::CloudWatch::Alarm") {
		if name, _ := r.Properties["AlarmName"].(string); tell[id] == nil && !strings.HasSuffix(name, metrics.Quiet) {
			t.Errorf("%s tells nobody", name)
		}
	}
	pages, _ := filepath.Glob("../../docs/runbooks/*.md")
	for _, page := range pages {
		if name := filepath.Base(page); !linked[name] && name != "dispatcher-late.md" && !slices.Contains(toldByTheNotifier, name) { // only fleets have a dispatcher
			t.Errorf("no alarm links %s", page)
		}
	}
}

// In an account apart from the databases' own, the deployment prints what makes
// their backups arrive, and its roles reach nothing of the owner's.
func TestDrillAccountApart(t *testing.T) {
	a := shaped(t, "two-accounts")
	if len(a.findings) > 0 {
		t.Error(a.findings)
	}
	for name, part := range map[string]string{
		"VaultPolicyStatement": "arn:aws:iam::" + owner + ":root", "OwnerKeyPolicyStatement": "arn:aws:iam::" + account + ":root",
		"ShareSnapshot": "--values-to-add " + account, "CopySnapshot": "arn:aws:rds:" + home + ":" + owner + ":snapshot:",
	} {
		if text := a.output(t, name); !strings.Contains(text, part) || len(text) > 1024 {
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
	if synthesized(t).output(t, "ShareSnapshot") != "" {
		t.Error("a deployment beside its databases prints how to share snapshots")
	}
}
