package stacks

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	parts "github.com/lifeboat-dr/lifeboat/infra/constructs"
	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
)

// maxPolicy is what IAM takes in all inline policies of a role together, in
// characters without white space.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const maxPolicy = 10240

// policiesFit refuses a plan whose names do not fit into the roles' policies,
// as these were synthesized: they would fail in the middle of a deployment. A
// pattern in the names' place would fit, and would let the role reach more than
// the plan names.
func (p Props) policiesFit(t cfn.Template) error {
	for _, id := range t.Of("AWS::IAM::Role") {
		role := t.Resources[id]
		size, err := policySize(t, role)
		if err != nil {
			return fmt.Errorf("the role %s: %w", id, err)
		}
		if size > maxPolicy {
			return fmt.Errorf("the policy of the role %v has %d characters, and IAM takes %d: %s, or split the plan into several deployments",
				role.Properties["RoleName"], size, maxPolicy, longest(scopeOf(p.Plan, namesOf(p))))
		}
	}
	return nil
}

// policiesAreWritable refuses what no policy may hold, of whatever resource: IAM
// and the services take Latin-1 only, and would say so in the middle of a
// deployment.
func policiesAreWritable(t cfn.Template) error {
	for _, id := range slices.Sorted(maps.Keys(t.Resources)) {
		documents, err := t.Policies(id)
		if err != nil {
			return err
		}
		for _, document := range documents {
			if text, character := cfn.NotInPolicies(document); text != "" {
				return fmt.Errorf("the policy of %s (%s) holds %q: AWS takes no %q in a policy, only characters up to U+00FF; write that name of the plan otherwise",
					id, t.Resources[id].Type, text, character)
			}
		}
	}
	return nil
}

// policySize is that of all inline policies of a role together.
func policySize(t cfn.Template, role cfn.Resource) (int, error) {
	size := 0
	policies, _ := role.Properties["Policies"].([]any)
	for _, policy := range policies {
		document, err := t.Resolve(policy.(map[string]any)["PolicyDocument"])
		if err != nil {
			return 0, err
		}
		text, err := json.Marshal(document)
		if err != nil {
			return 0, err
		}
		size += len(text)
	}
	return size, nil
}

// tagTexts are what a policy holds of the tags of copies.
func tagTexts(s parts.Scope) (texts []string) {
	for _, tag := range s.Tags {
		texts = append(append(texts, tag.Key, tag.Key), tag.Values...)
	}
	return texts
}

// longest says how to shorten the list of names from the plan that takes most.
func longest(s parts.Scope) (hint string) {
	most := -1
	for _, list := range []struct {
		hint  string
		names []string
		times int // that the policy holds them
	}{
		{"restore into another region (regions.recovery), so that no policy lists database instances", s.Sources, 1},
		{"let databases share keys (drill.kmsKey)", slices.Concat(s.Keys.ARNs, s.Keys.Aliases), 2},
		{"use one name for the users that log in with tokens", s.Users, 1},
		{"let databases share functions (customCheck)", s.CustomFunctions, 1},
		{"have fewer tags, or fewer values of them (tags, drill.tags)", tagTexts(s), 2},
	} {
		length := 0
		for _, name := range list.names {
			length += len(name) * list.times
		}
		if length > most {
			most, hint = length, list.hint
		}
	}
	return hint
}
