package cloudformation

import (
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/iam"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/stacks"
)

// show puts a stack where the API shows it.
func (a *Account) show(t *cfn.Template, problems []error) {
	where := t.Where
	s := stacks.Stack{
		Account: where.Account, Region: where.Region, Name: t.Name, Status: "CREATE_COMPLETE", Template: string(t.Source),
		Outputs: map[string]string{}, Resources: map[string]stacks.Resource{},
	}
	before := a.Cloud.Stacks.Find(where.Account, where.Region, t.Name)
	switch {
	case len(problems) > 0:
		s.Status, s.Reason = "UPDATE_FAILED", problems[0].Error()
	case before != nil:
		s.Status, s.Made = "UPDATE_COMPLETE", before.Made
	}
	for name, output := range t.Outputs {
		s.Outputs[name], _ = t.Text(output.Value) // what does not resolve is told apart
	}
	for id, r := range t.Resources {
		physical, _ := t.Text(map[string]any{"Ref": id})
		s.Resources[id] = stacks.Resource{Type: r.Type, Physical: physical}
	}
	a.Cloud.Stacks.Put(s)
}

// iamRole is one that a stack made, as IAM shows it.
func (a *Account) iamRole(account, name string) (iam.Role, bool) {
	for _, r := range a.roles {
		if r.Name != name || strings.Split(r.ARN, ":")[4] != account {
			continue
		}
		shown := iam.Role{Name: name, TrustPolicy: string(r.Trust), Inline: map[string]string{}, Attached: map[string]string{}, Boundary: r.Boundary, BoundaryPolicy: string(r.BoundaryPolicy)}
		for name, document := range r.Policies {
			shown.Inline[name] = string(document)
		}
		for arn, document := range r.Attached {
			shown.Attached[arn] = string(document)
		}
		return shown, true
	}
	return iam.Role{}, false
}
