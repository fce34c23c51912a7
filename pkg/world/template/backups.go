package template

import (
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/backup"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/eventbridge"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/sns"
)

const (
	vaultType     = "AWS::Backup::BackupVault"
	selectionType = "AWS::Backup::BackupSelection"
)

// home is where the functions are deployed: other stacks may lie elsewhere.
func home(a cfn.Assembly) cfn.Where {
	for i := range a.Stacks {
		if len(a.Stacks[i].Of(functionType)) > 0 {
			return a.Stacks[i].Where
		}
	}
	return a.Stacks[0].Where
}

// mayBackUp is AWS Backup at work with the role of a selection. Of RDS alone the
// table knows what is asked; with its own role AWS asks nobody.
func (w *World) mayBackUp(what, role string, values map[string]string) error {
	about := values["Resource"] + values["Snapshot"]
	if !strings.Contains(about, ":rds:") || strings.Contains(role, ":role/aws-service-role/") {
		return nil
	}
	property := map[string]string{"Backup": "BackupSelection.Resources", "Copy": "Copy", "Expire": "Expire"}[what]
	values["VaultRegion"] = part(values["Vault"], 3)
	return w.all(asks(selectionType, property, role, strings.Join(strings.SplitN(about, ":", 6)[:5], ":")+":backup-plan", values))
}

// vaultTells publishes what a vault tells its topic.
func (w *World) vaultTells(n backup.Notification) {
	err := w.all(asks(vaultType, "Notifications", "", n.Vault, map[string]string{"Topic": n.Topic, "TopicKey": w.account.KeyOf(n.Topic)}))
	if err == nil {
		err = w.cloud.SNS.Deliver(sns.Message{
			Topic: n.Topic, Subject: n.Subject, Message: n.Message, Attributes: n.Attributes, At: w.clock.Now(), Publisher: "backup.amazonaws.com",
		})
	}
	if err != nil {
		w.trouble("vault "+shortName(n.Vault), "nobody is told of "+n.Event, err)
	}
}

// toTopic is a rule that has matched, whose target is a topic: it publishes with
// its role, or as EventBridge itself.
func (w *World) toTopic(r eventbridge.Rule, t eventbridge.Target, event []byte) error {
	property, topic := "Targets", "Topic"
	if t.RoleARN != "" {
		property, topic = "Target.RoleArn", "RoleTopic"
	}
	values := map[string]string{topic: t.ARN, topic + "Key": w.account.KeyOf(t.ARN)}
	if err := w.all(asks(ruleType, property, t.RoleARN, r.ARN, values)); err != nil {
		return err
	}
	return w.cloud.SNS.Deliver(sns.Message{Topic: t.ARN, Message: string(event), At: w.clock.Now(), Publisher: "events.amazonaws.com"})
}
