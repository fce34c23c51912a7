package iam

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

// apart are two simulations: IAM publishes no quota of theirs, and is shared by all
// that the account does.
const apart = 200 * time.Millisecond

// Simulate asks whether a role may do something: its own policies, its boundary
// and the organisation's service control policies are evaluated, the policies of
// resources are not, nor are resource control policies. There is a decision for
// each action that IAM answered. Errors are *seen.Unread.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html
func (a *Adapter) Simulate(ctx context.Context, q seen.Asked) ([]seen.Decision, error) {
	in := &iam.SimulatePrincipalPolicyInput{PolicySourceArn: &q.Role, ActionNames: q.Actions, ResourceArns: []string{q.Resource}, ContextEntries: entries(q)}
	var list []seen.Decision
	pages := iam.NewSimulatePrincipalPolicyPaginator(a.api, in)
	for pages.HasMorePages() {
		if err := a.pause(ctx, apart); err != nil {
			return nil, err
		}
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, cannot(err, "what "+q.Role+" may", "iam:SimulatePrincipalPolicy", q.Role[strings.LastIndexByte(q.Role, '/')+1:])
		}
		for _, r := range page.EvaluationResults {
			list = append(list, decision(r))
		}
	}
	return list, nil
}

// decision of one action on one resource. What is told of the resource goes before
// what is told of the action as a whole.
func decision(r types.EvaluationResult) seen.Decision {
	decided, missing, matched, details := r.EvalDecision, r.MissingContextValues, r.MatchedStatements, r.EvalDecisionDetails
	boundary := r.PermissionsBoundaryDecisionDetail
	for _, of := range r.ResourceSpecificResults { // of one resource there is one
		decided, missing = of.EvalResourceDecision, slices.Concat(missing, of.MissingContextValues)
		if len(of.MatchedStatements) > 0 {
			matched = of.MatchedStatements
		}
		if len(of.EvalDecisionDetails) > 0 {
			details = of.EvalDecisionDetails
		}
		if of.PermissionsBoundaryDecisionDetail != nil {
			boundary = of.PermissionsBoundaryDecisionDetail
		}
	}
	d := seen.Decision{
		Action:  aws.ToString(r.EvalActionName),
		Allowed: decided == types.PolicyEvaluationDecisionTypeAllowed, Explicit: decided == types.PolicyEvaluationDecisionTypeExplicitDeny,
		ByOrganisation: r.OrganizationsDecisionDetail != nil && !r.OrganizationsDecisionDetail.AllowedByOrganizations,
		ByBoundary:     boundary != nil && !boundary.AllowedByPermissionsBoundary,
		Missing:        slices.Concat(missing), // nil for none
	}
	for kind, said := range details { // "IAM Policy", "Resource Policy"
		if strings.HasPrefix(strings.ToLower(kind), "iam") {
			d.Identity = string(said)
		}
	}
	for _, s := range matched {
		text := aws.ToString(s.SourcePolicyId)
		if s.StartPosition != nil {
			text += fmt.Sprintf(" %d:%d", s.StartPosition.Line, s.StartPosition.Column)
		}
		d.Statements = append(d.Statements, text)
	}
	return d
}

func entries(q seen.Asked) (list []types.ContextEntry) {
	for _, e := range q.Entries() {
		list = append(list, types.ContextEntry{
			ContextKeyName: &e.ContextKeyName, ContextKeyType: types.ContextKeyTypeEnum(e.ContextKeyType), ContextKeyValues: e.ContextKeyValues,
		})
	}
	return list
}
