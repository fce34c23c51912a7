package policy

import "slices"

// Missing are the wanted statements that a policy does not cover: for each
// principal, action and resource of one some statement of the same effect must be
// there that asks for no more conditions. How statements are cut does not count.
func Missing(wanted, actual []Statement) (missing []Statement) {
	for _, w := range wanted {
		for _, atom := range w.atoms() {
			if !slices.ContainsFunc(actual, func(a Statement) bool { return a.covers(atom) }) {
				missing = append(missing, w)
				break
			}
		}
	}
	return missing
}

// Additional are the statements of a policy that no wanted one covers.
func Additional(wanted, actual []Statement) (list []Statement) {
	for _, a := range actual {
		for _, atom := range a.atoms() {
			if !slices.ContainsFunc(wanted, func(w Statement) bool { return w.covers(atom) }) {
				list = append(list, a)
				break
			}
		}
	}
	return list
}

// atoms are a statement taken apart into one principal, action and resource each.
func (s Statement) atoms() (list []Statement) {
	for _, principal := range s.Principals.each() {
		for _, action := range s.Actions.each() {
			for _, resource := range s.Resources.each() {
				one := s
				one.Principals, one.Actions, one.Resources = principal, action, resource
				list = append(list, one)
			}
		}
	}
	return list
}

// each is what a set can be taken apart into; one that names what it is not
// cannot.
func (s Set) each() []Set {
	if s.Not || len(s.Items) == 0 {
		return []Set{s}
	}
	var list []Set
	for _, item := range s.Items {
		list = append(list, Set{Items: []string{item}})
	}
	return list
}

// covers is whether a statement says all that another one does.
func (s Statement) covers(other Statement) bool {
	return s.Deny == other.Deny && s.Principals.covers(other.Principals) && s.Actions.covers(other.Actions) && s.Resources.covers(other.Resources) &&
		!slices.ContainsFunc(s.Conditions, func(c Condition) bool {
			return !slices.ContainsFunc(other.Conditions, c.wider)
		})
}

func (s Set) covers(other Set) bool {
	if s.Not || other.Not {
		return s.Not == other.Not && slices.Equal(s.Items, other.Items)
	}
	return !slices.ContainsFunc(other.Items, func(item string) bool {
		return !slices.ContainsFunc(s.Items, func(pattern string) bool { return pattern == item || glob(pattern, item) })
	})
}

// wider is whether a condition holds wherever the other does: it is the same one,
// with all values of the other.
func (c Condition) wider(other Condition) bool {
	if c.Operator != other.Operator || c.Key != other.Key {
		return false
	}
	if slices.Equal(c.Values, other.Values) {
		return true
	}
	switch c.Operator { // others are wider with fewer values, or by no such rule
	case "StringEquals", "StringLike", "ArnLike", "ArnEquals":
		return !slices.ContainsFunc(other.Values, func(v string) bool { return !slices.Contains(c.Values, v) })
	}
	return false
}

// glob matches * and ?, as IAM does.
func glob(pattern, text string) bool {
	for pattern != "" {
		switch {
		case pattern[0] == '*':
			for i := 0; i <= len(text); i++ {
				if glob(pattern[1:], text[i:]) {
					return true
				}
			}
			return false
		case text == "" || pattern[0] != '?' && pattern[0] != text[0]:
			return false
		}
		pattern, text = pattern[1:], text[1:]
	}
	return text == ""
}
