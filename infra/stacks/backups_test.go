package stacks_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/authz"
)

const (
	hours     = plan.Duration(time.Hour)
	wholeDays = 24 * hours
)

// managed is the example with backups that lifeboat makes, derived from its RPO.
func managed(t *testing.T) plan.Plan {
	p, yes := examplePlan(t), true
	p.Backup = &plan.Backup{Manage: &yes}
	w := &p.Workloads[0]
	w.Objectives.RPO = 4 * hours
	w.Databases[0].Assumptions = plan.Assumptions{Backup: hours / 6, Copy: hours / 3}
	w.Databases[0].Backup = &plan.DatabaseBackup{MaintenanceWindow: "sun:04:00-sun:04:30"}
	return p
}

// declared says everything that a plan can say of its backups: rules for all, own
// ones for one database, tags, a lock that cannot be undone, and another account
// that the copies come to. Somebody else gets the tickets.
func declared(t *testing.T) plan.Plan {
	p, no := managed(t), false
	p.Tickets = []string{"team@example.com"}
	p.Accounts = &plan.Accounts{Primary: owner, Recovery: account}
	p.Backup.Immutability, p.Backup.Lock = plan.ImmutabilityCompliance, &plan.Lock{Min: 7 * wholeDays, Max: 400 * wholeDays, Grace: 5 * wholeDays}
	p.Backup.Tagged = map[string]string{"Backup": "yes", "Stage": "prod"}
	p.Backup.Rules = []plan.BackupRule{
		{Name: "hourly", Schedule: "cron(0 * * * ? *)", StartWindow: 60 * hours / 60, CompletionWindow: 3 * hours, Retention: 14 * wholeDays, CopyRetention: 30 * wholeDays},
		{Name: "monthly", Schedule: "cron(0 5 1 * ? *)", StartWindow: 2 * hours, Retention: 365 * wholeDays, Copy: &no},
	}
	w := &p.Workloads[0]
	w.Databases[0].Drill.Scenario = plan.ScenarioAccountLoss
	other := w.Databases[0]
	other.Name, other.Source, other.Drill.Schedule = "billing-db", "billing-prod", "cron(0 4 1 * ? *)"
	other.Backup = &plan.DatabaseBackup{Rules: []plan.BackupRule{{Name: "every-2h", Schedule: "cron(0 0/2 * * ? *)", Retention: 21 * wholeDays}}}
	w.Databases = append(w.Databases, other)
	return p
}

// only resource of a type in a template.
func only(t *testing.T, in cfn.Template, kind string) (string, cfn.Resource) {
	t.Helper()
	ids := in.Of(kind)
	if len(ids) != 1 {
		t.Fatalf("%d of %s", len(ids), kind)
	}
	return ids[0], in.Resources[ids[0]]
}

// rulesOf the plans in a template, by the ARNs that they back up.
func rulesOf(t *testing.T, in cfn.Template) map[string][]any {
	t.Helper()
	rules := map[string][]any{}
	for _, id := range in.Of("AWS::Backup::BackupSelection") {
		p := in.Resources[id].Properties
		made := p["BackupPlanId"].(map[string]any)["Fn::GetAtt"].([]any)[0].(string)
		arns, _ := p["BackupSelection"].(map[string]any)["Resources"].([]any)
		for _, arn := range arns {
			of := in.Resources[made].Properties["BackupPlan"].(map[string]any)["BackupPlanRule"].([]any)
			rules[arn.(string)] = append(rules[arn.(string)], of...)
		}
	}
	return rules
}

// asTemplate is a rule of the plan as CloudFormation has it: whatever figure stands
// in a template stands in the policy, and the other way round.
func asTemplate(r plan.BackupRule, vault, copies string, tags map[string]string) map[string]any {
	minutes := func(d plan.Duration) float64 { return time.Duration(d).Minutes() }
	lifecycle := map[string]any{"DeleteAfterDays": minutes(r.Retention) / 60 / 24}
	if r.ColdAfter > 0 {
		lifecycle["MoveToColdStorageAfterDays"] = minutes(r.ColdAfter) / 60 / 24
	}
	rule := map[string]any{
		"RuleName": r.Name, "ScheduleExpression": r.Schedule, "ScheduleExpressionTimezone": "Etc/UTC", "StartWindowMinutes": minutes(r.StartWindow),
		"CompletionWindowMinutes": minutes(r.CompletionWindow), "TargetBackupVault": vault, "Lifecycle": lifecycle,
	}
	if r.Continuous {
		rule["EnableContinuousBackup"] = true
	}
	if *r.Copy {
		rule["CopyActions"] = []any{map[string]any{"DestinationBackupVaultArn": copies, "Lifecycle": map[string]any{"DeleteAfterDays": minutes(r.CopyRetention) / 60 / 24}}}
	}
	if len(tags) > 0 {
		of := map[string]any{}
		for key, value := range tags {
			of[key] = value
		}
		rule["RecoveryPointTags"] = of
	}
	return rule
}

