package policy

import (
	"slices"
	"strings"
)

// pins are the condition keys that keep a statement within an account: whose a
// caller is, or on whose behalf a service calls.
var pins = []string{"aws:principalaccount", "aws:sourceaccount", "aws:sourceowner", "kms:calleraccount"}

// Outside is whether a statement lets in somebody who is not of an account:
// everybody, or another account. Services are AWS's, and act for somebody: they
// count as inside.
func (s Statement) Outside(account string) Hit {
	if s.Deny {
		return No
	}
	outside := told(s.Principals.Not)
	for _, p := range s.Principals.Items {
		kind, name, _ := strings.Cut(p, " ")
		switch {
		case p == "*", kind == "AWS" && AccountOf(name) != "" && AccountOf(name) != account:
			outside = Yes
		// A service acts for anybody who asks it, unless a condition says for whom.
		case kind == "AWS" && AccountOf(name) == "", kind == "Federated", kind == "CanonicalUser", kind == "Service":
			outside = max(outside, Unknown)
		}
	}
	if outside == No || len(s.Conditions) == 0 {
		return outside
	}
	if slices.ContainsFunc(s.Conditions, func(c Condition) bool {
		return slices.Contains(pins, c.Key) && c.Operator == "StringEquals" && slices.Equal(c.Values, []string{account})
	}) {
		return No
	}
	return Unknown
}

// Document of statements.
func Document(list []Statement) string {
	var texts []string
	for _, s := range list {
		texts = append(texts, s.JSON())
	}
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(texts, ",") + `]}`
}

// Mended is a policy without some of its statements and with others: those that
// have the name of one that comes give way to it.
func Mended(actual, without, with []Statement) []Statement {
	list := slices.DeleteFunc(slices.Clone(actual), func(s Statement) bool {
		return slices.ContainsFunc(without, func(other Statement) bool { return other.JSON() == s.JSON() }) ||
			slices.ContainsFunc(with, func(other Statement) bool { return s.Sid != "" && other.Sid == s.Sid })
	})
	return append(list, with...)
}

// Requests are what the statements of a policy let in, as somebody would ask it:
// one of each principal and action that is no pattern, with the conditions told.
func Requests(list []Statement) (all []Request) {
	for _, s := range list {
		if s.Deny {
			continue
		}
		told := map[string][]string{}
		for _, c := range s.Conditions {
			told[c.Key] = c.Values
		}
		for _, atom := range s.atoms() {
			principal, action := atom.Principals.Items, atom.Actions.Items
			if atom.Principals.Not || atom.Actions.Not || len(principal) == 0 || len(action) == 0 || strings.ContainsAny(principal[0]+action[0], "*") {
				continue
			}
			_, name, _ := strings.Cut(principal[0], " ")
			r := Request{Principal: name, Action: s.spelled[action[0]], Context: told}
			if len(atom.Resources.Items) > 0 {
				r.Resource = atom.Resources.Items[0]
			}
			all = append(all, r)
		}
	}
	return all
}
