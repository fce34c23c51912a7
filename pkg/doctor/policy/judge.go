package policy

import (
	"slices"
	"strings"
)

// Hit is whether a statement is about a request.
type Hit int

const (
	No Hit = iota
	Unknown
	Yes
)

// Request is what somebody asks of a resource.
type Request struct {
	Principal string // ARN of a role, or the name of a service
	Action    string
	Resource  string
	// Context is what the request tells. A key that is not in it is unknown: it may
	// be told all the same.
	Context map[string][]string
}

// Of is the account of the principal; "" of a service.
func (r Request) Of() string { return AccountOf(r.Principal) }

// Hits is whether a statement is about a request. What its principal's identity
// policies say is no matter of it: a statement that lets an account in counts as
// one that lets the request in.
func (s Statement) Hits(r Request) Hit {
	hit := min(s.Principals.ofPrincipal(r), s.Actions.of(strings.ToLower(r.Action)), s.Resources.of(r.Resource))
	for _, c := range s.Conditions {
		hit = min(hit, c.holds(r))
	}
	return hit
}

// Allowed is whether a policy lets a request in: some statement does, and none
// denies it. by is the statement that decides, nil where none does.
func Allowed(list []Statement, r Request) (hit Hit, by *Statement) {
	for i, s := range list {
		if s.Deny && s.Hits(r) == Yes {
			return No, &list[i]
		}
	}
	for i, s := range list {
		if !s.Deny {
			if h := s.Hits(r); h > hit {
				hit, by = h, &list[i]
			}
		}
	}
	for i, s := range list {
		if s.Deny && s.Hits(r) == Unknown && hit == Yes {
			return Unknown, &list[i]
		}
	}
	return hit, by
}

func told(b bool) Hit {
	if b {
		return Yes
	}
	return No
}

func not(h Hit) Hit { return Yes - h }

func (s Set) of(text string) Hit {
	if len(s.Items) == 0 {
		return Yes // a policy of a resource may leave its resource out
	}
	found := told(slices.ContainsFunc(s.Items, func(pattern string) bool { return glob(pattern, text) }))
	if s.Not {
		return not(found)
	}
	return found
}

// ofPrincipal: a role is hit by its ARN, by its account and by everybody. A
// session's ARN, or an id that stands for a principal that is gone, cannot be told.
func (s Set) ofPrincipal(r Request) Hit {
	hit := No
	for _, p := range s.Items {
		kind, name, _ := strings.Cut(p, " ")
		switch {
		case p == "*", r.Of() == "" && kind == "Service" && name == r.Principal,
			r.Of() != "" && name == "arn:*:iam::"+r.Of()+":root", kind == "AWS" && name == r.Principal:
			hit = Yes
		case kind == "AWS" && r.Of() != "" && (!strings.HasPrefix(name, "arn:") || strings.Contains(name, ":assumed-role/"+nameOf(r.Principal)+"/")):
			hit = max(hit, Unknown)
		}
	}
	if s.Not {
		return not(hit)
	}
	return hit
}

func nameOf(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// values of a key in a request; false: nobody knows.
func (r Request) values(key string) ([]string, bool) {
	switch key { // which follow from who asks
	case "aws:principalarn":
		if r.Of() != "" {
			return []string{r.Principal}, true
		}
	case "aws:principalaccount":
		if r.Of() != "" {
			return []string{r.Of()}, true
		}
	case "aws:securetransport":
		return []string{"true"}, true // every SDK and every service
	case "aws:principalisawsservice":
		return []string{map[bool]string{true: "true", false: "false"}[r.Of() == ""]}, true
	}
	for name, values := range r.Context {
		if strings.EqualFold(name, key) {
			return values, true
		}
	}
	return nil, false
}

// holds is whether a condition does.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
func (c Condition) holds(r Request) Hit {
	values, known := r.values(c.Key)
	if !known || slices.ContainsFunc(c.Values, func(v string) bool { return strings.Contains(v, "${") }) {
		return Unknown
	}
	matches := func(same func(pattern, value string) bool) Hit {
		return told(slices.ContainsFunc(values, func(v string) bool {
			return slices.ContainsFunc(c.Values, func(pattern string) bool { return same(pattern, v) })
		}))
	}
	equal := func(a, b string) bool { return a == b }
	switch strings.TrimSuffix(c.Operator, "IfExists") {
	case "StringEquals":
		return matches(equal)
	case "StringNotEquals":
		return not(matches(equal))
	case "StringEqualsIgnoreCase", "Bool":
		return matches(strings.EqualFold)
	case "StringNotEqualsIgnoreCase":
		return not(matches(strings.EqualFold))
	case "StringLike", "ArnLike", "ArnEquals":
		return matches(glob)
	case "StringNotLike", "ArnNotLike", "ArnNotEquals":
		return not(matches(glob))
	case "Null":
		return told(len(c.Values) == 1 && strings.EqualFold(c.Values[0], "false")) // the key is there
	}
	return Unknown
}