// Every rule, window, retention and threshold in the templates is one of the budget.
func TestTemplatesHaveTheFiguresOfTheBudget(t *testing.T) {
	for name, c := range map[string]struct {
		reason                   string
		plan                     func(*testing.T) plan.Plan
		vaultLock, copiesLock    map[string]any
		databases, backupAccount string
	}{
		"derived": {
			"the RPO alone says it", managed, map[string]any{"MinRetentionDays": 35.0, "MaxRetentionDays": 35.0}, map[string]any{"MinRetentionDays": 35.0, "MaxRetentionDays": 35.0},
			"arn:aws:rds:eu-west-1:" + account + ":db:", account,
		},
		"declared": {
			"the plan says it", declared,
			map[string]any{"MinRetentionDays": 7.0, "MaxRetentionDays": 400.0, "ChangeableForDays": 5.0}, map[string]any{"MinRetentionDays": 7.0, "MaxRetentionDays": 400.0, "ChangeableForDays": 5.0},
			"arn:aws:rds:eu-west-1:" + owner + ":db:", owner,
		},
		"bounds of the rules": {
			"the plan says no bounds", func(t *testing.T) plan.Plan {
				p := declared(t)
				p.Backup.Lock = nil
				return p
			},
			map[string]any{"MinRetentionDays": 14.0, "MaxRetentionDays": 365.0, "ChangeableForDays": 3.0}, map[string]any{"MinRetentionDays": 21.0, "MaxRetentionDays": 30.0, "ChangeableForDays": 3.0},
			"arn:aws:rds:eu-west-1:" + owner + ":db:", owner,
		},
		"no lock": {
			"the plan wants none", func(t *testing.T) plan.Plan {
				p := managed(t)
				p.Backup.Immutability = plan.ImmutabilityNone
				return p
			},
			nil, nil, "arn:aws:rds:eu-west-1:" + account + ":db:", account,
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := c.plan(t)
			a, err := synthesize(t, p, false, nil)
			if err != nil {
				t.Fatal(err)
			}
			policies, copies := budget.Policies(p), "arn:aws:backup:"+home+":"+account+":backup-vault:lifeboat-prod-copies"
			want, age := map[string][]any{}, time.Duration(0)
			for w, d := range p.OnAWS() {
				policy := policies[w.Name+"/"+d.Name]
				for _, r := range policy.Rules {
					want[c.databases+d.Source] = append(want[c.databases+d.Source], asTemplate(r, "lifeboat-prod", copies, p.Tags))
				}
				if age == 0 || policy.BackupAge < age {
					age = policy.BackupAge
				}
			}
			if len(p.Backup.Tagged) > 0 { // by the rules of all
				for _, r := range policies["orders/orders-db"].Rules {
					want["*"] = append(want["*"], asTemplate(r, "lifeboat-prod", copies, p.Tags))
				}
			}
			if diff := gocmp.Diff(want, rulesOf(t, a.backups)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.reason, diff)
			}
			for where, lock := range map[*cfn.Template]map[string]any{&a.backups: c.vaultLock, &a.vault: c.copiesLock} {
				_, vault := only(t, *where, "AWS::Backup::BackupVault")
				got, _ := vault.Properties["LockConfiguration"].(map[string]any)
				if diff := gocmp.Diff(lock, got); diff != "" {
					t.Errorf("%s: the lock of %v (-want +got):\n%s", c.reason, vault.Properties["BackupVaultName"], diff)
				}
			}
			if a.backups.Where.Account != c.backupAccount || a.backups.Where.Region != "eu-west-1" || a.vault.Where.Account != account || a.vault.Where.Region != home {
				t.Errorf("the stacks lie in %v and %v", a.backups.Where, a.vault.Where)
			}
			for _, id := range a.backups.Of("AWS::CloudWatch::Alarm") {
				if alarm := a.backups.Resources[id].Properties; alarm["AlarmName"] == "lifeboat-prod-no-backup-completed" {
					if got, want := alarm["EvaluationPeriods"], (age + time.Hour - 1).Truncate(time.Hour).Hours(); got != want {
						t.Errorf("it waits for %v hours, and the rules leave %v at worst", got, age)
					}
					return
				}
			}
			t.Error("nothing tells that backups ended")
		})
	}
}

