// Package policy reads the policies of resources, the deployment's and AWS's, in
// one form, and judges them: what one lacks of another, and whether a statement
// hits a request. AWS's own simulator evaluates no resource policies, so what is
// said here is lifeboat's judgement, in three values: what cannot be told from a
// statement is unknown.
//
// AWS returns a policy otherwise than it was put: lists of one are plain texts, an
// account's id is its root's ARN, the order is another. Both sides are read into
// the same form, so that none of it counts.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
package policy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Statement of a policy.
type Statement struct {
	Sid        string
	Deny       bool
	Principals Set // "*", "AWS arn:...", "Service events.amazonaws.com"
	Actions    Set // in lower case: IAM's have none
	Resources  Set
	Conditions []Condition

	raw     json.RawMessage
	spelled map[string]string // actions as they were written
}

// Said are the actions as they were written.
func (s Statement) Said() string {
	said := Set{Not: s.Actions.Not}
	for _, action := range s.Actions.Items {
		said.Items = append(said.Items, s.spelled[action])
	}
	return said.String()
}

// Set is of patterns; Not: everything else.
type Set struct {
	Not   bool
	Items []string // sorted
}

// Condition is one operator with one key.
type Condition struct {
	Operator, Key string   // the key in lower case
	Values        []string // sorted
}

// JSON is the statement as it was written.
func (s Statement) JSON() string {
	var compact strings.Builder
	encoder := json.NewEncoder(&compact)
	encoder.SetEscapeHTML(false)
	var plain any
	if json.Unmarshal(s.raw, &plain) != nil || encoder.Encode(plain) != nil {
		return string(s.raw)
	}
	return strings.TrimSpace(compact.String())
}

// Name is the statement's, for people: its Sid, or what it is about.
func (s Statement) Name() string {
	if s.Sid != "" {
		return s.Sid
	}
	effect := "Allow"
	if s.Deny {
		effect = "Deny"
	}
	return effect + " " + s.Said() + " to " + s.Principals.String()
}

func (s Set) String() string {
	if s.Not {
		return "all but " + strings.Join(s.Items, ", ")
	}
	return strings.Join(s.Items, ", ")
}

// Parse reads a document; nil has no statements.
func Parse(text []byte) ([]Statement, error) {
	if len(text) == 0 {
		return nil, nil
	}
	var document struct{ Statement json.RawMessage }
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("a policy that is no JSON: %w", err)
	}
	var raw []json.RawMessage
	if json.Unmarshal(document.Statement, &raw) != nil {
		raw = []json.RawMessage{document.Statement}
	}
	var list []Statement
	for _, one := range raw {
		s, err := parse(one)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

func parse(raw json.RawMessage) (Statement, error) {
	var in struct {
		Sid, Effect                                                       string
		Principal, NotPrincipal, Action, NotAction, Resource, NotResource any
		Condition                                                         map[string]map[string]any
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return Statement{}, fmt.Errorf("a statement of a policy: %w", err)
	}
	if in.Effect != "Allow" && in.Effect != "Deny" {
		return Statement{}, fmt.Errorf("a statement of a policy has the effect %q", in.Effect)
	}
	s := Statement{Sid: in.Sid, Deny: in.Effect == "Deny", raw: raw}
	s.Principals = set(principals(in.Principal), principals(in.NotPrincipal))
	s.spelled = map[string]string{}
	for _, action := range append(texts(in.Action), texts(in.NotAction)...) {
		s.spelled[strings.ToLower(action)] = action
	}
	s.Actions = set(lower(texts(in.Action)), lower(texts(in.NotAction)))
	s.Resources = set(texts(in.Resource), texts(in.NotResource))
	for operator, keys := range in.Condition {
		for key, values := range keys {
			s.Conditions = append(s.Conditions, Condition{operator, strings.ToLower(key), sorted(texts(values))})
		}
	}
	slices.SortFunc(s.Conditions, func(a, b Condition) int { return strings.Compare(a.Operator+a.Key, b.Operator+b.Key) })
	return s, nil
}

func set(items, not []string) Set {
	if len(not) > 0 {
		return Set{true, sorted(not)}
	}
	return Set{false, sorted(items)}
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

// texts are the values of an element: one, or a list. Booleans and numbers are as
// good as their texts.
func texts(value any) []string {
	switch v := value.(type) {
	case nil:
		return nil
	case []any:
		var list []string
		for _, one := range v {
			list = append(list, texts(one)...)
		}
		return list
	case string:
		return []string{v}
	}
	return []string{fmt.Sprint(value)}
}

func lower(list []string) []string {
	for i := range list {
		list[i] = strings.ToLower(list[i])
	}
	return list
}

// principals in one form: everybody is "*" however it is written, and an account
// its root.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func principals(value any) []string {
	kinds, ok := value.(map[string]any)
	if !ok {
		return texts(value)
	}
	var list []string
	for kind, values := range kinds {
		for _, one := range texts(values) {
			switch {
			case one == "*" && kind == "AWS":
				list = append(list, "*")
			case kind == "AWS" && isAccount(one):
				list = append(list, "AWS arn:*:iam::"+one+":root")
			case kind == "AWS" && strings.HasSuffix(one, ":root"):
				list = append(list, "AWS arn:*:iam::"+AccountOf(one)+":root")
			default:
				list = append(list, kind+" "+one)
			}
		}
	}
	return list
}

func isAccount(text string) bool {
	return len(text) == 12 && strings.Trim(text, "0123456789") == ""
}

// AccountOf is the account in an ARN; "" where it names none.
func AccountOf(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 && isAccount(parts[4]) {
		return parts[4]
	}
	return ""
}
