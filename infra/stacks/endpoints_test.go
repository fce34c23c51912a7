package stacks_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// passing is a question to IAM about a request that passes a VPC endpoint.
// Account is that of the role, Owner that of the resource; both are the
// deployment's by default.
type passing struct {
	request
	Account  string
	Owner    string
	Endpoint json.RawMessage // its policy
}

func (p passing) passes() passing { return p }

// endpointPolicies are those of a deployment, by the service's name.
func endpointPolicies(t *testing.T, a assembly) map[string]json.RawMessage {
	t.Helper()
	policies := map[string]json.RawMessage{}
	for id, r := range a.resources("AWS::EC2::VPCEndpoint") {
		name := text(t, a.recovery, r.Properties["ServiceName"])
		document, err := a.recovery.Resolve(r.Properties["PolicyDocument"])
		if err != nil {
			t.Fatal(err)
		}
		if document == nil {
			t.Errorf("%s: has no policy, and lets everything through", id)
			continue
		}
		policy, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		policies[name[strings.LastIndex(name, ".")+1:]] = policy
	}
	return policies
}

// through is a request by the endpoint of its service.
func through(policies map[string]json.RawMessage, q request, account, owner string) passing {
	service, _, _ := strings.Cut(q.Action, ":")
	p := passing{request: q, Account: account, Owner: owner, Endpoint: policies[service]}
	p.Context = map[string]any{"aws:PrincipalAccount": account, "aws:ResourceAccount": owner}
	for key, value := range q.Context {
		p.Context[key] = value
	}
	return p
}

const inside = "lifeboat-prod-validate-data"

// There is no way to the API of RDS: what it is asked about a copy is asked from
// outside.
func TestNothingInsideReachesRDS(t *testing.T) {
	a := synthesized(t)
	policies := endpointPolicies(t, a)
	if len(policies) != 2 || policies["dynamodb"] == nil || policies["secretsmanager"] == nil {
		t.Errorf("endpoints %v", slices.Sorted(maps.Keys(policies)))
	}
	for _, s := range statements(t, roles(t, a), inside) {
		for _, action := range s.Action {
			if s.Effect == "Allow" && strings.HasPrefix(action, "rds:") {
				t.Errorf("%s may %s", inside, action)
			}
		}
	}
}

// Whatever the validating function does in a rehearsal passes the endpoints, and
// so does what it may do in none.
func TestWhatIsNeededPassesTheEndpoints(t *testing.T) {
	a := synthesized(t)
	policies, identity := endpointPolicies(t, a), roles(t, a)
	var cases []passing
	asked := map[string]bool{}
	add := func(q request) {
		service, _, _ := strings.Cut(q.Action, ":")
		if q.Role == inside && policies[service] != nil {
			cases, asked[q.Action] = append(cases, through(policies, q, account, account)), true
		}
	}
	for _, q := range recorded(t) {
		add(q)
	}
	for _, s := range statements(t, identity, inside) {
		for _, action := range s.Action {
			service, _, _ := strings.Cut(action, ":")
			if s.Effect == "Allow" && policies[service] != nil && !asked[action] {
				t.Errorf("%s may %s, which no rehearsal asks for", inside, action)
			}
		}
	}
	if len(cases) < 3 {
		t.Errorf("%d questions: these say nothing", len(cases))
	}
	for i, got := range simulate(t, identity, cases) {
		if got != "Allowed" {
			t.Errorf("%s of %s %v: %s", cases[i].Action, cases[i].Resource, cases[i].Context, got)
		}
	}
}

