package stacks

import (
	"fmt"
	"slices"

	parts "github.com/lifeboat-dr/lifeboat/infra/constructs"
)

// policyRoom is what the names from the plan may take of a role's policy, in
// characters: IAM takes 10,240 in all, and our own statements under 5,000.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const policyRoom = 5000

// around a name there are quotes, a comma, and around a user's the rest of the
// ARN: arn:aws:rds-db:eu-central-1:111122223333:dbuser:*/.
const around = 60

// fits refuses a plan whose names do not fit into the roles' policies, which
// would otherwise fail in the middle of a deployment. A pattern in their place
// would fit, and would let the role reach more than the plan names.
func fits(s parts.Scope) error {
	for _, list := range []struct {
		what, hint string
		names      []string
		times      int // that the policy holds them
	}{
		{"database instances in the region of their copies", "restore into another region (regions.recovery)", s.Sources, 1},
		{"keys of recovery points (drill.kmsKey)", "let databases share keys", slices.Concat(s.Keys.ARNs, s.Keys.Aliases), 2},
		{"database users that log in with tokens", "use one name for all databases", s.Users, 1},
		{"functions of custom checks", "let databases share functions", s.CustomFunctions, 1},
	} {
		length := 0
		for _, name := range list.names {
			length += (len(name) + around) * list.times
		}
		if length > policyRoom {
			return fmt.Errorf("the %d %s take about %d characters of a role's policy, which has room for %d: %s, or split the plan into several deployments",
				len(list.names), list.what, length, policyRoom, list.hint)
		}
	}
	return nil
}
