package constructs

import (
	"maps"
	"slices"
	"strings"
)

// keys lets RDS open encrypted recovery points in the role's name. The key's own
// policy must allow it as well, which the deployment prints.
//
// Where a database names none it is whatever key its recovery points have: only
// RDS can tell, so the statement is cut to what RDS asks for on our behalf. An
// alias is no resource that a policy could name: it is asked whether the key has
// it.
// https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
func (s Scope) keys() []Statement { return s.ofKeys(s.useKeys) }

// lookAtKeys only, without any use.
func (s Scope) lookAtKeys() []Statement {
	return s.ofKeys(func(suffix string, keys []string, has map[string]any) []Statement {
		return []Statement{lookAtKeys(suffix, keys, has)}
	})
}

// ofKeys makes statements of the keys that the plan names, of any where a database
// names none, and of those that have an alias.
func (s Scope) ofKeys(statementsOf func(suffix string, keys []string, has map[string]any) []Statement) []Statement {
	named := slices.Clone(s.Keys.ARNs)
	if s.Keys.Any {
		named = append(named, s.anyKey())
	}
	var statements []Statement
	if len(named) > 0 {
		statements = append(statements, statementsOf("", named, nil)...)
	}
	if len(s.Keys.Aliases) > 0 {
		var places, names []string
		for _, alias := range s.Keys.Aliases {
			place, name := s.alias(alias)
			places, names = append(places, place), append(names, name)
		}
		slices.Sort(places)
		has := map[string]any{"ForAnyValue:StringEquals": map[string]any{"kms:ResourceAliases": names}}
		statements = append(statements, statementsOf("WithAlias", slices.Compact(places), has)...)
	}
	return statements
}

// alias is where the key of an alias lies, and the alias's name.
func (s Scope) alias(alias string) (place, name string) {
	at := strings.Index(alias, ":alias/")
	if at < 0 {
		return s.anyKey(), alias
	}
	return alias[:at] + ":key/*", alias[at+1:]
}

func (s Scope) useKeys(suffix string, keys []string, has map[string]any) []Statement {
	viaRDS := viaService(s.Names, "rds")
	maps.Copy(viaRDS, has)
	return []Statement{
		lookAtKeys(suffix, keys, has),
		{
			Sid: "KeysForRDS" + suffix, Reason: "RDS opens the recovery point for us", Actions: []string{"kms:CreateGrant", "kms:Decrypt"},
			Resources: keys, Conditions: viaRDS,
		},
	}
}

func lookAtKeys(suffix string, keys []string, has map[string]any) Statement {
	return Statement{
		Sid: "LookAtKeys" + suffix, Reason: "preflight: a key that cannot be used fails the restore late",
		Actions: []string{"kms:DescribeKey"}, Resources: keys, Conditions: has,
	}
}
