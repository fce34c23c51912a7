package stacks

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"

	parts "github.com/lifeboat-dr/lifeboat/infra/constructs"
	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
	"github.com/lifeboat-dr/lifeboat/statemachines"
)

// recovering is what recoveries share with drills.
type recovering struct {
	names       deployed.Names
	key         awskms.IKey
	scope       parts.Scope
	functions   parts.Functions
	undelivered awssqs.IQueue
}

// newRecovery is what recovers: two machines, the roles that their steps act as, and
// the schedule of exercises. It is in the stack of the drills, whose network, record,
// functions and topics it works with; and it is there only where the plan declares a
// recovery.
func newRecovery(stack awscdk.Stack, p Props, r recovering) {
	parts.NewModeRoles(stack, r.scope)
	parts.NewMachine(stack, parts.MachineProps{
		Names: r.names, ID: "Recovery", Name: r.names.RecoveryMachine(), About: "recoveries",
		Key: r.key, Definition: statemachines.Recovery, Functions: recoverystep.ParentFunctions(), Versions: r.functions,
	})
	parts.NewMachine(stack, parts.MachineProps{
		Names: r.names, ID: "RecoveryStep", Name: r.names.RecoveryStepMachine(), About: "one step of a recovery",
		Key: r.key, Definition: statemachines.RecoveryStep, Functions: recoverystep.ChildFunctions(), Versions: r.functions, Custom: p.Plan.RecoveryFunctions(),
	})
	if schedule := p.Plan.ExerciseSchedule(); schedule != "" {
		parts.NewExercises(stack, r.names, r.key, r.undelivered, schedule)
	}
	if p.Plan.Backup.Managed() {
		parts.NewProtection(stack, protected(p.Plan, r.names))
	}
	parts.NewRecoveryOutputs(stack, parts.RecoveryOutputsProps{Names: r.names, Alone: p.Plan.RecoveredAlone(), Endpoints: p.Plan.HasStep(plan.StepEndpoint)})
}

// recoveryOf is what permissions of recoveries are cut to; nil: the plan declares none.
func recoveryOf(p plan.Plan, names deployed.Names) *parts.Recovery {
	if !p.RecoversOnAWS() {
		return nil
	}
	r := &parts.Recovery{Functions: p.RecoveryFunctions(), Vault: vaultOfRecovered(p, names), Copies: p.Backup.Managed() && protected(p, names).Copies.Name != ""}
	if p.Recovery != nil {
		r.Network = p.Recovery.Network
	}
	tags := map[string]bool{}
	for _, key := range parts.RecoveredTags {
		tags[key] = true
	}
	for _, w := range p.Recovered(true) {
		for _, s := range w.Recovery.Steps {
			r.Stacks, r.Secrets = append(r.Stacks, s.Stacks...), append(r.Secrets, s.Secrets...)
			for _, image := range s.Images {
				r.Repositories = append(r.Repositories, repositoryOf(names, image))
			}
		}
		for _, d := range w.Databases {
			if w.RecoveredBy(d.Name) == plan.StepPromoteReplica {
				r.Replicas = append(r.Replicas, parts.InstanceARN(names, d, d.Replica))
			}
			for key := range p.TagsOfTarget(d) {
				tags[key] = true
			}
			if d.Recovery == nil || d.Recovery.Target == nil || w.RecoveredBy(d.Name) != plan.StepRestore {
				continue
			}
			target := d.Recovery.Target
			r.Targets, r.SubnetGroups = append(r.Targets, parts.InstanceARN(names, d, target.Identifier)), append(r.SubnetGroups, target.SubnetGroup)
			switch {
			case strings.Contains(target.KMSKey, "alias/"):
				r.Keys.Aliases = append(r.Keys.Aliases, target.KMSKey)
			case target.KMSKey != "":
				r.Keys.ARNs = append(r.Keys.ARNs, target.KMSKey)
			}
		}
	}
	for _, list := range []*[]string{&r.Targets, &r.Replicas, &r.SubnetGroups, &r.Stacks, &r.Secrets, &r.Repositories} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	r.Tags = slices.Sorted(maps.Keys(tags))
	return r
}

