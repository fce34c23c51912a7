package account

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

func TestDecisions(t *testing.T) {
	bounded := seen.Role{Name: "r", Boundary: "arn:aws:iam::111122223333:policy/b"}
	for name, c := range map[string]struct {
		reason  string
		d       seen.Decision
		foreign bool
		want    doctor.State
		says    string
	}{
		"allowed":              {"the plain case", seen.Decision{Allowed: true}, false, doctor.OK, ""},
		"key is missing":       {"what IAM could not evaluate is never ok", seen.Decision{Allowed: true, Missing: []string{"aws:SourceVpc"}}, false, doctor.Unknown, "aws:SourceVpc"},
		"key and no":           {"with the key it might be allowed", seen.Decision{Missing: []string{"aws:SourceVpc"}}, false, doctor.Unknown, "aws:SourceVpc"},
		"denied all the same":  {"no key takes a denial back", seen.Decision{Explicit: true, Missing: []string{"aws:SourceVpc"}}, false, doctor.Wrong, "a statement denies it"},
		"by the organisation":  {"it ends the evaluation", seen.Decision{ByOrganisation: true, Explicit: true}, false, doctor.Wrong, "service control policy"},
		"by the boundary":      {"it is named", seen.Decision{ByBoundary: true}, false, doctor.Wrong, "policy/b"},
		"not allowed":          {"nobody says so", seen.Decision{}, false, doctor.Wrong, "no statement"},
		"foreign, yes":         {"the owner's policy is not looked up: the role's own part counts", seen.Decision{Identity: "allowed"}, true, doctor.OK, ""},
		"foreign, no":          {"the role's own part lacks", seen.Decision{Identity: "implicitDeny"}, true, doctor.Wrong, "no statement"},
		"foreign, untold":      {"IAM said nothing of that part", seen.Decision{}, true, doctor.Unknown, "another account"},
		"own, told as foreign": {"the decision counts where the resource is ours", seen.Decision{Identity: "allowed"}, false, doctor.Wrong, "no statement"},
	} {
		if got, why := judged(c.d, bounded, c.foreign); got != c.want || !strings.Contains(why, c.says) {
			t.Errorf("%s: %s: %s %q", name, c.reason, got, why)
		}
	}
}

// What carries none of lifeboat's tags is asked about without them; whatever else nobody
// told stays open.
func TestKeysThatTheRequestLacks(t *testing.T) {
	told := map[string]any{"aws:ResourceTag/lifeboat:deployment": "prod", "aws:TagKeys": []string{"lifeboat:deployment"}}
	for name, c := range map[string]struct {
		reason string
		key    string
		stays  bool
	}{
		"our tag":        {"a copy of a drill has no purpose", "aws:ResourceTag/lifeboat:purpose", false},
		"asked for":      {"nor is one asked for", "aws:requesttag/lifeboat:purpose", false},
		"of the request": {"tags are not part of another call", "rds:TagsFromRequest", false},
		"told":           {"IAM has it, and says that it lacks", "aws:resourceTag/lifeboat:deployment", true},
		"theirs":         {"a team may put it on anything", "aws:ResourceTag/team", true},
		"of a principal": {"nobody tells those of roles", "aws:PrincipalTag/lifeboat:purpose", true},
		"anything else":  {"nobody knows", "aws:SourceVpc", true},
	} {
		if got := untold([]string{c.key}, told); (len(got) == 1) != c.stays {
			t.Errorf("%s: %s: %v", name, c.reason, got)
		}
	}
}

