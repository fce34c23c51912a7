package deployed

// Tags of what lifeboat makes. Deployment and execution say whose it is: only
// what carries both is ever changed or deleted. The others are for people and
// for the sweeper.
const (
	TagDeployment = "lifeboat:deployment"
	TagRun        = "lifeboat:run"
	TagExecution  = "lifeboat:execution"
	TagCreatedAt  = "lifeboat:created-at"
	// TagKey is what a copy must be encrypted with, so that whoever looks at it
	// later need not find the recovery point again: the ARN of a KMS key,
	// "aws-owned", or "none".
	TagKey = "lifeboat:key"
)

// CopyTags are the keys of all tags of a copy.
var CopyTags = []string{TagDeployment, TagRun, TagExecution, TagKey, TagCreatedAt}
