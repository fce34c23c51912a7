package cloudformation

import (
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/authz"
)

// ask asks what AWS asks the role with which the resource works, on its behalf.
// Some of it AWS asks when the resource is made, some when it is used; here all
// of it is asked at once, so that a deployment tells what would fail later.
func (c *creation) ask() (refused []error) {
	properties := c.template.Resources[c.id].Properties
	text := func(paths ...string) string {
		for _, path := range paths {
			if value := property(properties, path); value != nil {
				resolved, _ := c.template.Text(value) // what cannot be resolved has failed in make
				return resolved
			}
		}
		return ""
	}
	has := func(path string) bool { return property(properties, path) != nil }
	where := c.template.Where
	self, _ := c.arn() // not every type has one
	queue := text("DeadLetterConfig.TargetArn", "Target.DeadLetterConfig.Arn")
	values := map[string]string{
		"Self": self, "Queue": queue, "QueueKey": c.keys[queue], "Target": text("Target.Arn"),
		"Key": text("KmsKeyArn", "KmsKeyId", "KmsMasterKeyId", "SSESpecification.KMSMasterKeyId"),
	}
	if log, there := c.logs[text("LoggingConfig.LogGroup", "LogGroupName")]; there {
		values["Log"] = strings.TrimSuffix(log, ":*")
	}
	for _, q := range authz.OfResource(c.typ, text("Role", "RoleArn", "Target.RoleArn", "DeliverLogsPermissionArn"), has, values, where.Region, where.Account) {
		if err := c.o.May(q); err != nil {
			refused = append(refused, err)
		}
	}
	return refused
}

// property follows a path such as Target.DeadLetterConfig.
func property(properties any, path string) any {
	for _, name := range strings.Split(path, ".") {
		object, _ := properties.(map[string]any)
		properties = object[name]
	}
	return properties
}
