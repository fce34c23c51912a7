package constructs

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
)

// eventsService is EventBridge.
const eventsService = "events.amazonaws.com"

// NewBackupsTopic is told of backups, in the region of the databases: a rule, a
// vault and an alarm reach topics of their own region and account alone.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-notifications.html
func NewBackupsTopic(scope constructs.Construct, names Names, key awskms.IKey, addresses []string) awssns.ITopic {
	topic := newTopic(scope, "BackupsTopic", names.BackupsTopic(), "lifeboat "+names.Deployment+" backups", names, key, addresses)
	topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: jsii.String("VaultsOfThisAccount"), Actions: jsii.Strings("sns:Publish"), Resources: &[]*string{topic.TopicArn()},
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String(backupService), nil)},
		Conditions: &map[string]any{
			"StringEquals": map[string]any{"aws:SourceAccount": names.Account},
			"ArnLike":      map[string]any{"aws:SourceArn": names.ARN("backup", "backup-vault:*")},
		},
	}))
	return topic
}

// NewTelling tells of every job that did not do what it should have. AWS Backup
// sends the events within five minutes, best effort: who watches the age of backups
// does not depend on it.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html
//
// The rules have a role: the policy of a topic could not say whose rules may
// publish to it, since it takes no condition for EventBridge.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
// https://docs.aws.amazon.com/eventbridge/latest/userguide/cross-service-confused-deputy-prevention.html
func NewTelling(scope constructs.Construct, names Names, vault deployed.Vault, topic awssns.ITopic, key awskms.IKey) {
	scope = constructs.NewConstruct(scope, jsii.String("Telling"))
	of := assumedFor(eventsService, sourceIs(names, names.ARN("events", "rule/"+names.Prefix()+"-*")))
	role := NewRole(scope, names.TellingRole(), of, []Statement{
		{Sid: "Tell", Reason: "people are told of backups that failed", Actions: []string{"sns:Publish"}, Resources: []string{names.ARN("sns", names.BackupsTopic())}},
		useTopicKey(names, key),
	})
	for _, t := range tellings(vault) {
		awsevents.NewCfnRule(scope, jsii.String(id(t.name)), &awsevents.CfnRuleProps{
			Name: jsii.String(names.Prefix() + "-" + t.name), Description: jsii.String(t.description),
			EventPattern: map[string]any{"source": []string{"aws.backup"}, "detail-type": []string{t.event}, "detail": t.detail},
			Targets: []any{&awsevents.CfnRule_TargetProperty{
				Id: jsii.String("Topic"), Arn: topic.TopicArn(), RoleArn: role.RoleArn(),
				InputTransformer: t.message(names),
				RetryPolicy:      &awsevents.CfnRule_RetryPolicyProperty{MaximumRetryAttempts: jsii.Number(10), MaximumEventAgeInSeconds: jsii.Number(3600)},
			}},
		})
	}
}

// telling is one kind of event that people are told of.
type telling struct {
	name, description string
	event             string // detail-type
	detail            map[string]any
	says, do          string // <name> is what the event has
}

// tellings are those of jobs from and into the vault of the backups.
func tellings(vault deployed.Vault) []telling {
	return []telling{
		{
			"backup-jobs", "backup jobs that failed, expired, were interrupted, or are not whole", "Backup Job State Change",
			map[string]any{"backupVaultName": []string{vault.Name}, "state": []string{"FAILED", "EXPIRED", "ABORTED", "PARTIAL"}},
			"The backup of <resource> ended as <state>: there is no whole recovery point of it.",
			"see whether the next job completes; if not, mend what AWS says, or start one by hand.",
		},
		{
			"backup-issues", "backup jobs that completed and say that something is wrong", "Backup Job State Change",
			map[string]any{"backupVaultName": []string{vault.Name}, "state": []string{"COMPLETED"}, "statusMessage": []any{map[string]any{"anything-but": ""}}},
			"The backup of <resource> is reported as done, with issues: it may not be what was asked for.",
			"look at the recovery point: whether it lies where it should, and is of the kind that the rule asks for.",
		},
		{
			"copy-jobs", "copies into another region or account that failed", "Copy Job State Change",
			map[string]any{"sourceBackupVaultArn": []string{vault.ARN()}, "state": []string{"FAILED", "PARTIAL"}},
			"The copy of a recovery point of <resource> ended as <state>: what would survive the loss of its region or account grows older.",
			"see whether the next copy completes; if not, mend what AWS says (keys, the policy of the vault, cross-account backup).",
		},
	}
}

// ids are the fields of a job that say which it is.
var ids = map[string]string{"Backup Job State Change": "backupJobId", "Copy Job State Change": "copyJobId"}

// message is what people read: the target gives it the form of a text, in quotes.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
func (t telling) message(names Names) *awsevents.CfnRule_InputTransformerProperty {
	text := strings.Join([]string{
		"lifeboat " + names.Deployment + ": " + t.says,
		"AWS says: <why>",
		"Job: <job> of <time>, in " + names.Region + ", account " + names.Account,
		"What to do: " + t.do,
		"More: " + deployed.Runbook("backup-jobs"),
	}, "\n")
	paths := map[string]*string{"resource": path("resourceArn"), "why": path("statusMessage"), "job": path(ids[t.event]), "time": jsii.String("$.time")}
	if strings.Contains(text, "<state>") {
		paths["state"] = path("state")
	}
	return &awsevents.CfnRule_InputTransformerProperty{InputPathsMap: paths, InputTemplate: jsii.String(encoded(text))}
}

func path(field string) *string { return jsii.String("$.detail." + field) }
