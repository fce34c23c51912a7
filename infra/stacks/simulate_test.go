package stacks_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/authz"
)

// policies of one question: those of its role, of the endpoint that it passes, and
// of what it is about. A key delegates to the role's account, or the role's own
// statement about it is void; what belongs to another account lets the role in.
type ofQuestion struct {
	roles map[string][]json.RawMessage
	passing
}

func (p ofQuestion) OfRole(arn string) []json.RawMessage {
	return p.roles[strings.TrimPrefix(arn, roleARN(p.Account, ""))]
}

func (p ofQuestion) OfResource(arn string) json.RawMessage {
	switch {
	case strings.HasPrefix(arn, "arn:aws:kms:"):
		return letsIn("arn:aws:iam::"+p.Account+":root", "kms:*")
	case p.Owner != p.Account:
		return letsIn(roleARN(p.Account, p.Role), p.Action)
	}
	return nil
}

func (p ofQuestion) OfEndpoint(string) json.RawMessage { return p.Endpoint }

func letsIn(principal, action string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":%q},"Action":%q,"Resource":"*"}]}`, principal, action))
}

func roleARN(account, name string) string { return "arn:aws:iam::" + account + ":role/" + name }

// simulate asks an implementation of IAM's evaluation by other people. It answers
// with Allowed, ImplicitlyDenied or ExplicitlyDenied.
func simulate[Case interface{ passes() passing }](t *testing.T, policies map[string][]json.RawMessage, cases []Case) (results []string) {
	t.Helper()
	e := theEvaluator(t)
	for _, c := range cases {
		p := c.passes()
		p.Account = cmp.Or(p.Account, account)
		p.Owner = cmp.Or(p.Owner, p.Account)
		q := authz.Question{Principal: roleARN(p.Account, p.Role), Action: p.Action, Resource: p.Resource, Owner: p.Owner, Context: p.Context}
		if p.Endpoint != nil {
			q.Endpoint = "vpce"
		}
		answer, err := e.Ask(q, ofQuestion{policies, p})
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case answer.Allowed:
			results = append(results, "Allowed")
		case answer.Explicit:
			results = append(results, "ExplicitlyDenied")
		default:
			results = append(results, "ImplicitlyDenied")
		}
	}
	return results
}
