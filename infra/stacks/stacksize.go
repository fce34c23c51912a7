package stacks

import (
	"cmp"
	"fmt"
)

// maxResources is what CloudFormation takes in a stack.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
const maxResources = 500

// resourcesFit refuses a stack with more resources than CloudFormation takes.
func (p Props) resourcesFit(resources int) error {
	if resources <= maxResources {
		return nil
	}
	databases, hint := databases(p.Plan), "split the plan into several deployments"
	if !isFleet(p) {
		hint = fmt.Sprintf("say PER_DATABASE=%d or less, or nothing, so that they are drilled as a fleet (docs/deploy.md)", min(databases-1, DefaultPerDatabase))
	}
	return fmt.Errorf("a stack holds %d resources, and %d databases (PER_DATABASE=%d) make %d: %s",
		maxResources, databases, cmp.Or(p.PerDatabase, DefaultPerDatabase), resources, hint)
}