// The endpoints, with roles that may do anything: what a function of a team's own
// needs passes, and nothing leaves the account, whose credentials ever are used.
func TestEndpointsEndAtTheAccount(t *testing.T) {
	const other = "444455556666"
	policies := endpointPolicies(t, synthesized(t))
	arn := func(service, account, resource string) string {
		return "arn:aws:" + service + ":" + home + ":" + account + ":" + resource
	}
	for name, c := range map[string]struct {
		reason           string
		action, resource string
		account, owner   string
		passes           bool
	}{
		"the run record":            {"the validating function writes it", "dynamodb:PutItem", arn("dynamodb", account, "table/lifeboat-prod"), account, account, true},
		"another table":             {"nobody inside needs one", "dynamodb:PutItem", arn("dynamodb", account, "table/orders"), account, account, false},
		"to read the record back":   {"only by key and in order", "dynamodb:Scan", arn("dynamodb", account, "table/lifeboat-prod"), account, account, false},
		"foreign table":             {"data would leave", "dynamodb:PutItem", arn("dynamodb", other, "table/lifeboat-prod"), account, other, false},
		"foreign credentials":       {"brought along by whoever got in", "dynamodb:PutItem", arn("dynamodb", other, "table/lifeboat-prod"), other, other, false},
		"foreign hands, our record": {"with a policy of the table's", "dynamodb:PutItem", arn("dynamodb", account, "table/lifeboat-prod"), other, account, false},
		"secret of a copy":          {"its password", "secretsmanager:GetSecretValue", arn("secretsmanager", account, "secret:rds!db-0123-AbCdEf"), account, account, true},
		"a team's own secret":       {"of a user that came back with the database", "secretsmanager:GetSecretValue", arn("secretsmanager", account, "secret:orders/app-AbCdEf"), account, account, true},
		"described before":          {"AWS's caching clients do", "secretsmanager:DescribeSecret", arn("secretsmanager", account, "secret:orders/app-AbCdEf"), account, account, true},
		"foreign secret, to read":   {"shared with this account", "secretsmanager:GetSecretValue", arn("secretsmanager", other, "secret:orders/app-AbCdEf"), account, other, false},
		"a secret written":          {"nothing inside needs to", "secretsmanager:PutSecretValue", arn("secretsmanager", account, "secret:orders/app-AbCdEf"), account, account, false},
		"foreign secret, to write":  {"data would leave", "secretsmanager:PutSecretValue", arn("secretsmanager", other, "secret:x-AbCdEf"), other, other, false},
	} {
		t.Run(name, func(t *testing.T) {
			everything := map[string][]json.RawMessage{"anybody": {json.RawMessage(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)}}
			by := through(policies, request{Role: "anybody", Action: c.action, Resource: c.resource}, c.account, c.owner)
			around := by
			around.Endpoint = nil
			got := simulate(t, everything, []passing{by, around})
			if (got[0] == "Allowed") != c.passes {
				t.Errorf("%s, want it let through: %t: %s", got[0], c.passes, c.reason)
			}
			if got[1] != "Allowed" {
				t.Errorf("without the endpoint: %s, so this says nothing", got[1])
			}
		})
	}
}

// The example of a customCheck passes the endpoints with all that it may do
// there.
func TestTheCustomCheckPassesTheEndpoints(t *testing.T) {
	text, err := os.ReadFile("../../examples/rds/check-orders/policy.json")
	if err != nil {
		t.Fatal(err)
	}
	identity, policies := map[string][]json.RawMessage{"check-orders": {text}}, endpointPolicies(t, synthesized(t))
	context := map[string]any{"aws:ResourceTag/aws:rds:primaryDBInstanceArn": rdsARN + "db:lifeboat-prod-0123456789ab"}
	resources := map[string]string{
		"secretsmanager:GetSecretValue": "arn:aws:secretsmanager:" + home + ":" + account + ":secret:rds!db-0123-AbCdEf",
	}
	var cases []passing
	for _, s := range statements(t, identity, "check-orders") {
		for _, action := range s.Action {
			if service, _, _ := strings.Cut(action, ":"); policies[service] != nil {
				cases = append(cases, through(policies, request{"check-orders", action, resources[action], context}, account, account))
			} else if !slices.Contains([]string{"ec2", "logs"}, service) { // which Lambda does from its own network
				t.Errorf("%s has no endpoint", action)
			}
		}
	}
	for i, got := range simulate(t, identity, cases) {
		if got != "Allowed" {
			t.Errorf("%s of %s: %s", cases[i].Action, cases[i].Resource, got)
		}
	}
	if len(cases) != len(resources) {
		t.Errorf("%d questions", len(cases))
	}
}

// So does what an exercise asks a throwaway from the inside, and nothing there reaches
// the API of RDS either.
func TestWhatRecoveriesNeedPassesTheEndpoints(t *testing.T) {
	const insideToo = "lifeboat-prod-query-copy"
	a := shaped(t, "recovery")
	policies, identity := endpointPolicies(t, a), roles(t, a)
	if diff := cmp.Diff([]string{"dynamodb", "secretsmanager"}, slices.Sorted(maps.Keys(policies))); diff != "" {
		t.Errorf("endpoints (-want +got):\n%s", diff)
	}
	var cases []passing
	asked := map[string]int{}
	for _, q := range needed(t, a.folder).Questions {
		role, service := strings.TrimPrefix(q.Principal, roleARN(account, "")), q.Action[:strings.IndexByte(q.Action, ':')]
		if (role == inside || role == insideToo) && policies[service] != nil {
			cases = append(cases, through(policies, request{role, q.Action, q.Resource, q.Context}, account, account))
			asked[role]++
		}
	}
	for i, got := range simulate(t, identity, cases) {
		if got != "Allowed" {
			t.Errorf("%s: %s of %s %v: %s", cases[i].Role, cases[i].Action, cases[i].Resource, cases[i].Context, got)
		}
	}
	if asked[inside] < 3 || asked[insideToo] == 0 {
		t.Errorf("questions: %v: these say nothing", asked)
	}
	for _, s := range statements(t, identity, insideToo) {
		for _, action := range s.Action {
			if s.Effect == "Allow" && strings.HasPrefix(action, "rds:") {
				t.Errorf("%s may %s", insideToo, action)
			}
		}
	}
}