// Another RPO changes what follows from it, and nothing else: the rules, what waits
// for their backups, and what names the objective; no vault, no key, no role. Below
// what copies can do, points in time meet it, whatever it is, and the rules stay.
func TestAnotherRPOChangesWhatFollowsFromIt(t *testing.T) {
	with := func(rpo plan.Duration) map[string][]byte {
		if rpo == 4*hours {
			return shaped(t, "backups").texts
		}
		p := managed(t)
		p.Workloads[0].Objectives.RPO = rpo
		a, err := synthesize(t, p, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		return a.texts
	}
	texts := map[plan.Duration]map[string][]byte{12 * hours: with(12 * hours), 4 * hours: with(4 * hours), hours: with(hours)}
	words := []string{"lifeboat-prod Alarms Properties.AlarmDescription", "lifeboat-prod Dashboard Properties.DashboardBody.Fn::Join"}
	for name, c := range map[string]struct {
		before, after plan.Duration
		expected      []string // stack, beginning of the id, property; without one it is new or gone
	}{
		"from copies to points in time": {12 * hours, hours, append([]string{
			"lifeboat-prod-backups PlansordersordersdbPlan Properties.BackupPlan.BackupPlanRule",
			"lifeboat-prod-backups Alarmsnobackupcompleted Properties.EvaluationPeriods",
			"lifeboat-prod-backups Alarmsnobackupcompleted Properties.AlarmDescription",
			// Automated backups are replicated from now on, and their window is watched.
			"lifeboat-prod Alarmsreplicationbehind",
			"lifeboat-prod Anything Properties.AlarmRule",
			"lifeboat-prod Anything DependsOn",
		}, words...)},
		"points in time for both": {4 * hours, hours, words},
	} {
		t.Run(name, func(t *testing.T) {
			met, before, after := map[string]bool{}, texts[c.before], texts[c.after]
			for _, d := range different(t, before, after) {
				i := slices.IndexFunc(c.expected, func(e string) bool {
					want := strings.Split(e, " ")
					return len(d) == len(want) && d[0] == want[0] && strings.HasPrefix(d[1], want[1]) && slices.Equal(d[2:], want[2:])
				})
				if i < 0 {
					t.Errorf("not expected: %q", d)
					continue
				}
				met[c.expected[i]] = true
			}
			for _, e := range c.expected {
				if !met[e] {
					t.Errorf("the same as before: %s", e)
				}
			}
		})
	}
}

// different are the stacks, ids and properties that differ between two assemblies.
func different(t *testing.T, before, after map[string][]byte) (list [][]string) {
	t.Helper()
	for stack, text := range after {
		was, is := parts(t, before[stack]), parts(t, text)
		for _, part := range []string{"Resources", "Outputs"} {
			c := compare(was[part], is[part])
			for id, changed := range c.Changed {
				for at := range changed {
					list = append(list, []string{stack, id, at})
				}
			}
			for _, gone := range c.Gone {
				list = append(list, []string{stack, gone})
			}
			for fresh := range c.New {
				list = append(list, []string{stack, fresh})
			}
		}
	}
	return list
}

// What is selected by tags has all of them, and is nothing of lifeboat's.
func TestCopiesOfDrillsAreNotBackedUp(t *testing.T) {
	a := shaped(t, "backups-apart")
	var tagged map[string]any
	for _, id := range a.backups.Of("AWS::Backup::BackupSelection") {
		s := a.backups.Resources[id].Properties["BackupSelection"].(map[string]any)
		arns := s["Resources"].([]any)
		if arns[0] == "*" {
			tagged = s
		} else if s["Conditions"] != nil || len(arns) != 1 {
			t.Errorf("%s: %v", id, s)
		}
	}
	tag := func(key, value string) map[string]any {
		return map[string]any{"ConditionKey": "aws:ResourceTag/" + key, "ConditionValue": value}
	}
	want := map[string]any{"StringEquals": []any{tag("Backup", "yes"), tag("Stage", "prod")}, "StringNotLike": []any{tag("lifeboat:deployment", "*")}}
	if diff := gocmp.Diff(want, tagged["Conditions"]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A selection has 500 ARNs at most, and a database that is in two workloads is
// backed up once.
func TestSelectionsOfAFleet(t *testing.T) {
	p, yes := fleetPlan(t, 3, 400), true
	p.Backup = &plan.Backup{Manage: &yes}
	for i := range p.Workloads {
		p.Workloads[i].Objectives.RPO = 4 * hours
	}
	p.Workloads[2].Databases[0].Source = p.Workloads[0].Databases[0].Source
	a, err := synthesize(t, p, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	seen, names := map[string]bool{}, map[string]bool{}
	for _, id := range a.backups.Of("AWS::Backup::BackupSelection") {
		s := a.backups.Resources[id].Properties["BackupSelection"].(map[string]any)
		names[s["SelectionName"].(string)] = true
		for _, arn := range s["Resources"].([]any) {
			if seen[arn.(string)] {
				t.Errorf("%s is selected twice", arn)
			}
			seen[arn.(string)] = true
		}
		if n := len(s["Resources"].([]any)); n > 500 {
			t.Errorf("%s has %d ARNs", id, n)
		}
	}
	if len(seen) != 1199 || len(names) != 3 || len(a.backups.Of("AWS::Backup::BackupPlan")) != 1 {
		t.Errorf("%d databases in %d selections of %d plans", len(seen), len(names), len(a.backups.Of("AWS::Backup::BackupPlan")))
	}
	lights(t, a.recovery, "lifeboat-prod-anything")
	lights(t, a.backups, "lifeboat-prod-backups-anything")
}

// lights holds that one composite alarm has all alarms of a stack below it, however
// deep, and that none has more children than CloudWatch takes.
func lights(t *testing.T, in cfn.Template, top string) {
	t.Helper()
	below := map[string][]string{}
	all := map[string]bool{}
	for _, id := range in.Of("AWS::CloudWatch::CompositeAlarm") {
		p := in.Resources[id].Properties
		name, rule := p["AlarmName"].(string), text(t, in, p["AlarmRule"])
		for _, part := range strings.Split(rule, " OR ") {
			if child, is := strings.CutPrefix(part, `ALARM("`); is {
				below[name] = append(below[name], strings.TrimSuffix(child, `")`))
			}
		}
		if len(below[name]) > 100 || len(rule) > 10240 {
			t.Errorf("%s has %d children in %d characters", name, len(below[name]), len(rule))
		}
	}
	for _, id := range in.Of("AWS::CloudWatch::Alarm") {
		if name := in.Resources[id].Properties["AlarmName"].(string); !strings.HasSuffix(name, "-at-once") {
			all[name] = true
		}
	}
	var visit func(string)
	visit = func(name string) {
		delete(all, name)
		for _, child := range below[name] {
			visit(child)
		}
	}
	visit(top)
	if len(below[top]) == 0 || len(all) > 0 {
		t.Errorf("not below %s: %v", top, slices.Sorted(maps.Keys(all)))
	}
}

// Nested only where there are too many for one.
func TestAnythingIsNestedAboveAHundred(t *testing.T) {
	p, yes := fleetPlan(t, 1, 50), true
	p.Backup = &plan.Backup{Manage: &yes}
	p.Workloads[0].Objectives.RPO = 4 * hours
	a, err := synthesize(t, p, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	lights(t, a.recovery, "lifeboat-prod-anything")
	nested := 0
	for _, id := range a.recovery.Of("AWS::CloudWatch::CompositeAlarm") {
		if name := a.recovery.Resources[id].Properties["AlarmName"].(string); strings.HasPrefix(name, "lifeboat-prod-anything-") {
			nested++
		}
	}
	if nested < 2 {
		t.Errorf("%d below the one of all", nested)
	}
	lights(t, shaped(t, "backups").recovery, "lifeboat-prod-anything")
	lights(t, shaped(t, "backups").backups, "lifeboat-prod-backups-anything")
}

// anybody may do everything, as far as what it is done to lets them.
type anybody struct{ resource json.RawMessage }

func (anybody) OfRole(string) []json.RawMessage {
	return []json.RawMessage{json.RawMessage(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)}
}
func (a anybody) OfResource(string) json.RawMessage { return a.resource }
func (anybody) OfEndpoint(string) json.RawMessage   { return nil }

// Nobody empties a vault or opens it, not an administrator and not who deploys by
// hand: only CloudFormation changes it, and only the role of a removal deletes what
// is in it. What is needed to back up, copy and restore is not refused.
func TestNobodyEmptiesAVault(t *testing.T) {
	a := shaped(t, "backups-apart")
	for _, in := range []cfn.Template{a.backups, a.vault} {
		_, vault := only(t, in, "AWS::Backup::BackupVault")
		where := in.Where
		policy, err := json.Marshal(vault.Properties["AccessPolicy"])
		if err != nil {
			t.Fatal(err)
		}
		if vault.DeletionPolicy != "RetainExceptOnCreate" || vault.UpdateReplacePolicy != "Retain" {
			t.Errorf("%v goes with its stack", vault.Properties["BackupVaultName"])
		}
		arn := fmt.Sprintf("arn:aws:backup:%s:%s:backup-vault:%s", where.Region, where.Account, vault.Properties["BackupVaultName"])
		ask := func(account, role, action string) bool {
			principal := "arn:aws:iam::" + account + ":role/" + role
			answer, err := theEvaluator(t).Ask(authz.Question{
				Principal: principal, Action: action, Resource: arn, Owner: where.Account, Context: map[string]any{"aws:PrincipalArn": principal},
			}, anybody{policy})
			if err != nil {
				t.Fatal(err)
			}
			return answer.Allowed
		}
		deploys, elsewhere := "cdk-hnb659fds-cfn-exec-role-"+where.Account+"-"+where.Region, "cdk-hnb659fds-cfn-exec-role-"+where.Account+"-us-east-1"
		loses := []string{"backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle", "backup:DisassociateRecoveryPoint", "backup:DisassociateRecoveryPointFromParent"}
		opens := []string{
			"backup:DeleteBackupVault", "backup:PutBackupVaultAccessPolicy", "backup:DeleteBackupVaultAccessPolicy", "backup:PutBackupVaultLockConfiguration",
			"backup:DeleteBackupVaultLockConfiguration", "backup:PutBackupVaultNotifications", "backup:DeleteBackupVaultNotifications",
		}
		for _, action := range slices.Concat(loses, opens) {
			for _, role := range []string{"Administrator", "OrganizationAccountAccessRole", elsewhere, "lifeboat-prod-backups", "lifeboat-prod-takedown-2"} {
				if ask(where.Account, role, action) {
					t.Errorf("%s may %s in %s", role, action, arn)
				}
			}
			for _, role := range []string{deploys, "lifeboat-prod-takedown"} {
				if !ask(where.Account, role, action) {
					t.Errorf("%s may not %s in %s", role, action, arn)
				}
			}
		}
		for _, action := range []string{"backup:StartBackupJob", "backup:StartCopyJob", "backup:StartRestoreJob", "backup:DescribeBackupVault", "backup:ListRecoveryPointsByBackupVault", "backup:CopyIntoBackupVault"} {
			if !ask(where.Account, "Administrator", action) {
				t.Errorf("nobody may %s in %s", action, arn)
			}
		}
		arrives := where.Account == account // copies come into the other account
		if got := ask(owner, "lifeboat-prod-backups", "backup:CopyIntoBackupVault"); got != arrives && where.Account != owner {
			t.Errorf("copies of the owner into %s: %t", arn, got)
		}
		if ask("444455556666", "lifeboat-prod-backups", "backup:CopyIntoBackupVault") {
			t.Errorf("anybody copies into %s", arn)
		}
	}
}

// The key of a vault is used for nothing else, outlives the stack and is not
// disabled by whoever may not delete recovery points; AWS's own keys cannot be
// copied under.
func TestKeysOfVaults(t *testing.T) {
	a := shaped(t, "backups-apart")
	for _, in := range []cfn.Template{a.backups, a.vault} {
		_, vault := only(t, in, "AWS::Backup::BackupVault")
		key := in.Resources[vault.Properties["EncryptionKeyArn"].(map[string]any)["Fn::GetAtt"].([]any)[0].(string)]
		if key.DeletionPolicy != "RetainExceptOnCreate" || key.Properties["EnableKeyRotation"] != true {
			t.Errorf("the key of %v: %+v", vault.Properties["BackupVaultName"], key)
		}
		resolved, err := in.Resolve(key.Properties["KeyPolicy"])
		if err != nil {
			t.Fatal(err)
		}
		documents, _ := json.Marshal(resolved)
		for part, want := range map[string]bool{
			"kms:ScheduleKeyDeletion": true, "amazonaws.com": false, // no service but on behalf of somebody
			"arn:aws:iam::" + account + ":root": in.Where.Account == owner || in.Where.Account == account, // the recovery account copies from the owner's
		} {
			if got := strings.Contains(string(documents), part); got != want {
				t.Errorf("the key of %v has %s: %t", vault.Properties["BackupVaultName"], part, got)
			}
		}
	}
}

// Names are derived: no stack of backups waits for a value of another, in another
// region or account, and nothing of the CDK's own works in between.
func TestStacksOfBackupsStandAlone(t *testing.T) {
	for _, name := range []string{"backups", "backups-apart"} {
		a := shaped(t, name)
		for stack, text := range a.texts {
			if strings.HasSuffix(stack, "-backups") || strings.HasSuffix(stack, "-vault") {
				for _, part := range []string{"Fn::ImportValue", "Custom::", `"Export"`, "AWS::Lambda::Function"} {
					if strings.Contains(string(text), part) {
						t.Errorf("%s: %s has %s", name, stack, part)
					}
				}
			}
		}
		for _, f := range a.findings {
			t.Error(f)
		}
	}
}

// What AWS Backup acts as does what backups take, and no more: it changes no
// database, and deletes nothing but snapshots of AWS Backup.
func TestRoleOfBackups(t *testing.T) {
	a := shaped(t, "backups")
	policies := map[string][]json.RawMessage{}
	for _, id := range a.backups.Of("AWS::IAM::Role") {
		r := a.backups.Resources[id].Properties
		for _, policy := range r["Policies"].([]any) {
			document, err := a.backups.Resolve(policy.(map[string]any)["PolicyDocument"])
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(document)
			if err != nil {
				t.Fatal(err)
			}
			policies[r["RoleName"].(string)] = append(policies[r["RoleName"].(string)], text)
		}
		if r["ManagedPolicyArns"] != nil {
			t.Errorf("%v has policies of others: %v", r["RoleName"], r["ManagedPolicyArns"])
		}
	}
	at := func(region string) string { return "arn:aws:rds:" + region + ":" + account + ":" }
	grant := map[string]any{"kms:ViaService": "rds.eu-west-1.amazonaws.com", "kms:GrantIsForAWSResource": "true"}
	var cases []request
	allowed := 0
	for _, r := range []request{
		{"", "rds:CreateDBSnapshot", at("eu-west-1") + "db:orders-prod", nil},
		{"", "rds:CreateDBSnapshot", at("eu-west-1") + "snapshot:awsbackup:job-1", nil},
		{"", "rds:CopyDBSnapshot", at(home) + "snapshot:awsbackup:copyjob-1", nil},
		{"", "rds:DeleteDBSnapshot", at(home) + "snapshot:awsbackup:copyjob-1", nil},
		{"", "backup:CopyIntoBackupVault", "arn:aws:backup:" + home + ":" + account + ":backup-vault:lifeboat-prod-copies", nil},
		{"", "kms:CreateGrant", "arn:aws:kms:eu-west-1:" + account + ":key/1", grant},
		{"-", "rds:DeleteDBSnapshot", at("eu-west-1") + "snapshot:before-the-migration", nil},
		{"-", "rds:DeleteDBInstance", at("eu-west-1") + "db:orders-prod", nil},
		{"-", "rds:ModifyDBInstance", at("eu-west-1") + "db:orders-prod", nil},
		{"-", "rds:ModifyDBSnapshotAttribute", at("eu-west-1") + "snapshot:before-the-migration", nil},
		{"-", "backup:CopyIntoBackupVault", "arn:aws:backup:" + home + ":" + account + ":backup-vault:another", nil},
		{"-", "backup:DeleteRecoveryPoint", at("eu-west-1") + "snapshot:awsbackup:job-1", nil},
		{"-", "kms:CreateGrant", "arn:aws:kms:eu-west-1:" + account + ":key/1", map[string]any{"kms:ViaService": "ec2.eu-west-1.amazonaws.com", "kms:GrantIsForAWSResource": "true"}},
		{"-", "kms:CreateGrant", "arn:aws:kms:eu-west-1:" + account + ":key/1", map[string]any{"kms:ViaService": "rds.eu-west-1.amazonaws.com", "kms:GrantIsForAWSResource": "false"}},
	} {
		if r.Role == "" {
			allowed++
		}
		r.Role = "lifeboat-prod-backups"
		cases = append(cases, r)
	}
	for i, got := range simulate(t, policies, cases) {
		if (got == "Allowed") != (i < allowed) {
			t.Errorf("%s of %s: %s", cases[i].Action, cases[i].Resource, got)
		}
	}
	_, role := func() (string, cfn.Resource) {
		for _, id := range a.backups.Of("AWS::IAM::Role") {
			if r := a.backups.Resources[id]; r.Properties["RoleName"] == "lifeboat-prod-backups" {
				return id, r
			}
		}
		return "", cfn.Resource{}
	}()
	if role.DeletionPolicy != "RetainExceptOnCreate" {
		t.Error("what expires after the stack went is deleted by nobody")
	}
	trust, _ := json.Marshal(role.Properties["AssumeRolePolicyDocument"])
	if !strings.Contains(string(trust), `"aws:SourceAccount":"`+account+`"`) || !strings.Contains(string(trust), `"backup.amazonaws.com"`) {
		t.Errorf("%s", trust)
	}
}

// What tags select may be of any kind: there the role has what AWS keeps up to
// date, in the partition that it is in; and continuous backup changes the instances
// that a rule names, and no other.
func TestRoleOfBackupsOfMore(t *testing.T) {
	for region, partition := range map[string]string{"eu-west-1": "aws", "us-gov-west-1": "aws-us-gov", "cn-north-1": "aws-cn"} {
		p := managed(t)
		p.Regions = &plan.Regions{Primary: region}
		p.Workloads[0].Databases[0].Drill.Scenario = plan.ScenarioOperatorError
		p.Backup.Tagged = map[string]string{"Backup": "yes"}
		p.Backup.Rules = []plan.BackupRule{{Name: "continuous", Schedule: "cron(0 5 * * ? *)", Continuous: true}}
		p.Workloads[0].Databases[0].Source = "Orders-Prod" // RDS keeps it in lower case, and ARNs with it
		a, err := synthesize(t, p, partition == "aws-cn", nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.findings {
			t.Error(f)
		}
		for stack, text := range a.texts {
			for _, other := range []string{"arn:aws:", "arn:aws-us-gov:", "arn:aws-cn:"} {
				if other != "arn:"+partition+":" && strings.Contains(string(text), other) {
					t.Errorf("%s in %s has an ARN of another partition, %s", stack, region, other)
				}
			}
		}
		if a.vault.Resources != nil {
			t.Errorf("%s: a vault for copies that go nowhere", region)
		}
		for _, id := range a.backups.Of("AWS::IAM::Role") {
			r := a.backups.Resources[id].Properties
			if r["RoleName"] != "lifeboat-prod-backups" {
				continue
			}
			managed, err := a.backups.Resolve(r["ManagedPolicyArns"])
			if err != nil || fmt.Sprint(managed) != "[arn:"+partition+":iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup arn:"+partition+":iam::aws:policy/AWSBackupServiceRolePolicyForS3Backup]" {
				t.Errorf("%v, %v", managed, err)
			}
			for _, id := range a.backups.Of("AWS::Backup::BackupSelection") {
				if of, _ := json.Marshal(a.backups.Resources[id].Properties); strings.Contains(string(of), "Orders") {
					t.Errorf("selects what there is not: %s", of)
				}
			}
			text, _ := json.Marshal(r["Policies"])
			if !strings.Contains(string(text), `"rds:ModifyDBInstance","Effect":"Allow","Resource":"arn:`+partition+`:rds:`+region+`:`+account+`:db:orders-prod"`) {
				t.Errorf("%s", text)
			}
		}
	}
}

// What is there already is adopted: nothing is made in its place, and nothing is
// done to it.
func TestWhatIsAdoptedIsNotMade(t *testing.T) {
	p := managed(t)
	p.Backup.Vault, p.Backup.RecoveryVault = "company-vault", "company-copies"
	a, err := synthesize(t, p, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range a.findings {
		t.Error(f)
	}
	if a.vault.Resources != nil || len(a.backups.Of("AWS::Backup::BackupVault")) > 0 {
		t.Error("a vault is made beside the plan's own")
	}
	for arn, rules := range rulesOf(t, a.backups) {
		rule := rules[0].(map[string]any)
		to := rule["CopyActions"].([]any)[0].(map[string]any)["DestinationBackupVaultArn"]
		if rule["TargetBackupVault"] != "company-vault" || to != "arn:aws:backup:"+home+":"+account+":backup-vault:company-copies" {
			t.Errorf("%s: %v", arn, rule)
		}
	}
	p.Backup.Plan = "11111111-2222-3333-4444-555555555555"
	if a, err = synthesize(t, p, false, nil); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"AWS::Backup::BackupPlan", "AWS::Backup::BackupSelection", "AWS::Backup::BackupVault"} {
		if n := len(a.backups.Of(kind)); n > 0 {
			t.Errorf("%d of %s, although the plan of AWS Backup is there", n, kind)
		}
	}
	if len(a.backups.Of("AWS::Events::Rule")) == 0 {
		t.Error("nobody is told of jobs into a vault that was there")
	}
	no := false
	p.Backup.Manage = &no
	if a, err = synthesize(t, p, false, nil); err != nil {
		t.Fatal(err)
	}
	if a.vault.Resources != nil || a.backups.Resources != nil {
		t.Error("manage: false, and something is made")
	}
}

// Buckets of dumps that the plan has lifeboat make are locked, each once.
func TestDumpBuckets(t *testing.T) {
	p := examplePlan(t)
	dumps := func(b plan.DumpBucket) plan.Database {
		return plan.Database{Name: b.Name, Kind: plan.KindPostgres, Backup: &plan.DatabaseBackup{Bucket: &b}}
	}
	p.Workloads = append(p.Workloads, plan.Workload{Name: "wiki", Databases: []plan.Database{
		dumps(plan.DumpBucket{Name: "dumps-default", Manage: true}), dumps(plan.DumpBucket{Name: "dumps-theirs"}), dumps(plan.DumpBucket{Name: "dumps-default", Manage: true}),
		dumps(plan.DumpBucket{Name: "dumps-strict", Manage: true, ObjectLock: plan.ImmutabilityCompliance, Retention: 90 * wholeDays}),
		dumps(plan.DumpBucket{Name: "dumps-open", Manage: true, ObjectLock: plan.ImmutabilityNone}),
	}})
	a, err := synthesize(t, p, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range a.findings {
		t.Error(f)
	}
	got := map[string]any{}
	for _, id := range a.vault.Of("AWS::S3::Bucket") {
		b := a.vault.Resources[id]
		if b.DeletionPolicy != "RetainExceptOnCreate" {
			t.Errorf("%s goes with its stack", id)
		}
		if name, named := b.Properties["BucketName"].(string); named {
			got[name] = nil
			if lock, locked := b.Properties["ObjectLockConfiguration"].(map[string]any); locked {
				got[name] = lock["Rule"].(map[string]any)["DefaultRetention"]
			}
		}
	}
	want := map[string]any{
		"dumps-default": map[string]any{"Mode": "GOVERNANCE", "Days": 35.0}, "dumps-strict": map[string]any{"Mode": "COMPLIANCE", "Days": 90.0}, "dumps-open": nil,
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if a.backups.Resources != nil || len(a.vault.Of("AWS::Backup::BackupVault")) > 0 {
		t.Error("lifeboat makes no backups here")
	}
}

// Everything that can have the plan's tags has them.
func TestBackupsCarryTheTags(t *testing.T) {
	p := managed(t)
	p.Tags = map[string]string{"CostCenter": "4711"}
	a, err := synthesize(t, p, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	without := map[string]bool{ // CloudFormation has no tags for them
		"AWS::Backup::BackupSelection": true, "AWS::KMS::Alias": true, "AWS::SNS::TopicPolicy": true, "AWS::SNS::Subscription": true, "AWS::S3::BucketPolicy": true,
	}
	for _, in := range []cfn.Template{a.backups, a.vault} {
		for id, r := range in.Resources {
			tags, _ := json.Marshal(cmp.Or(fmt.Sprint(r.Properties["Tags"]), "") + fmt.Sprint(r.Properties["BackupVaultTags"], r.Properties["BackupPlanTags"]))
			if !without[r.Type] && (!strings.Contains(string(tags), "4711") || !strings.Contains(string(tags), "lifeboat:deployment")) {
				t.Errorf("%s %s has no tags of the plan", r.Type, id)
			}
		}
	}
	// A restored instance may get the tags of its recovery point: it must not look
	// like a copy of a drill.
	text, _ := json.Marshal(rulesOf(t, a.backups))
	if strings.Contains(string(text), "lifeboat:") {
		t.Errorf("%s", text)
	}
}

// What is only named makes no order, and AWS refuses what it cannot find or reach
// yet: the vault a topic that does not let it publish, the plan a vault that is not
// there.
func TestBackupsAreMadeInOrder(t *testing.T) {
	in := shaped(t, "backups").backups
	vault, made := only(t, in, "AWS::Backup::BackupVault")
	policy, _ := only(t, in, "AWS::SNS::TopicPolicy")
	if !slices.Contains(made.DependsOnIDs(), policy) {
		t.Errorf("the vault is made after %v, and not after %s", made.DependsOnIDs(), policy)
	}
	for _, id := range in.Of("AWS::Backup::BackupPlan") {
		if after := in.Resources[id].DependsOnIDs(); !slices.Contains(after, vault) {
			t.Errorf("%s is made after %v, and not after %s", id, after, vault)
		}
	}
}

// A vault is locked as the plan says also where no rule puts anything into it yet.
func TestVaultsWithoutRulesAreLocked(t *testing.T) {
	no := false
	for name, tc := range map[string]struct {
		lock *plan.Lock
		want map[string]any
	}{
		"nothing said": {nil, map[string]any{"MinRetentionDays": 1.0}},
		"at most":      {&plan.Lock{Max: 400 * wholeDays}, map[string]any{"MinRetentionDays": 1.0, "MaxRetentionDays": 400.0}},
		"at least":     {&plan.Lock{Min: 7 * wholeDays}, map[string]any{"MinRetentionDays": 7.0}},
	} {
		p := managed(t)
		p.Backup.PointInTime, p.Backup.Lock = plan.PointInTimeReplicated, tc.lock
		p.Backup.Rules = []plan.BackupRule{{Name: "daily", Schedule: "cron(0 6 * * ? *)", Copy: &no}}
		a, err := synthesize(t, p, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, vault := only(t, a.vault, "AWS::Backup::BackupVault")
		if diff := gocmp.Diff(any(tc.want), vault.Properties["LockConfiguration"]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
