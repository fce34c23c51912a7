package account

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/policy"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/printable"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/authz"
)

// Roles is what is asked of IAM.
type Roles interface {
	Role(ctx context.Context, name string) (r seen.Role, there bool, err error)
	// Simulate decides about each action: what a role's own policies, its boundary
	// and the organisation's service control policies say, and nothing else.
	Simulate(ctx context.Context, q seen.Asked) ([]seen.Decision, error)
}

// Permissions looks at every role of the deployment: whether it is there and has
// the policies of the template, and whether IAM's simulator allows it everything
// that AWS asked of it in the rehearsals. What keys, buckets and queues say of it
// is no matter of this check: the simulator does not look them up.
//
// Service control policies count, also those that whoever asks cannot see. Of a
// condition key that only these have and that nobody tells IAM says nothing.
// Resource control policies, and the policies of VPC endpoints, it does not know.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html
func Permissions(n Needs, c Checkout, s Regions[Stacks], r Roles) doctor.Check {
	const area = "permissions"
	return doctor.Check{Area: area, Run: func(ctx context.Context) []doctor.Line {
		p := permissions{n: n, checkout: c, roles: r}
		var err error
		if p.names, err = rename(ctx, n.Assembly, s); err != nil {
			// What the account calls its own is not known then; most names are fixed.
			where := n.World.Where()
			p.lines = append(p.lines, unread("names", err, "aws cloudformation list-stack-resources --region "+where.Region+" --stack-name "+n.Names.Prefix()))
		}
		for _, t := range n.Assembly.Stacks {
			if t.Where.Account != s.Account {
				continue
			}
			for _, id := range t.Of("AWS::IAM::Role") {
				arn, err := t.Attribute(id, "Arn")
				if err != nil {
					continue // it could not have been rehearsed
				}
				p.role(ctx, arn, revert(t))
			}
		}
		return append(p.lines, s.stacksElsewhere(n, c, area, "AWS::IAM::Role")...)
	}}
}

// permissions is one examination.
type permissions struct {
	n        Needs
	checkout Checkout
	roles    Roles
	names    renamed
	lines    []doctor.Line
}

func (p *permissions) say(l doctor.Line) { p.lines = append(p.lines, l) }

// role examines one: as it is made, then what it may.
func (p *permissions) role(ctx context.Context, simulated, revert string) {
	wanted := p.n.World.Account().Role(simulated)
	name := p.names.of(wanted.Name)
	actual, there, err := p.roles.Role(ctx, name)
	if err != nil {
		p.say(unread(name, err, "aws iam get-role --role-name "+name))
		return
	}
	if !there {
		p.say(doctor.Line{Subject: name, State: doctor.Wrong, What: "there is no such role: what runs with it cannot start", Command: revert, Basis: doctor.Asked})
		return
	}
	before := len(p.lines)
	p.compare(actual, "trust policy", wanted.Trust, actual.Trust, revert)
	for _, policyName := range slices.Sorted(maps.Keys(wanted.Policies)) {
		p.compare(actual, "policy "+policyName, wanted.Policies[policyName], actual.Inline[policyName], revert)
	}
	for _, policyName := range slices.Sorted(maps.Keys(actual.Inline)) {
		if wanted.Policies[policyName] == nil {
			p.say(doctor.Line{
				Subject: name, State: doctor.Wrong, What: "it has the policy " + policyName + ", which is not the deployment's: it may do more than lifeboat says, or less",
				Command: "aws iam delete-role-policy --role-name " + name + " --policy-name " + printable.ShellWord(policyName), Basis: doctor.Judged,
			})
		}
	}
	for _, arn := range actual.Attached {
		if _, planned := wanted.Attached[arn]; planned {
			continue
		}
		p.say(doctor.Line{
			Subject: name, State: doctor.Wrong, What: "it has the policy " + arn + " attached, which is not the deployment's: it may do more than lifeboat says, or less",
			Command: "aws iam detach-role-policy --role-name " + name + " --policy-arn " + arn, Basis: doctor.Judged,
		})
	}
	allowed, all := p.simulate(ctx, simulated, actual)
	if len(p.lines) == before {
		what := fmt.Sprintf("as in the template; IAM allows all that it is asked (%d questions)", all)
		if all == 0 {
			what = "as in the template; no rehearsal asked anything of it"
		}
		if actual.Boundary != "" {
			what += ", within the boundary " + actual.Boundary
		}
		p.say(doctor.Line{Subject: name, State: doctor.OK, What: what, Basis: doctor.Asked})
		return
	}
	if allowed > 0 && allowed < all {
		p.lines[len(p.lines)-1].What += fmt.Sprintf("; of its %d questions %d are allowed", all, allowed)
	}
}

