package cloudformation

import (
	"errors"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/authz"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/scheduler"
)

// ask asks what AWS asks on behalf of the resource: of its role, of the services
// that work for it, and of whoever deploys it. Some of it AWS asks when the
// resource is made, some when it is used; here all of it is asked at once, so that
// a deployment tells what would fail later.
func (c *creation) ask() (refused []error) {
	properties := c.template.Resources[c.id].Properties
	targets, _ := properties["Targets"].([]any)
	if c.typ == "AWS::CloudWatch::Alarm" || c.typ == "AWS::CloudWatch::CompositeAlarm" { // whatever it does: each action has a topic
		for _, list := range []string{"AlarmActions", "OKActions", "InsufficientDataActions"} {
			actions, _ := properties[list].([]any)
			for _, action := range actions {
				refused = append(refused, c.askOf(map[string]any{"AlarmActions": []any{action}})...)
			}
		}
		return refused
	}
	if len(targets) == 0 {
		return c.askOf(properties)
	}
	for _, each := range targets { // of a rule: each has a function, and a queue
		target, _ := each.(map[string]any)
		refused = append(refused, c.askOf(map[string]any{"Targets": targets, "Target": target, "DeadLetterConfig": property(target, "DeadLetterConfig")})...)
	}
	return refused
}

func (c *creation) askOf(properties map[string]any) (refused []error) {
	var problems []error
	text := func(paths ...string) string {
		for _, path := range paths {
			value := property(properties, path)
			if list, is := value.([]any); is && len(list) > 0 {
				value = list[0]
			}
			if value == nil {
				continue
			}
			resolved, err := c.template.Text(value)
			if err != nil {
				problems = append(problems, err)
			}
			return resolved
		}
		return ""
	}
	where := c.template.Where
	self, _ := c.arn() // not every type has one
	queue, topic := text("DeadLetterConfig.TargetArn", "DeadLetterConfig.Arn", "Target.DeadLetterConfig.Arn"), text("AlarmActions", "Notifications.SNSTopicArn")
	values := map[string]string{
		"Self": self, "Queue": queue, "QueueKey": c.keys[queue], "Topic": topic, "TopicKey": c.keys[topic], "Deployer": c.o.Deployer(where.Account),
		"Key": text("KmsKeyArn", "KmsKeyId", "KmsMasterKeyId", "SSESpecification.KMSMasterKeyId", "EncryptionKeyArn"),
		"Log": c.logs[c.here(text("LoggingConfig.LogGroup", "LogGroupName"))],
	}
	target := text("Target.Arn")
	values["Target"], values["Function"] = target, target
	role := text("Role", "RoleArn", "Target.RoleArn", "DeliverLogsPermissionArn", "BackupSelection.IamRoleArn")
	if strings.Contains(target, ":sns:") { // of a rule
		values["Function"] = ""
		topic, key := "Topic", "TopicKey"
		if role != "" {
			topic, key = "RoleTopic", "RoleTopicKey"
		}
		values[topic], values[key] = target, c.keys[target]
	}
	// Of a selection the first resource stands for all.
	if resource := text("BackupSelection.Resources"); strings.Contains(resource, ":rds:") && !strings.Contains(resource, "*") {
		values["Resource"], values["Snapshot"] = resource, c.template.ARN("rds", "snapshot:awsbackup:job-00000000-0000-4000-8000-000000000000")
	}
	if c.typ == "AWS::Scheduler::Schedule" {
		execution, err := scheduler.Schedule{TargetARN: target}.Execution([]byte(text("Target.Input")))
		if err != nil {
			problems = append(problems, err)
		}
		values["Target"] = execution.StateMachineArn
	}
	if group := text("GroupName"); group != "" {
		values["Group"] = "arn:" + where.Partition + ":scheduler:" + where.Region + ":" + where.Account + ":schedule-group/" + group
	}
	has := func(path string) bool { return property(properties, path) != nil }
	if err := errors.Join(problems...); err != nil {
		return []error{err}
	}
	for _, q := range authz.OfResource(c.typ, role, has, values, where.Region, where.Account) {
		if err := c.o.May(q); err != nil {
			refused = append(refused, err)
		}
	}
	return refused
}

// property follows a path such as Target.DeadLetterConfig.
func property(properties any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		object, _ := properties.(map[string]any)
		properties = object[name]
	}
	return properties
}
