package kinds

import (
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
// role of the run's mode. ruled are the databases that the recovery region has rules
// for, into the vault copies, once they are recovered; none: the plan has lifeboat
// manage no backups. None of them makes a call yet.
func RecoveryWorks(s *lambdafn.Settings, as func(region string) aws.Config, names deployed.Names, ruled map[string]bool, copies string) recoverystep.Works {
	databases := rds.New(rds.Options{Config: as, Clock: s.Clock, Account: s.Account})
	home := as(names.Region)
	backups := drillstep.ByKind[drillstep.Backups]{plan.KindRDSInstance: databases}
	figures := cloudwatch.NewRecovered(home, s.Clock)
	secrets, parameters := secretsmanager.NewSecrets(home), ssm.New(home)
	protect := recoverystep.WorkProtect{
		Names: names, Databases: drillstep.ByKind[recoverystep.Protecteds]{plan.KindRDSInstance: databases}, Alarms: figures, Topics: sns.NewThere(home),
	}
	if len(ruled) > 0 {
		role := names.AnyARN("iam", "", names.Account, "role/"+names.ProtectRole())
		protect.Ruled, protect.Rules = ruled, backup.NewRecoveredRules(home, names.ProtectPlan(), copies, role)
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

// RecoveryRules tells which databases the deployment has rules for that back up what
// was recovered of them, and the name of the vault in the recovery region; see
// RecoveryWorks. Where there is no other region than that of the databases it is
// their own. A database that the plan has no backups of has no rule here either.
func RecoveryRules(names deployed.Names, p plan.Plan) (ruled map[string]bool, vault string) {
	backups, copies := names.Vaults(p)
	if copies.Name == "" {
		copies = backups
	}
	if p.Backup == nil || !p.Backup.Managed() || copies.Name == "" {
		return nil, copies.Name
	}
	ruled = map[string]bool{}
	for name, policy := range budget.Policies(p) {
		if len(policy.Rules) > 0 {
			ruled[name] = true
		}
	}
	return ruled, copies.Name
}