// compare a policy with the template's, statement by statement.
func (p *permissions) compare(role seen.Role, what string, wanted, actual json.RawMessage, revert string) {
	line := doctor.Line{Subject: role.Name, State: doctor.Wrong, Command: revert, Basis: doctor.Judged}
	if actual == nil {
		line.What = "its " + what + " is gone"
		p.say(line)
		return
	}
	want, err := policy.Parse([]byte(p.names.of(string(wanted))))
	if err != nil {
		return // a template that could be deployed has none such
	}
	have, err := policy.Parse(actual)
	if err != nil {
		line.State, line.What, line.Command = doctor.Unknown, "its "+what+" cannot be read: "+err.Error(), "aws iam get-role --role-name "+role.Name
		p.say(line)
		return
	}
	var differs []string
	if missing := policy.Missing(want, have); len(missing) > 0 {
		differs = append(differs, "lacks "+named(missing))
	}
	if additional := policy.Additional(want, have); len(additional) > 0 {
		differs = append(differs, "has beside the template "+named(additional))
	}
	if len(differs) > 0 {
		line.What = "its " + what + " " + strings.Join(differs, ", and ")
		p.say(line)
	}
}

// named are statements, for people.
func named(list []policy.Statement) string {
	var names []string
	for _, s := range list {
		name := s.Name()
		if s.Sid == "" && len(s.Principals.Items) == 0 { // a role's own: it says what, not whom
			name = map[bool]string{true: "Deny ", false: "Allow "}[s.Deny] + s.Actions.String() + " on " + s.Resources.String()
		}
		names = append(names, name)
	}
	return strings.Join(names, "; ")
}

// simulate puts a role's questions to IAM. Trouble of one action and one cause is
// one line.
func (p *permissions) simulate(ctx context.Context, simulated string, role seen.Role) (allowed, all int) {
	found := troubles{}
	for _, asked := range p.questions(simulated, role) {
		all += len(asked.Actions)
		decisions, err := p.roles.Simulate(ctx, asked.Asked)
		var u *seen.Unread
		if err != nil && (ctx.Err() != nil || errors.As(err, &u) && (u.Denied() || u.Throttled())) { // so are the others of this role
			l := unread(role.Name, err, simulation(asked.Asked, asked.Actions[0]))
			l.What += fmt.Sprintf("; %d of its questions were answered before", all-len(asked.Actions))
			p.say(l)
			break
		}
		for _, action := range asked.Actions {
			if err != nil {
				found.add(doctor.Unknown, action, asked.Resource, "IAM's simulator did not answer: "+err.Error(), simulation(asked.Asked, action))
				continue
			}
			i := slices.IndexFunc(decisions, func(d seen.Decision) bool { return strings.EqualFold(d.Action, action) })
			if i < 0 {
				found.add(doctor.Unknown, action, asked.Resource, "IAM's simulator gave no decision", simulation(asked.Asked, action))
				continue
			}
			d := decisions[i]
			d.Missing = untold(needed(d.Missing, role, action), asked.Context)
			state, why := judged(d, role, asked.foreign)
			if state == doctor.OK {
				allowed++
				continue
			}
			found.add(state, action, asked.Resource, why+asked.why[action], simulation(telling(asked.Asked, role, d), action))
		}
	}
	for _, t := range found.sorted() {
		p.say(t.line(role.Name))
	}
	return allowed, all
}

// needed are the condition keys that nobody told and that can matter: those of a
// statement about the action. Of policies whose text is not known every key can.
func needed(missing []string, role seen.Role, action string) []string {
	if role.Boundary != "" || len(role.Attached) > 0 {
		return missing
	}
	var statements []policy.Statement
	for _, text := range role.Inline {
		list, err := policy.Parse(text)
		if err != nil {
			return missing
		}
		statements = append(statements, list...)
	}
	matters := func(key string) bool {
		return slices.ContainsFunc(statements, func(s policy.Statement) bool {
			about := s.Actions.Not || slices.ContainsFunc(s.Actions.Items, func(item string) bool {
				return strings.EqualFold(item, action) || strings.ContainsAny(item, "*?")
			})
			return about && slices.ContainsFunc(s.Conditions, func(c policy.Condition) bool { return strings.EqualFold(c.Key, key) })
		})
	}
	return slices.DeleteFunc(slices.Clone(missing), func(key string) bool { return !matters(key) })
}

// untold leaves out keys that nobody told because the request has none: tags of
// lifeboat's own, of which a rehearsal tells all that there are, on what it made and in
// what it asks for, and the key that RDS has only where tags are part of another call. A
// policy that denies what carries such a tag names it in every question about what does
// not; IAM decides without it, as it does in the call itself. A key that was told, and is
// missing all the same, stays.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
func untold(missing []string, told map[string]any) []string {
	return slices.DeleteFunc(slices.Clone(missing), func(key string) bool {
		for name := range told {
			if strings.EqualFold(name, key) {
				return false
			}
		}
		of, tag, _ := strings.Cut(strings.ToLower(key), "/")
		tagged := (of == "aws:resourcetag" || of == "aws:requesttag") && strings.HasPrefix(tag, "lifeboat:")
		return tagged || strings.EqualFold(key, "rds:TagsFromRequest")
	})
}

