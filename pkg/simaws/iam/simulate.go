package iam

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Evaluation of a request against policies alone.
type Evaluation struct{ Allowed, Explicit bool }

// Evaluator evaluates what identity policies say, whatever a resource's says.
type Evaluator func(policies []json.RawMessage, principal, action, resource string, context map[string]any) (Evaluation, error)

const (
	allowed      = "allowed"
	explicitDeny = "explicitDeny"
	implicitDeny = "implicitDeny"
)

func (e Evaluation) decision() string {
	switch {
	case e.Allowed:
		return allowed
	case e.Explicit:
		return explicitDeny
	}
	return implicitDeny
}

type simulateIn struct {
	PolicySourceArn string
	ActionNames     []string
	ResourceArns    []string
	ContextEntries  []entry
	MaxItems        *int
	Marker          *string
}

type entry struct {
	ContextKeyName   string
	ContextKeyType   string
	ContextKeyValues []string
}

type simulateOut struct {
	EvaluationResults []result `xml:"EvaluationResults>member"`
	IsTruncated       bool
	Marker            string `xml:",omitempty"`
}

type result struct {
	EvalActionName                    string
	EvalResourceName                  string
	EvalDecision                      string
	EvalDecisionDetails               *details          `xml:",omitempty"`
	MatchedStatements                 []matched         `xml:"MatchedStatements>member"`
	MissingContextValues              []string          `xml:"MissingContextValues>member"`
	OrganizationsDecisionDetail       *byOrganisation   `xml:",omitempty"`
	PermissionsBoundaryDecisionDetail *boundaryDecision `xml:",omitempty"`
	ResourceSpecificResults           []specific        `xml:"ResourceSpecificResults>member"`
}

type details struct {
	Entries []detail `xml:"entry"`
}

type detail struct {
	Key   string `xml:"key"`
	Value string `xml:"value"`
}

type matched struct {
	SourcePolicyID   string `xml:"SourcePolicyId"`
	SourcePolicyType string
	StartPosition    position
}

type position struct{ Line, Column int }

type byOrganisation struct{ AllowedByOrganizations bool }

type boundaryDecision struct{ AllowedByPermissionsBoundary bool }

type specific struct {
	EvalResourceName     string
	EvalResourceDecision string
	MatchedStatements    []matched `xml:"MatchedStatements>member"`
	MissingContextValues []string  `xml:"MissingContextValues>member"`
}

// perPage is what IAM answers at once where nobody says how much.
const perPage = 100

// simulate evaluates the role's policies, its boundary and the service control
// policies of its account. A denial of the organisation ends the evaluation, and
// shows no statement. Policies of resources are not looked up: for what belongs
// to another account the answer is no, with what the role's own policies say.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html
func (s *Service) simulate(c *wire.Call, in simulateIn) (simulateOut, error) {
	c.Touch(in.PolicySourceArn)
	if s.Evaluate == nil {
		return simulateOut{}, wire.Unknown("iam SimulatePrincipalPolicy: nothing evaluates policies here")
	}
	name := in.PolicySourceArn[strings.LastIndexByte(in.PolicySourceArn, '/')+1:]
	r, there := s.role(c.Account, name)
	if !there || r.arn(c.Region) != in.PolicySourceArn {
		return simulateOut{}, gone("The role with name " + name + " cannot be found.")
	}
	if len(in.ActionNames) == 0 {
		return simulateOut{}, wire.Errorf("ValidationError", "1 validation error detected: Value null at 'actionNames' failed to satisfy constraint: Member must not be null")
	}
	context, err := contextOf(in.ContextEntries)
	if err != nil {
		return simulateOut{}, err
	}
	resources := in.ResourceArns
	if len(resources) == 0 {
		resources = []string{"*"}
	}
	var all []result
	for _, action := range in.ActionNames {
		if service, name, ok := strings.Cut(action, ":"); !ok || service == "" || name == "" || strings.Contains(action, "*") {
			return simulateOut{}, wire.Errorf("InvalidInput", "Invalid Entity Action: %s", action)
		}
		if len(resources) > 1 {
			return simulateOut{}, wire.Unknown("iam SimulatePrincipalPolicy: more than one resource")
		}
		one, err := s.evaluate(r, in.PolicySourceArn, action, resources[0], context)
		if err != nil {
			return simulateOut{}, err
		}
		all = append(all, one)
	}
	return page(all, in)
}

