package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"

	parts "github.com/lifeboat-dr/lifeboat/infra/constructs"
)

// newKept is what outlives the deployment: evidence, history, and the key
// without which neither could be read. It is a stack of its own, so that
// removing lifeboat and deploying it again finds everything where it was, under
// the same owner, and needs to be told nothing.
func newKept(scope constructs.Construct, e Entry, d *Deployment) (awscdk.Stack, error) {
	names := namesOf(e.props)
	stack := newStack(scope, e, "evidence and history, which outlive the deployment")
	key := parts.NewKey(stack, names)
	evidence := parts.NewEvidence(stack, parts.EvidenceProps{Names: names, Key: key, RetentionDays: retentionDays(e.props.Plan)})
	history := parts.NewHistory(stack, names, key)
	// A table that is protected from deletion cannot be rolled back. It is made
	// last: when it stands, nothing is left in this stack that could fail.
	history.Node().AddDependency(append(evidence, key)...)
	d.key = key
	return stack, nil
}
