package stacks_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/authz"
)

// evaluator is an implementation of IAM's evaluation by other people. Its process
// ends with that of the tests.
var evaluator = sync.OnceValues(func() (*authz.Evaluator, error) { return authz.Start("../..") })

// ofRoles are the policies of roles, by name. A key delegates to its account, or a
// role's own statement about it is void.
type ofRoles map[string][]json.RawMessage

func (p ofRoles) OfRole(arn string) []json.RawMessage {
	return p[strings.TrimPrefix(arn, roleARN(""))]
}

func (ofRoles) OfResource(arn string) json.RawMessage {
	if !strings.HasPrefix(arn, "arn:aws:kms:") {
		return nil
	}
	return json.RawMessage(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + account + `:root"},"Action":"kms:*","Resource":"*"}]}`)
}

func (ofRoles) OfEndpoint(string) json.RawMessage { return nil }

func roleARN(name string) string { return "arn:aws:iam::" + account + ":role/" + name }

// simulate answers with Allowed, ImplicitlyDenied or ExplicitlyDenied.
func simulate(t *testing.T, policies map[string][]json.RawMessage, cases []request) (results []string) {
	t.Helper()
	e, err := evaluator()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		// The key may be another account's: that its policy lets the role in is
		// not what is asked here.
		answer, err := e.Ask(authz.Question{Principal: roleARN(c.Role), Action: c.Action, Resource: c.Resource, Owner: account, Context: c.Context}, ofRoles(policies))
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