// judged is what a decision means.
func judged(d seen.Decision, role seen.Role, foreign bool) (doctor.State, string) {
	switch {
	case d.ByOrganisation:
		return doctor.Wrong, "a service control policy of the organisation does not allow it (IAM shows no statement of these; whoever runs the organisation sees them)"
	case d.ByBoundary:
		return doctor.Wrong, "its permissions boundary " + role.Boundary + " does not allow it"
	case d.Explicit, d.Identity == "explicitDeny":
		return doctor.Wrong, "a statement denies it: " + cmp.Or(strings.Join(d.Statements, ", "), "IAM does not say which")
	case len(d.Missing) > 0:
		return doctor.Unknown, "IAM needs to know " + strings.Join(d.Missing, ", ") + ", which no rehearsal told"
	case d.Allowed, foreign && d.Identity == "allowed":
		return doctor.OK, ""
	case foreign && d.Identity == "":
		return doctor.Unknown, "it is another account's, and IAM did not tell what the role's own policies say"
	}
	return doctor.Wrong, "no statement of its policies allows it"
}

// question is some actions of a role on one resource in one context.
type question struct {
	seen.Asked
	// foreign: the resource is another account's.
	foreign bool
	why     map[string]string // by action: what makes AWS ask where the role never calls it
}

// questions of a role, as few calls as can be: those about one resource in one
// context go together.
func (p *permissions) questions(simulated string, role seen.Role) (list []question) {
	at := map[string]int{}
	for _, q := range p.n.Questions {
		if q.Principal != simulated {
			continue
		}
		context := p.context(q, role)
		text, _ := json.Marshal(context) // texts and lists of them
		key := q.Resource + " " + string(text)
		i, known := at[key]
		if !known {
			i = len(list)
			at[key] = i
			list = append(list, question{
				Asked:   seen.Asked{Role: role.ARN, Resource: p.names.of(q.Resource), Context: context},
				foreign: q.Owner != "" && q.Owner != p.n.Names.Account, why: map[string]string{},
			})
		}
		if !slices.Contains(list[i].Actions, q.Action) {
			list[i].Actions = append(list[i].Actions, q.Action)
		}
		if q.Why != "" {
			list[i].why[q.Action] = " (AWS asks because " + q.Why + ": " + q.Source + ")"
		}
	}
	return list
}

// context is what a request tells beside what IAM fills in by itself: the account,
// the id and the type of the principal, and its organisation.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html
func (p *permissions) context(q authz.Question, role seen.Role) map[string]any {
	context := map[string]any{
		"aws:SecureTransport": "true", "aws:ViaAWSService": "false", "aws:PrincipalIsAWSService": "false",
		"aws:PrincipalArn": role.ARN, "aws:ResourceAccount": cmp.Or(q.Owner, p.n.Names.Account),
	}
	if strings.HasPrefix(q.Action, "kms:") {
		context["kms:CallerAccount"] = p.n.Names.Account
	}
	maps.Copy(context, p.names.context(q.Context))
	return context
}

// simulation is the command that asks the same about one action.
func simulation(q seen.Asked, action string) string {
	command := "aws iam simulate-principal-policy --policy-source-arn " + q.Role + " --action-names " + action + " --resource-arns " + printable.ShellWord(q.Resource)
	for i, e := range q.Entries() {
		if i == 0 {
			command += " --context-entries"
		}
		values := make([]string, len(e.ContextKeyValues))
		for i, v := range e.ContextKeyValues {
			values[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) + `"`
		}
		command += " " + printable.ShellWord(`ContextKeyName="`+e.ContextKeyName+`",ContextKeyType=`+e.ContextKeyType+`,ContextKeyValues=`+strings.Join(values, ","))
	}
	return command
}

// telling is a question without the keys that change no answer: those of which the
// role's policies do not speak. What an organisation's or a boundary's do nobody
// here can read.
func telling(q seen.Asked, role seen.Role, d seen.Decision) seen.Asked {
	if d.ByOrganisation || role.Boundary != "" || len(role.Attached) > 0 {
		return q
	}
	q.Context = maps.Clone(q.Context)
	maps.DeleteFunc(q.Context, func(key string, _ any) bool {
		for _, text := range role.Inline {
			if strings.Contains(strings.ToLower(string(text)), strings.ToLower(key)) {
				return false
			}
		}
		return true
	})
	return q
}
