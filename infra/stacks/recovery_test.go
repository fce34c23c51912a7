package stacks_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/infra/stacks"
	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
	"github.com/lifeboat-dr/lifeboat/statemachines"
)

const (
	exerciseRole = "lifeboat-prod-exercise"
	failoverRole = "lifeboat-prod-failover"
)

// recoveryTargets are whose an instance is, beside those of the matrix of drills.
var recoveryTargets = map[string]struct {
	name string
	tags map[string]string
}{
	"production":            {"orders-prod", nil},
	"another":               {"orders-elsewhere", map[string]string{deployed.TagPurpose: deployed.PurposeRecovered, deployed.TagDeployment: "prod"}},
	"throwaway":             {"lifeboat-prod-0123456789ab", map[string]string{deployed.TagDeployment: "prod", deployed.TagExecution: "x"}},
	"recovered":             {"orders-recovered", map[string]string{deployed.TagDeployment: "prod", deployed.TagPurpose: deployed.PurposeRecovered}},
	"target's name":         {"orders-recovered", nil},
	"of another":            {"orders-recovered", map[string]string{deployed.TagDeployment: "prod2", deployed.TagPurpose: deployed.PurposeRecovered}},
	"recovered, our name":   {"lifeboat-prod-0123456789ab", map[string]string{deployed.TagDeployment: "prod", deployed.TagPurpose: deployed.PurposeRecovered}},
	"target as throwaway":   {"orders-recovered", map[string]string{deployed.TagDeployment: "prod", deployed.TagPurpose: deployed.PurposeRecovered, deployed.TagExecution: "x"}},
	"throwaway, no purpose": {"customers-recovered", map[string]string{deployed.TagDeployment: "prod", deployed.TagExecution: "x"}},
}

// Nobody but the roles of the modes changes a database for a recovery, an exercise
// throwaways only, a failover the targets only; and what was recovered no other role of
// the deployment touches.
func TestModesTouchTheirOwnOnly(t *testing.T) {
	policies := roles(t, shaped(t, "recovery"))
	for _, role := range []string{exerciseRole, failoverRole} {
		if policies[role] == nil {
			t.Fatalf("there is no role %s", role)
		}
	}
	drills := map[string][]string{
		"rds:ModifyDBInstance": {"lifeboat-prod-cleanup", "lifeboat-prod-sweeper", "lifeboat-prod-prepare-login"}, "rds:DeleteDBInstance": {"lifeboat-prod-cleanup", "lifeboat-prod-sweeper"},
		"rds:AddTagsToResource": {"lifeboat-prod-start-restore"}, "rds:RestoreDBInstanceFromDBSnapshot": {"lifeboat-prod-start-restore"}, "rds:RestoreDBInstanceToPointInTime": {"lifeboat-prod-start-restore"},
	}
	var cases []request
	var want []bool
	var about []string
	for role := range policies {
		for _, action := range []string{
			"rds:ModifyDBInstance", "rds:DeleteDBInstance", "rds:AddTagsToResource", "rds:RemoveTagsFromResource", "rds:DeleteDBSnapshot", "rds:PromoteReadReplica",
			"rds:RestoreDBInstanceFromDBSnapshot", "rds:RestoreDBInstanceToPointInTime",
		} {
			makes := strings.HasPrefix(action, "rds:Restore") || action == "rds:AddTagsToResource"
			for kind, target := range recoveryTargets {
				context, key, keys := map[string]any{}, "aws:ResourceTag/", []string{}
				if makes {
					key = "aws:RequestTag/"
				}
				for tag, value := range target.tags {
					context[key+tag], keys = value, append(keys, tag)
				}
				resource := rdsARN + "db:" + target.name
				switch {
				case action == "rds:DeleteDBSnapshot":
					resource = rdsARN + "snapshot:" + target.name
				case action == "rds:AddTagsToResource":
					context["rds:TagsFromRequest"] = "true"
				case makes:
					context["rds:PubliclyAccessible"] = "false"
				}
				if makes {
					slices.Sort(keys)
					context["aws:TagKeys"] = keys
				}
				throwaways := kind == "throwaway" && (slices.Contains(drills[action], role) || role == exerciseRole && drills[action] != nil)
				targets := kind == "recovered" && role == failoverRole && drills[action] != nil
				cases, want, about = append(cases, request{role, action, resource, context}), append(want, throwaways || targets), append(about, kind)
			}
		}
	}
	allowed := 0
	for i, got := range simulate(t, policies, cases) {
		if (got == "Allowed") != want[i] {
			t.Errorf("%s: %s of %s (%s, %v): %s", cases[i].Role, cases[i].Action, cases[i].Resource, about[i], cases[i].Context, got)
		}
		if want[i] {
			allowed++
		}
	}
	t.Logf("%d questions about %d roles, %d allowed", len(cases), len(policies), allowed)
	if allowed == 0 {
		t.Error("nothing is allowed: the matrix says nothing")
	}
}