func page(all []result, in simulateIn) (simulateOut, error) {
	from, most := 0, perPage
	if in.MaxItems != nil {
		most = *in.MaxItems
	}
	if in.Marker != nil {
		var err error
		if from, err = strconv.Atoi(*in.Marker); err != nil || from > len(all) {
			return simulateOut{}, wire.Errorf("InvalidInput", "Invalid Marker.")
		}
	}
	out := simulateOut{EvaluationResults: all[from:min(from+most, len(all))]}
	if next := from + most; next < len(all) {
		out.IsTruncated, out.Marker = true, strconv.Itoa(next)
	}
	return out, nil
}

// evaluate one action on one resource.
func (s *Service) evaluate(r Role, arn, action, resource string, context map[string]any) (result, error) {
	out := result{EvalActionName: action, EvalResourceName: resource}
	if scp := s.controls[r.account]; scp != nil {
		e, err := s.Evaluate([]json.RawMessage{scp}, arn, action, resource, context)
		if err != nil {
			return result{}, unevaluated(err)
		}
		if out.OrganizationsDecisionDetail = (&byOrganisation{e.Allowed}); !e.Allowed {
			out.EvalDecision = e.decision()
			return out, nil
		}
	}
	var policies []json.RawMessage
	names := slices.Concat(slices.Sorted(maps.Keys(r.Inline)), slices.Sorted(maps.Keys(r.Attached)))
	for _, name := range names {
		policies = append(policies, json.RawMessage(cmp.Or(r.Inline[name], r.Attached[name])))
	}
	own, err := s.Evaluate(policies, arn, action, resource, context)
	if err != nil {
		return result{}, unevaluated(err)
	}
	out.EvalDecision, out.MissingContextValues = own.decision(), untold(policies, action, context)
	if own.Explicit {
		if out.MatchedStatements, err = s.denying(names, policies, r, arn, action, resource, context); err != nil {
			return result{}, err
		}
	}
	if r.Boundary != "" {
		bounds := []json.RawMessage{json.RawMessage(r.BoundaryPolicy)}
		e, err := s.Evaluate(bounds, arn, action, resource, context)
		if err != nil {
			return result{}, unevaluated(err)
		}
		out.PermissionsBoundaryDecisionDetail = &boundaryDecision{e.Allowed}
		out.MissingContextValues = slices.Compact(slices.Sorted(slices.Values(append(out.MissingContextValues, untold(bounds, action, context)...))))
		if own.Allowed && !e.Allowed {
			out.EvalDecision = e.decision()
		}
	}
	if owner := ownerOf(resource); owner != "" && owner != r.account {
		out.EvalDecisionDetails = &details{[]detail{{"IAM Policy", out.EvalDecision}, {"Resource Policy", implicitDeny}}}
		out.EvalDecision = cmp.Or(map[bool]string{true: implicitDeny}[own.Allowed], out.EvalDecision)
	}
	return out, nil
}

// denying are the statements that deny, as IAM points at them: each evaluated
// alone.
func (s *Service) denying(names []string, policies []json.RawMessage, r Role, arn, action, resource string, context map[string]any) (list []matched, err error) {
	for i, policy := range policies {
		for _, statement := range statements(policy) {
			text, _ := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []json.RawMessage{statement}}) // it came from JSON
			e, err := s.Evaluate([]json.RawMessage{text}, arn, action, resource, context)
			if err != nil {
				return nil, unevaluated(err)
			}
			if e.Explicit {
				column := strings.Index(string(policy), string(statement)) + 1
				list = append(list, matched{"role_" + r.Name + "_" + names[i], "IAM Policy", position{1, column}})
			}
		}
	}
	return list, nil
}

