package kinds

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/backup"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/cloudformation"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/ecr"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/secretsmanager"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sns"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/ssm"
	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
)

// RecoveryWorks are the works of the kinds of steps that touch AWS: validate, restore,
// promote-replica, endpoint and protect. All their calls are made with as: that of the
// role of the run's mode. None of them makes a call yet.
func RecoveryWorks(s *lambdafn.Settings, as func(region string) aws.Config, names deployed.Names, rules Rules) recoverystep.Works {
	databases := rds.New(rds.Options{Config: as, Clock: s.Clock, Account: s.Account})
	home := as(names.Region)
	backups := drillstep.ByKind[drillstep.Backups]{plan.KindRDSInstance: databases}
	figures := cloudwatch.NewRecovered(home, s.Clock)
	secrets, parameters := secretsmanager.NewSecrets(home), ssm.New(home)
	protect := recoverystep.WorkProtect{
		Names: names, Databases: drillstep.ByKind[recoverystep.Protecteds]{plan.KindRDSInstance: databases}, Alarms: figures, Topics: sns.NewThere(home),
	}
	if len(rules.Ruled) > 0 {
		role := names.AnyARN("iam", "", names.Account, "role/"+names.ProtectRole())
		protect.Ruled, protect.Copied = rules.Ruled, rules.Copied
		protect.Rules = backup.NewRecoveredRules(home, names.ProtectPlan(), rules.Vault, role)
	}
	return recoverystep.Works{
		recovery.Validate: recoverystep.WorkValidate{
			Backups: backups, Ahead: drillstep.ByKind[recoverystep.Foresights]{plan.KindRDSInstance: databases},
			Stacks: cloudformation.NewThere(home), Secrets: secrets, Images: ecr.New(home),
		},
		recovery.Restore: recoverystep.WorkRestore{
			Backups: backups, Copies: drillstep.ByKind[recoverystep.Copies]{plan.KindRDSInstance: databases},
			Targets: drillstep.ByKind[recoverystep.Targets]{plan.KindRDSInstance: databases},
		},
		recovery.PromoteReplica: recoverystep.WorkPromote{
			Replicas: drillstep.ByKind[recoverystep.Replicas]{plan.KindRDSInstance: databases}, Lags: figures,
		},
		recovery.Endpoint: recoverystep.WorkEndpoint{
			Names: names, Stores: map[string]recoverystep.Announcements{recoverystep.StoreParameter: parameters, recoverystep.StoreSecret: secrets},
		},
		recovery.Protect: protect,
	}
}

// RecoveryThrowaways are what exercises make, removed with as: the role of exercises.
func RecoveryThrowaways(s *lambdafn.Settings, as func(region string) aws.Config, names deployed.Names) recoverystep.Throwaways {
	home := as(names.Region)
	return recoverystep.Exercised{
		Names: names, Copies: []recoverystep.CopiesIn{rds.New(rds.Options{Config: as, Clock: s.Clock, Account: s.Account})},
		Stores: map[string]recoverystep.Withdrawals{recoverystep.StoreParameter: ssm.New(home), recoverystep.StoreSecret: secretsmanager.NewSecrets(home)},
	}
}

// Rules are those of the recovery region for what was recovered. Databases are
// "workload/database".
type Rules struct {
	// Ruled are those that are backed up once they are recovered; none: the plan has
	// lifeboat manage no backups.
	Ruled map[string]bool
	Vault string // name of that in the recovery region which they are backed up to
	// Copied are those whose backups are copied out of the recovery region, and where to.
	Copied map[string]deployed.Vault
}

// RecoveryRules are what the deployment has. Where there is no other region than that of
// the databases the vault is their own. A database that the plan has no backups of has
// no rule here either, and what the plan copies nothing of is not copied from here.
func RecoveryRules(names deployed.Names, p plan.Plan) Rules {
	backups, copies := names.Vaults(p)
	if copies.Name == "" {
		copies = backups
	}
	if p.Backup == nil || !p.Backup.Managed() || copies.Name == "" {
		return Rules{Vault: copies.Name}
	}
	rules, policies := Rules{Ruled: map[string]bool{}, Vault: copies.Name, Copied: map[string]deployed.Vault{}}, budget.Policies(p)
	for name, policy := range policies {
		if len(policy.Rules) > 0 {
			rules.Ruled[name] = true
		}
	}
	to := names.CopiesOfRecovered(p)
	for _, w := range p.Recovered(true) {
		for _, d := range w.Databases {
			name := w.Name + "/" + d.Name
			if to.Name != "" && w.RecoveredAs(d) != "" && slices.ContainsFunc(policies[name].Rules, func(r plan.BackupRule) bool { return r.Copy != nil && *r.Copy }) {
				rules.Copied[name] = to
			}
		}
	}
	return rules
}
