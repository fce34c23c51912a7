package backup

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// The access policy of a vault, as far as AWS Backup itself asks it: who copies
// into the vault from another account, and who deletes. A cloud that authorises its
// calls asks it of every call besides.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/create-a-vault-access-policy.html

type statement struct {
	Effect            string
	Principal         any
	Action, NotAction any
	Condition         map[string]map[string]any
}

// allows tells whether a policy lets a role of an account do something.
func allows(policy json.RawMessage, action, account, role string) (bool, error) {
	allowed, denied, err := decide(policy, action, account, role)
	return allowed && !denied, err
}

// denies tells whether a policy forbids it.
func denies(policy json.RawMessage, action, account, role string) (bool, error) {
	_, denied, err := decide(policy, action, account, role)
	return denied, err
}

func decide(policy json.RawMessage, action, account, role string) (allowed, denied bool, err error) {
	if policy == nil {
		return false, false, nil
	}
	var document struct{ Statement []statement }
	if err := json.Unmarshal(policy, &document); err != nil {
		return false, false, err
	}
	for _, st := range document.Statement {
		if st.NotAction != nil {
			return false, false, wire.Unknown("a vault's policy with NotAction")
		}
		if !slices.ContainsFunc(texts(st.Action), func(a string) bool { return like(strings.ToLower(a), strings.ToLower(action)) }) || !names(st.Principal, account, role) {
			continue
		}
		met, err := holds(st.Condition, account, role)
		if err != nil {
			return false, false, err
		}
		allowed, denied = allowed || met && st.Effect == "Allow", denied || met && st.Effect == "Deny"
	}
	return allowed, denied, nil
}

// names tells whether a principal is a role, its account, or everybody.
func names(principal any, account, role string) bool {
	if object, is := principal.(map[string]any); is {
		principal = object["AWS"]
	}
	return slices.ContainsFunc(texts(principal), func(p string) bool {
		return p == "*" || p == account || p == role || strings.HasSuffix(p, "::"+account+":root")
	})
}

// holds tells whether a statement's conditions are met, of the keys that say who
// asks.
func holds(condition map[string]map[string]any, account, role string) (bool, error) {
	known := map[string]string{"aws:principalarn": role, "aws:principalaccount": account, "aws:sourceaccount": account}
	for operator, keys := range condition {
		kind, negative := strings.CutPrefix(strings.NewReplacer("StringNot", "NotString", "ArnNot", "NotArn").Replace(operator), "Not")
		if !slices.Contains([]string{"StringEquals", "StringLike", "ArnEquals", "ArnLike"}, kind) {
			return false, wire.Unknown("the condition %s in a vault's policy", operator)
		}
		for key, values := range keys {
			value, told := known[strings.ToLower(key)]
			if !told {
				return false, wire.Unknown("the condition key %s in a vault's policy", key)
			}
			one := slices.ContainsFunc(texts(values), func(pattern string) bool {
				return pattern == value || kind != "StringEquals" && like(pattern, value)
			})
			if one == negative {
				return false, nil
			}
		}
	}
	return true, nil
}

// texts of what is one or a list of them.
func texts(value any) (list []string) {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		for _, each := range v {
			if text, is := each.(string); is {
				list = append(list, text)
			}
		}
	}
	return list
}

// PolicyOf is the access policy of the vault that an ARN names, or in which the
// recovery point that it names lies; nil: none.
func (s *Service) PolicyOf(arn string) json.RawMessage {
	for at, r := range s.regions {
		for _, v := range r.vaults {
			if vaultARN(at.account, at.region, v.Name) == arn {
				return v.Policy
			}
		}
		for _, p := range r.points {
			if v := r.vault(p.vault); p.ARN == arn && v != nil {
				return v.Policy
			}
		}
	}
	return nil
}