func statements(policy json.RawMessage) (list []json.RawMessage) {
	var d struct{ Statement json.RawMessage }
	if json.Unmarshal(policy, &d) != nil {
		return nil
	}
	if json.Unmarshal(d.Statement, &list) != nil {
		return []json.RawMessage{d.Statement}
	}
	return list
}

// populated are the keys that the simulator fills in by itself.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html#policies_policy-simulator-condition-keys
var populated = []string{
	"aws:principalaccount", "aws:principalid", "aws:principaltype", "aws:type", "aws:userid", "aws:username",
	"aws:principalorgid", "aws:principalorgmasteraccountid", "aws:principalorgpaths",
}

// untold are the condition keys of statements about an action that the request
// does not tell.
func untold(policies []json.RawMessage, action string, context map[string]any) (missing []string) {
	told := map[string]bool{}
	for key := range context {
		told[strings.ToLower(key)] = true
	}
	for _, policy := range policies {
		for _, text := range statements(policy) {
			var s struct {
				Action    any
				Condition map[string]map[string]any
			}
			if json.Unmarshal(text, &s) != nil || !about(s.Action, action) {
				continue
			}
			for _, keys := range s.Condition {
				for key := range keys {
					if lower := strings.ToLower(key); !told[lower] && !slices.Contains(populated, lower) {
						missing = append(missing, key)
					}
				}
			}
		}
	}
	slices.Sort(missing)
	return slices.Compact(missing)
}

// about tells whether a statement's actions have one among them; of one that names
// what it is not about, it may.
func about(actions any, action string) bool {
	list, is := actions.([]any)
	if !is {
		list = []any{actions}
	}
	return slices.ContainsFunc(list, func(each any) bool {
		text, is := each.(string)
		prefix, wild := strings.CutSuffix(text, "*")
		return !is || strings.EqualFold(text, action) || wild && len(action) >= len(prefix) && strings.EqualFold(action[:len(prefix)], prefix)
	})
}

var keyTypes = []string{"string", "stringList", "numeric", "numericList", "boolean", "booleanList", "ip", "ipList", "binary", "binaryList", "date", "dateList"}

func contextOf(entries []entry) (map[string]any, error) {
	context := map[string]any{}
	for i, e := range entries {
		if !slices.Contains(keyTypes, e.ContextKeyType) {
			return nil, wire.Errorf("ValidationError", "1 validation error detected: Value '%s' at 'contextEntries.%d.member.contextKeyType' failed to satisfy constraint: Member must satisfy enum value set", e.ContextKeyType, i+1)
		}
		switch {
		case strings.HasSuffix(e.ContextKeyType, "List"):
			context[e.ContextKeyName] = e.ContextKeyValues
		case len(e.ContextKeyValues) == 1:
			context[e.ContextKeyName] = e.ContextKeyValues[0]
		default:
			return nil, wire.Errorf("InvalidInput", "The context key %s must have one value", e.ContextKeyName)
		}
	}
	return context, nil
}

func ownerOf(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 && len(parts[4]) == 12 {
		return parts[4]
	}
	return ""
}

func unevaluated(err error) error { return wire.Unknown("iam: %v", err) }

func gone(message string) error {
	return &wire.Error{Code: "NoSuchEntity", Status: http.StatusNotFound, Message: message}
}

// SetControl puts an account under a service control policy of its organisation;
// nil: it is in none.
func (s *Service) SetControl(account string, policy json.RawMessage) {
	if policy == nil {
		delete(s.controls, account)
		return
	}
	s.controls[account] = policy
}