// A key that only statements about other actions have cannot change the answer.
func TestKeysThatMatter(t *testing.T) {
	inline := func(text string) map[string]json.RawMessage {
		return map[string]json.RawMessage{"p": json.RawMessage(text)}
	}
	const policy = `{"Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"aws:SourceVpc":"v"}}},
		{"Effect":"Deny","NotAction":"kms:Decrypt","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}},
		{"Effect":"Deny","Action":"rds:*","Resource":"*","Condition":{"StringEquals":{"aws:UserAgent":"x"}}}]}`
	all := []string{"aws:SourceVpc", "aws:multifactorauthpresent", "aws:UserAgent"}
	for name, c := range map[string]struct {
		reason string
		role   seen.Role
		action string
		want   []string
	}{
		"its own":  {"case does not count, and NotAction is about what it does not name", seen.Role{Inline: inline(policy)}, "s3:getobject", all},
		"others":   {"what may match by a wildcard counts", seen.Role{Inline: inline(policy)}, "sqs:SendMessage", all[1:]},
		"bounded":  {"nobody has read the boundary", seen.Role{Inline: inline(`{"Statement":[]}`), Boundary: "b"}, "sqs:SendMessage", all},
		"attached": {"nor what is attached", seen.Role{Inline: inline(`{"Statement":[]}`), Attached: []string{"a"}}, "sqs:SendMessage", all},
		"nothing":  {"no statement has a condition", seen.Role{Inline: inline(`{"Statement":[]}`)}, "sqs:SendMessage", []string{}},
		"no JSON":  {"what cannot be read may say anything", seen.Role{Inline: inline(`{`)}, "sqs:SendMessage", all},
	} {
		if diff := cmp.Diff(c.want, needed(all, c.role, c.action)); diff != "" {
			t.Errorf("%s: %s:\n%s", name, c.reason, diff)
		}
	}
}

// named gives the physical ids of a stack.
type formed map[string]string

func (f formed) Stack(context.Context, string) (seen.Stack, bool, error) {
	return seen.Stack{}, true, nil
}
func (f formed) Template(context.Context, string) ([]byte, error)             { return nil, nil }
func (f formed) Resources(context.Context, string) (map[string]string, error) { return f, nil }

// The account's ids take the place of the simulation's, also within others.
func TestIdsOfTheAccount(t *testing.T) {
	template := cfn.Template{Name: "s", Where: cfn.Where{Partition: "aws", Region: "eu-central-1", Account: "111122223333"}, Resources: map[string]cfn.Resource{
		"Key": {Type: "AWS::KMS::Key"}, "Role": {Type: "AWS::IAM::Role"}, "Role2": {Type: "AWS::IAM::Role"},
	}}
	names, err := rename(context.Background(), cfn.Assembly{Stacks: []cfn.Template{template}}, here[Stacks](formed{
		"Key": "real-key", "Role": "s-Role-ABC", "Role2": "s-Role2-DEF", "Gone": "x",
	}))
	if err != nil {
		t.Fatal(err)
	}
	key, err := template.Attribute("Key", "Arn")
	if err != nil {
		t.Fatal(err)
	}
	if got := names.of(key + " s-Role2 s-Role"); got != "arn:aws:kms:eu-central-1:111122223333:key/real-key s-Role2-DEF s-Role-ABC" {
		t.Error(got)
	}
	context := names.context(map[string]any{"one": key, "more": []string{key}})
	if context["one"] != "arn:aws:kms:eu-central-1:111122223333:key/real-key" || context["more"].([]string)[0] != context["one"] {
		t.Error(context)
	}
}

func TestTheCommandAsksTheSame(t *testing.T) {
	q := seen.Asked{Role: "arn:aws:iam::111122223333:role/r", Actions: []string{"s3:PutObject", "s3:GetObject"}, Resource: "arn:aws:s3:::b/it's", Context: map[string]any{
		"aws:TagKeys": []string{"a", "b"}, "aws:SecureTransport": "true", "aws:ResourceTag/live": "true", "s3:max-keys": "5",
	}}
	want := `aws iam simulate-principal-policy --policy-source-arn arn:aws:iam::111122223333:role/r --action-names s3:GetObject --resource-arns 'arn:aws:s3:::b/it'\''s'` +
		` --context-entries 'ContextKeyName="aws:ResourceTag/live",ContextKeyType=string,ContextKeyValues="true"'` +
		` 'ContextKeyName="aws:SecureTransport",ContextKeyType=boolean,ContextKeyValues="true"'` +
		` 'ContextKeyName="aws:TagKeys",ContextKeyType=stringList,ContextKeyValues="a","b"'` +
		` 'ContextKeyName="s3:max-keys",ContextKeyType=numeric,ContextKeyValues="5"'`
	if diff := cmp.Diff(want, simulation(q, "s3:GetObject")); diff != "" {
		t.Error(diff)
	}
	only := telling(q, seen.Role{Inline: map[string]json.RawMessage{"p": json.RawMessage(`{"Condition":{"Bool":{"AWS:securetransport":"true"}}}`)}}, seen.Decision{})
	if len(only.Context) != 1 || only.Context["aws:SecureTransport"] != "true" || len(q.Context) != 4 {
		t.Errorf("%v", only.Context)
	}
}
