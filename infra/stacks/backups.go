package stacks

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsbackup"
	"github.com/aws/constructs-go/constructs/v10"

	parts "github.com/lifeboat-dr/lifeboat/infra/constructs"
	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/metrics"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// newBackups is what makes the backups, in the region and account of the databases:
// whatever goes wrong there is seen there, and what is to survive it is elsewhere.
// Nothing in it refers to another stack: names are derived.
func newBackups(scope constructs.Construct, e Entry, d *Deployment) (awscdk.Stack, error) {
	p := e.props.Plan
	names := namesOf(e.props).In(e.Account, e.Region)
	backups, copies := namesOf(e.props).Vaults(p)
	policies := budget.Policies(p)
	sets := ruleSets(p, names, policies)
	stack := newStack(scope, e, "backups of the databases, where these are")
	if d.vault != nil { // the first copy finds where to
		stack.AddStackDependency(d.vault, nil)
	}

	key := parts.NewTopicKey(stack, names)
	topic := parts.NewBackupsTopic(stack, names, key, addresses(p))
	var vault awsbackup.CfnBackupVault // nil: it is there
	if backups.Ours {
		copiedBy := ""
		if copies.Account != backups.Account {
			copiedBy = copies.Account
		}
		vault = parts.NewVault(stack, parts.VaultProps{
			Names: names, Name: backups.Name, Key: parts.NewVaultKey(stack, names, backups.Name, "alias/"+names.BackupsStack(), copiedBy),
			Lock: lockOf(p, sets, kept), Topic: topic,
		})
	}
	var made []parts.MadePlan
	if len(sets) > 0 && p.Backup.Plan == "" {
		role := parts.NewBackupRole(stack, parts.BackupRoleProps{
			Names: names, Backups: backups, Copies: copies, Continuous: continuous(p, names, policies), AnyKind: len(p.Backup.Tagged) > 0,
		})
		made = parts.NewBackupPlans(stack, parts.BackupPlansProps{
			Names: names, Role: *role.RoleArn(), Vault: backups.Name, After: vault, Copies: arnOf(copies), Tags: p.Tags, Plans: sets,
		})
	}
	parts.NewTelling(stack, names, backups, topic, key)
	alarms := parts.NewJobAlarms(stack, names, topic, metrics.Vaulted{
		Deployment: names.Deployment, Vault: backups.Name, Expected: expected(policies), Runbook: deployed.Runbook, Dashboard: namesOf(e.props).DashboardConsole(),
	})
	parts.NewAnything(stack, names.BackupsStack()+"-anything", alarms)
	parts.NewBackupOutputs(stack, names, backups, copies, made)
	return stack, nil
}

// addresses are who reads tickets: whoever gets pages, where the plan names nobody.
func addresses(p plan.Plan) []string {
	if len(p.Tickets) == 0 {
		return p.Notify
	}
	return p.Tickets
}

func arnOf(v deployed.Vault) string {
	if v.Name == "" {
		return ""
	}
	return v.ARN()
}

// ruleSets are the plans of AWS Backup: one for each distinct set of rules, with the
// databases that have it, in the plan's order.
func ruleSets(p plan.Plan, names deployed.Names, policies map[string]budget.Policy) []parts.BackupPlan {
	var sets []parts.BackupPlan
	at := map[string]int{}
	of := func(name string, rules []plan.BackupRule) *parts.BackupPlan {
		same := identity(rules)
		i, there := at[same]
		if !there {
			i, at[same] = len(sets), len(sets)
			sets = append(sets, parts.BackupPlan{Of: name, Rules: rules})
		}
		return &sets[i]
	}
	arns := map[string]bool{} // two workloads may have one database
	for w, d := range p.OnAWS() {
		name, arn := w.Name+"/"+d.Name, parts.SourceARN(names, d)
		if rules := policies[name].Rules; len(rules) > 0 {
			if set := of(name, rules); !arns[arn+set.Of] {
				set.Resources, arns[arn+set.Of] = append(set.Resources, arn), true
			}
		}
	}
	if rules := budget.OfTagged(p, policies); len(rules) > 0 {
		of("tagged", rules).Tagged = p.Backup.Tagged
	}
	return sets
}

// identity is the same for the same rules, whoever has them.
func identity(rules []plan.BackupRule) string {
	text, _ := json.Marshal(rules) // rules always encode
	return string(text)
}

// continuous are the instances that AWS Backup backs up continuously.
func continuous(p plan.Plan, names deployed.Names, policies map[string]budget.Policy) (arns []string) {
	for w, d := range p.OnAWS() {
		if slices.ContainsFunc(policies[w.Name+"/"+d.Name].Rules, func(r plan.BackupRule) bool { return r.Continuous }) {
			arns = append(arns, parts.SourceARN(names, d))
		}
	}
	return arns
}

// expected is within which time some backup is complete: the shortest of what the
// rules leave at worst.
func expected(policies map[string]budget.Policy) (shortest time.Duration) {
	for _, policy := range policies {
		if age := policy.BackupAge; age > 0 && (shortest == 0 || age < shortest) {
			shortest = age
		}
	}
	return shortest
}

// kept and copied are for how long a rule keeps what lies in each of the vaults; 0:
// it puts nothing there.
func kept(r plan.BackupRule) plan.Duration { return r.Retention }
func copied(r plan.BackupRule) plan.Duration {
	if r.Copy == nil || !*r.Copy {
		return 0
	}
	return r.CopyRetention
}

// defaultGrace is how long compliance can be taken back: the shortest that AWS takes.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html
const defaultGrace = 3

// lockOf a vault: as the plan says, else from the shortest to the longest retention
// of the rules, so that none of their jobs fails by it.
func lockOf(p plan.Plan, sets []parts.BackupPlan, retention func(plan.BackupRule) plan.Duration) parts.Lock {
	mode := cmp.Or(p.Backup.Immutability, plan.ImmutabilityGovernance)
	if mode == plan.ImmutabilityNone {
		return parts.Lock{}
	}
	var said plan.Lock
	if p.Backup.Lock != nil {
		said = *p.Backup.Lock
	}
	lock := parts.Lock{Min: inDays(said.Min), Max: inDays(said.Max)}
	for _, set := range sets {
		for _, r := range set.Rules {
			days := inDays(retention(r))
			if days == 0 {
				continue
			}
			if said.Min == 0 && (lock.Min == 0 || days < lock.Min) {
				lock.Min = days
			}
			if said.Max == 0 {
				lock.Max = max(lock.Max, days)
			}
		}
	}
	// No rule puts anything here: what comes by hand, or with the next rule, is locked
	// all the same, for as long as it is kept.
	lock.Min = cmp.Or(lock.Min, 1)
	if mode == plan.ImmutabilityCompliance {
		lock.Grace = cmp.Or(inDays(said.Grace), defaultGrace)
	}
	return lock
}

func inDays(d plan.Duration) float64 { return time.Duration(d).Hours() / 24 }