// repositoryOf an image is its ARN: of the registry that the image names, else of this
// account and region.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html
func repositoryOf(names deployed.Names, image string) string {
	host, rest, found := strings.Cut(image, "/")
	if part := strings.Split(host, "."); found && len(part) > 4 && part[1] == "dkr" && part[2] == "ecr" {
		return names.AnyARN("ecr", part[3], part[0], "repository/"+nameOfImage(rest))
	}
	return names.ARN("ecr", "repository/"+nameOfImage(image))
}

// nameOfImage is without its tag and digest.
func nameOfImage(image string) string {
	name, _, _ := strings.Cut(image, "@")
	if at := strings.LastIndexByte(name, ':'); at > strings.LastIndexByte(name, '/') {
		name = name[:at]
	}
	return name
}

// vaultOfRecovered is the ARN of the vault that backups of what was recovered come to:
// that of the copies, which lies where lifeboat does; "": lifeboat manages no backups,
// or there is none here.
func vaultOfRecovered(p plan.Plan, names deployed.Names) string {
	if v := vaultHere(p, names); p.Backup.Managed() && v.Name != "" {
		return v.ARN()
	}
	return ""
}

func vaultHere(p plan.Plan, names deployed.Names) deployed.Vault {
	backups, copies := names.Vaults(p)
	for _, v := range []deployed.Vault{copies, backups} {
		if v.Name != "" && v.Account == names.Account && v.Region == names.Region {
			return v
		}
	}
	return deployed.Vault{}
}

// protected is what backs up what was recovered, by the rules of the databases that it
// was recovered from, into the vault that is here.
func protected(p plan.Plan, names deployed.Names) parts.ProtectionProps {
	policies, vault := budget.Policies(p), vaultHere(p, names)
	backups, copies := names.Vaults(p)
	is := parts.ProtectionProps{Names: names, Vault: vault, Tags: p.Tags}
	to := names.CopiesOfRecovered(p)
	retention := kept
	if vault.Name == copies.Name {
		// It holds copies, and is locked for as long as these are kept.
		retention = func(r plan.BackupRule) plan.Duration { return max(copied(r), r.Retention) }
		if copies.Ours {
			lock := lockOf(p, ruleSets(p, names, policies), copied)
			retention = func(r plan.BackupRule) plan.Duration { return within(lock, r) }
		}
	}
	// What is copied lies with the backups of the source, under the lock of these.
	lock := lockOf(p, ruleSets(p, names.In(backups.Account, backups.Region), policies), kept)
	at := map[string]int{}
	for _, w := range p.Recovered(true) {
		for _, d := range w.Databases {
			identifier := w.RecoveredAs(d)
			rules := slices.Clone(policies[w.Name+"/"+d.Name].Rules)
			if identifier == "" || len(rules) == 0 {
				continue
			}
			for i := range rules {
				r := &rules[i]
				back := within(lock, *r)
				r.Retention = retention(*r)
				if to.Name == "" || copied(*r) == 0 {
					r.Copy, r.CopyRetention = nil, 0
					continue
				}
				r.CopyRetention, is.Copies = back, to
			}
			arn := parts.InstanceARN(names, d, identifier)
			if slices.ContainsFunc(rules, func(r plan.BackupRule) bool { return r.Continuous }) {
				is.Continuous = append(is.Continuous, arn)
			}
			same := identity(rules)
			i, there := at[same]
			if !there {
				i, at[same] = len(is.Plans), len(is.Plans)
				is.Plans = append(is.Plans, parts.BackupPlan{Of: w.Name + "/" + d.Name, Rules: rules})
			}
			is.Plans[i].Resources = append(is.Plans[i].Resources, arn)
		}
	}
	return is
}

// within a lock: a job that keeps its recovery point for less or more would fail.
func within(lock parts.Lock, r plan.BackupRule) plan.Duration {
	days := max(inDays(r.Retention), lock.Min)
	if lock.Max > 0 {
		days = min(days, lock.Max)
	}
	return plan.Duration(time.Duration(days*24) * time.Hour)
}
