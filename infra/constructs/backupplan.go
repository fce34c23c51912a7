package constructs

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsbackup"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// BackupPlan is one set of rules, and what is backed up by it.
type BackupPlan struct {
	// Of is "workload/database" of the first database that it is for: the plan stays
	// the same resource while its rules change.
	Of    string
	Rules []plan.BackupRule // every default filled in
	// Resources are ARNs.
	Resources []string
	// Tagged: what has all of these tags as well; nil: nothing.
	Tagged map[string]string
}

// BackupPlansProps of all plans.
type BackupPlansProps struct {
	Names Names // where the databases are
	Role  string
	// Vault is the name of that of the backups, Copies the ARN of that of the
	// copies; "": nothing is copied.
	Vault, Copies string
	// After is the vault where the stack makes it: a plan has its name only, which
	// tells CloudFormation nothing of an order, and AWS's own templates of plans all
	// say that the vault comes first. nil: it is there.
	// https://docs.aws.amazon.com/aws-backup/latest/devguide/plan-cfn.html
	After awsbackup.CfnBackupVault
	// Tags of recovery points: those that the organisation asks for. lifeboat's own
	// is not among them: what is restored from a recovery point may get its tags,
	// and nothing but a drill's copy may look like one.
	Tags  map[string]string
	Plans []BackupPlan
}

// MadePlan is one in the stack.
type MadePlan = awsbackup.CfnBackupPlan

// NewBackupPlans makes a plan of AWS Backup for each set of rules, with its
// selections.
func NewBackupPlans(scope constructs.Construct, p BackupPlansProps) []MadePlan {
	scope = constructs.NewConstruct(scope, jsii.String("Plans"))
	var list []MadePlan
	for _, one := range p.Plans {
		scope := constructs.NewConstruct(scope, idOf(one.Of))
		var rules []any
		for _, r := range one.Rules {
			rules = append(rules, p.rule(r))
		}
		made := awsbackup.NewCfnBackupPlan(scope, jsii.String("Plan"), &awsbackup.CfnBackupPlanProps{
			BackupPlan: &awsbackup.CfnBackupPlan_BackupPlanResourceTypeProperty{BackupPlanName: jsii.String(p.Names.Prefix()), BackupPlanRule: rules},
		})
		if p.After != nil {
			made.Node().AddDependency(p.After)
		}
		newSelections(scope, p, made, one)
		list = append(list, made)
	}
	return list
}

// rule is one as AWS Backup takes it. Everything is said, also what is AWS's
// default: what stands in the template is what was simulated.
func (p BackupPlansProps) rule(r plan.BackupRule) *awsbackup.CfnBackupPlan_BackupRuleResourceTypeProperty {
	lifecycle := &awsbackup.CfnBackupPlan_LifecycleResourceTypeProperty{DeleteAfterDays: days(r.Retention)}
	if r.ColdAfter > 0 {
		lifecycle.MoveToColdStorageAfterDays = days(r.ColdAfter)
	}
	rule := &awsbackup.CfnBackupPlan_BackupRuleResourceTypeProperty{
		RuleName: jsii.String(r.Name), TargetBackupVault: jsii.String(p.Vault), ScheduleExpression: jsii.String(r.Schedule), ScheduleExpressionTimezone: jsii.String("Etc/UTC"),
		StartWindowMinutes: minutes(r.StartWindow), CompletionWindowMinutes: minutes(r.CompletionWindow), Lifecycle: lifecycle,
	}
	if r.Continuous {
		rule.EnableContinuousBackup = jsii.Bool(true)
	}
	if len(p.Tags) > 0 {
		tags := map[string]*string{}
		for key, value := range p.Tags {
			tags[key] = jsii.String(value)
		}
		rule.RecoveryPointTags = tags
	}
	if p.Copies != "" && r.Copy != nil && *r.Copy {
		rule.CopyActions = []any{&awsbackup.CfnBackupPlan_CopyActionResourceTypeProperty{
			DestinationBackupVaultArn: jsii.String(p.Copies), Lifecycle: &awsbackup.CfnBackupPlan_LifecycleResourceTypeProperty{DeleteAfterDays: days(r.CopyRetention)},
		}}
	}
	return rule
}

func days(d plan.Duration) *float64    { return jsii.Number(time.Duration(d).Hours() / 24) }
func minutes(d plan.Duration) *float64 { return jsii.Number(time.Duration(d).Minutes()) }
