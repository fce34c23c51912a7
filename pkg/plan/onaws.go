package plan

import (
	"iter"
	"slices"
	"strings"
)

// OnAWS visits the databases that a deployment on AWS drills, with their
// workloads, in the plan's order.
func (p Plan) OnAWS() iter.Seq2[Workload, Database] {
	return func(yield func(Workload, Database) bool) {
		for _, w := range p.Workloads {
			for _, d := range w.Databases {
				if DrilledOnAWS(KindOf(d.Kind)) && !yield(w, d) {
					return
				}
			}
		}
	}
}

// Owner is the account of the databases; "" is the one that lifeboat is deployed
// to.
func (p Plan) Owner() string {
	if p.Accounts == nil {
		return ""
	}
	return p.Accounts.Primary
}

// CustomFunctions are the teams' own functions that check copies, each once.
func (p Plan) CustomFunctions() (arns []string) {
	for _, d := range p.OnAWS() {
		if d.CustomCheck != nil && !slices.Contains(arns, d.CustomCheck.Function) {
			arns = append(arns, d.CustomCheck.Function)
		}
	}
	return arns
}

// TokenUsers are the users that log in to copies with IAM tokens, each once.
func (p Plan) TokenUsers() (users []string) {
	for _, d := range p.OnAWS() {
		if d.Login == LoginIAM && !slices.Contains(users, d.User) {
			users = append(users, d.User)
		}
	}
	return users
}

// RecoveryKeys are those of the recovery points, sorted, each once.
type RecoveryKeys struct {
	ARNs []string // of keys
	// Aliases are names, "alias/orders", or ARNs of aliases.
	Aliases []string
	// Any: some database names no key, so its recovery points have whatever key
	// they have.
	Any bool
}

// Named tells whether the plan names any.
func (k RecoveryKeys) Named() bool { return len(k.ARNs)+len(k.Aliases) > 0 }

// RecoveryKeys are the keys that copies are restored with.
func (p Plan) RecoveryKeys() (found RecoveryKeys) {
	for _, d := range p.OnAWS() {
		switch key := d.Drill.KMSKey; {
		case key == "":
			found.Any = true
		case strings.Contains(key, "alias/"):
			found.Aliases = append(found.Aliases, key)
		default:
			found.ARNs = append(found.ARNs, key)
		}
	}
	slices.Sort(found.Aliases)
	slices.Sort(found.ARNs)
	found.Aliases, found.ARNs = slices.Compact(found.Aliases), slices.Compact(found.ARNs)
	return found
}