// What was recovered is denied by name of the tag, not only not allowed: whoever widens
// a role by mistake meets the deny.
func TestWhatWasRecoveredIsDenied(t *testing.T) {
	policies := roles(t, shaped(t, "recovery"))
	recovered := map[string]any{"aws:ResourceTag/" + deployed.TagDeployment: "prod", "aws:ResourceTag/" + deployed.TagPurpose: deployed.PurposeRecovered}
	var cases []request
	for _, role := range []string{"lifeboat-prod-sweeper", "lifeboat-prod-cleanup", "lifeboat-prod-prepare-login", "lifeboat-prod-start-restore", exerciseRole} {
		for _, name := range []string{"orders-recovered", "lifeboat-prod-0123456789ab"} {
			for _, action := range []string{"rds:DeleteDBInstance", "rds:ModifyDBInstance"} {
				cases = append(cases, request{role, action, rdsARN + "db:" + name, recovered})
			}
		}
	}
	for i, got := range simulate(t, policies, cases) {
		if got != "ExplicitlyDenied" {
			t.Errorf("%s: %s of %s: %s", cases[i].Role, cases[i].Action, cases[i].Resource, got)
		}
	}
}

// Functions of recoveries write the record of recoveries and no lock, token or journal
// of a drill, and each endpoint only the role of its mode.
func TestWhatRecoveriesWrite(t *testing.T) {
	policies := roles(t, shaped(t, "recovery"))
	table := "arn:aws:dynamodb:" + home + ":" + account + ":table/lifeboat-prod"
	of := func(key string) map[string]any { return map[string]any{"dynamodb:LeadingKeys": []string{key}} }
	parameter, secret := "arn:aws:ssm:"+home+":"+account+":parameter/lifeboat-prod/", "arn:aws:secretsmanager:"+home+":"+account+":secret:lifeboat-prod/"
	for name, c := range map[string]struct {
		reason string
		asked  request
		want   bool
	}{
		"the record":                  {"it is theirs", request{"lifeboat-prod-release-step", "dynamodb:PutItem", table, of("recovery#exercise-1")}, true},
		"a lock":                      {"it is a drill's", request{"lifeboat-prod-release-step", "dynamodb:PutItem", table, of("slot#orders/orders-db")}, false},
		"the history":                 {"it is drills'", request{"lifeboat-prod-run-step", "dynamodb:PutItem", table, of("history#orders/orders-db")}, false},
		"nothing deletes":             {"the record stays", request{"lifeboat-prod-start-ready", "dynamodb:DeleteItem", table, of("recovery#exercise-1")}, false},
		"a step starts steps":         {"that is what is next", request{"lifeboat-prod-release-step", "states:StartExecution", "arn:aws:states:" + home + ":" + account + ":stateMachine:lifeboat-prod-recovery-step", nil}, true},
		"a step starts no recovery":   {"only a parent does", request{"lifeboat-prod-release-step", "states:StartExecution", "arn:aws:states:" + home + ":" + account + ":stateMachine:lifeboat-prod-recovery", nil}, false},
		"a step starts no drill":      {"it is another machine", request{"lifeboat-prod-release-step", "states:StartExecution", "arn:aws:states:" + home + ":" + account + ":stateMachine:lifeboat-prod-drill", nil}, false},
		"the endpoint":                {"the application reads it", request{failoverRole, "ssm:PutParameter", parameter + "endpoint/shop/orders-db", nil}, true},
		"the endpoint of an exercise": {"a failover is none", request{failoverRole, "ssm:PutParameter", parameter + "exercise/lifeboat-prod-0123456789ab", nil}, false},
		"in an exercise":              {"of a throwaway's name", request{exerciseRole, "ssm:PutParameter", parameter + "exercise/lifeboat-prod-0123456789ab", nil}, true},
		"the endpoint in an exercise": {"the application would go there", request{exerciseRole, "ssm:PutParameter", parameter + "endpoint/shop/orders-db", nil}, false},
		"the secret":                  {"likewise", request{failoverRole, "secretsmanager:PutSecretValue", secret + "endpoint/shop/orders-db-AbCdEf", nil}, true},
		"the secret in an exercise":   {"likewise", request{exerciseRole, "secretsmanager:PutSecretValue", secret + "endpoint/shop/orders-db-AbCdEf", nil}, false},
		"a secret of the team's":      {"none of ours", request{failoverRole, "secretsmanager:PutSecretValue", "arn:aws:secretsmanager:" + home + ":" + account + ":secret:shop/payment-provider-AbCdEf", nil}, false},
		"to look at it":               {"validate names it", request{exerciseRole, "secretsmanager:DescribeSecret", "arn:aws:secretsmanager:" + home + ":" + account + ":secret:shop/payment-provider-AbCdEf", nil}, true},
		"to read it":                  {"nobody needs its value", request{failoverRole, "secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + home + ":" + account + ":secret:shop/payment-provider-AbCdEf", nil}, false},
		"the image":                   {"validate names it", request{failoverRole, "ecr:DescribeImages", "arn:aws:ecr:" + home + ":" + account + ":repository/shop/web", nil}, true},
		"another stack":               {"nothing names it", request{failoverRole, "cloudformation:DescribeStacks", "arn:aws:cloudformation:" + home + ":" + account + ":stack/other/1", nil}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := simulate(t, policies, []request{c.asked}); (got[0] == "Allowed") != c.want {
				t.Errorf("%s: %s", c.reason, got[0])
			}
		})
	}
}

// The roles of the modes are assumed by the two functions that act as them, and by
// nobody else: not by a person, not by a service.
func TestWhoActsAsAMode(t *testing.T) {
	a := shaped(t, "recovery")
	const runs, removes = "arn:aws:iam::" + account + ":role/lifeboat-prod-run-step", "arn:aws:iam::" + account + ":role/lifeboat-prod-remove-throwaways"
	wanted := map[any]any{exerciseRole: []any{runs, removes}, failoverRole: []any{runs}}
	seen := 0
	for _, r := range a.resources("AWS::IAM::Role") {
		if name := r.Properties["RoleName"]; name != exerciseRole && name != failoverRole {
			continue
		}
		resolved, err := a.recovery.Resolve(r.Properties["AssumeRolePolicyDocument"])
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(resolved)
		if err != nil {
			t.Fatal(err)
		}
		var document struct {
			Statement []struct {
				Effect, Action string
				Principal      map[string]string
				Condition      map[string]any
			}
		}
		if err := json.Unmarshal(text, &document); err != nil || len(document.Statement) != 1 {
			t.Fatalf("%s: %v", text, err)
		}
		seen++
		s := document.Statement[0]
		want := map[string]any{"ArnEquals": map[string]any{"aws:PrincipalArn": wanted[r.Properties["RoleName"]]}}
		if diff := cmp.Diff(want, s.Condition); diff != "" || s.Principal["AWS"] != "arn:aws:iam::"+account+":root" || s.Effect != "Allow" || s.Action != "sts:AssumeRole" {
			t.Errorf("%s: %s\n%s", r.Properties["RoleName"], text, diff)
		}
	}
	if seen != 2 {
		t.Errorf("%d roles", seen)
	}
}

// Functions of recoveries give up before their states do, as those of drills.
func TestFunctionsOfRecoveriesEndBeforeTheirStates(t *testing.T) {
	timeouts := map[string]float64{}
	for _, r := range shaped(t, "recovery").resources("AWS::Lambda::Function") {
		timeouts[r.Properties["FunctionName"].(string)] = r.Properties["Timeout"].(float64)
	}
	for machine, c := range map[string]struct {
		definition []byte
		functions  map[string]string
	}{
		deployed.Recovery: {statemachines.Recovery, recoverystep.ParentFunctions()}, deployed.RecoveryStep: {statemachines.RecoveryStep, recoverystep.ChildFunctions()},
	} {
		var loaded struct{ States map[string]any }
		if err := json.Unmarshal(c.definition, &loaded); err != nil {
			t.Fatal(err)
		}
		states := map[string]map[string]any{}
		taskStates(loaded.States, states)
		for name, function := range c.functions {
			if name == "AwaitEnd" {
				continue // its state waits to be woken: to time out is how it ends
			}
			seconds, said := states[name]["TimeoutSeconds"].(float64)
			if timeout := timeouts["lifeboat-prod-"+function]; !said || timeout == 0 || timeout >= seconds {
				t.Errorf("%s: %s gives up after %g s, its function after %g s", machine, name, seconds, timeout)
			}
		}
	}
}

// What is there where the plan declares a recovery, and nowhere else.
func TestOnlyAPlanWithARecoveryHasItsParts(t *testing.T) {
	with, without := shaped(t, "recovery"), synthesized(t)
	for _, machine := range []string{"lifeboat-prod-recovery", "lifeboat-prod-recovery-step"} {
		if !hasNamed(with, "AWS::StepFunctions::StateMachine", "StateMachineName", machine) || hasNamed(without, "AWS::StepFunctions::StateMachine", "StateMachineName", machine) {
			t.Errorf("%s: with a recovery %t, without %t", machine, hasNamed(with, "AWS::StepFunctions::StateMachine", "StateMachineName", machine), hasNamed(without, "AWS::StepFunctions::StateMachine", "StateMachineName", machine))
		}
	}
	for _, function := range deployed.RecoveryFunctions {
		name := "lifeboat-prod-" + function
		if !hasNamed(with, "AWS::Lambda::Function", "FunctionName", name) || hasNamed(without, "AWS::Lambda::Function", "FunctionName", name) {
			t.Errorf("%s: with a recovery %t, without %t", name, hasNamed(with, "AWS::Lambda::Function", "FunctionName", name), hasNamed(without, "AWS::Lambda::Function", "FunctionName", name))
		}
	}
	for _, name := range []string{"RecoveryMachine", "StartAnExercise", "StartAFailover", "EndpointParameters"} {
		if with.output(t, name) == "" || without.output(t, name) != "" {
			t.Errorf("output %s: with a recovery %q, without %q", name, with.output(t, name), without.output(t, name))
		}
	}
	if got := with.output(t, "StartAFailover"); !strings.Contains(got, `{"mode": "failover", "confirm": "prod"}`) {
		t.Errorf("to start a failover one would type %s", got)
	}
	for id, r := range with.resources("AWS::Lambda::Function") {
		place, inside := r.Properties["VpcConfig"].(map[string]any)
		if name := r.Properties["FunctionName"]; name == "lifeboat-prod-query-recovered" {
			if diff := cmp.Diff(map[string]any{"SubnetIds": []any{"subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"}, "SecurityGroupIds": []any{"sg-0a1b2c3d4e5f60001"}}, place); diff != "" {
				t.Errorf("%s:\n%s", id, diff)
			}
		} else if inside != (name == "lifeboat-prod-query-copy" || name == "lifeboat-prod-validate-data") {
			t.Errorf("%s: inside a network %t", name, inside)
		}
	}
}

func hasNamed(a assembly, kind, property, name string) bool {
	for _, r := range a.resources(kind) {
		if r.Properties[property] == name {
			return true
		}
	}
	return false
}

// Without sql checks of what was recovered nothing of ours is in the team's network,
// and without a schedule nothing starts an exercise; a fleet has one as well.
func TestWhatARecoveryNeedNotHave(t *testing.T) {
	p := recoveryPlan(t)
	p.Recovery.Network, p.Recovery.Schedule = nil, "none"
	p.Workloads[0].Recovery.Steps = slices.DeleteFunc(p.Workloads[0].Recovery.Steps, func(s plan.Step) bool { return s.Kind == "sql-check" || s.Kind == "http-check" })
	if problems := p.Validate(); len(problems) > 0 {
		t.Fatal(problems)
	}
	a, err := synthesize(t, p, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	if hasNamed(a, "AWS::Lambda::Function", "FunctionName", "lifeboat-prod-query-recovered") || len(a.resources("AWS::Scheduler::Schedule")) != 0 {
		t.Errorf("%d schedules", len(a.resources("AWS::Scheduler::Schedule")))
	}
	fleet, err := synthesize(t, recoveryPlan(t), false, func(p *stacks.Props) { p.PerDatabase = 1 })
	if err != nil {
		t.Fatal(err)
	}
	if n := len(fleet.resources("AWS::Scheduler::Schedule")); n != 1 {
		t.Errorf("a fleet has %d schedules", n)
	}
}

// Backups of what was recovered come to the vault that is here, for as long as that is
// locked for, and only once it was tagged so.
func TestBackupsOfWhatWasRecovered(t *testing.T) {
	a := shaped(t, "recovery-backups")
	for _, f := range a.findings {
		t.Error(f)
	}
	var selected []any
	for _, r := range a.resources("AWS::Backup::BackupSelection") {
		selection := r.Properties["BackupSelection"].(map[string]any)
		selected = append(selected, selection["Resources"].([]any)...)
		want := map[string]any{"StringEquals": []any{
			map[string]any{"ConditionKey": "aws:ResourceTag/lifeboat:protect", "ConditionValue": "prod"}, map[string]any{"ConditionKey": "aws:ResourceTag/lifeboat:purpose", "ConditionValue": "recovered"},
		}}
		if diff := cmp.Diff(want, selection["Conditions"]); diff != "" {
			t.Error(diff)
		}
	}
	if diff := cmp.Diff([]any{rdsARN + "db:customers-recovered", rdsARN + "db:orders-recovered"}, selected); diff != "" {
		t.Errorf("selected (-want +got):\n%s", diff)
	}
	locked := func(of cfn.Template) (least, most float64) {
		for _, vault := range of.Of("AWS::Backup::BackupVault") {
			lock := of.Resources[vault].Properties["LockConfiguration"].(map[string]any)
			return lock["MinRetentionDays"].(float64), lock["MaxRetentionDays"].(float64)
		}
		t.Fatal("there is no vault")
		return 0, 0
	}
	fits := func(what string, lifecycle any, in cfn.Template) {
		least, most := locked(in)
		if days := lifecycle.(map[string]any)["DeleteAfterDays"].(float64); days < least || days > most {
			t.Errorf("%s is kept for %g days where the vault locks for %g to %g", what, days, least, most)
		}
	}
	for id, r := range a.resources("AWS::Backup::BackupPlan") {
		for _, rule := range r.Properties["BackupPlan"].(map[string]any)["BackupPlanRule"].([]any) {
			rule := rule.(map[string]any)
			fits("what "+id+" backs up", rule["Lifecycle"], a.vault)
			copies, _ := rule["CopyActions"].([]any)
			if len(copies) != 1 {
				t.Fatalf("%s copies %d times", id, len(copies))
			}
			to := copies[0].(map[string]any)
			fits("what "+id+" copies", to["Lifecycle"], a.backups)
			if got, want := to["DestinationBackupVaultArn"], "arn:aws:backup:eu-west-1:"+account+":backup-vault:lifeboat-prod"; got != want {
				t.Errorf("%s copies to %v, not %s", id, got, want)
			}
		}
	}
}
