package stacks_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/onbehalf"
)

const (
	home   = "eu-central-1"
	rdsARN = "arn:aws:rds:" + home + ":" + account + ":"
)

// request is one question to IAM.
type request struct {
	Role     string
	Action   string
	Resource string
	Context  map[string]any
}

// passes: it passes no endpoint.
func (r request) passes() passing { return passing{request: r} }

// statement of a role, resolved.
type statement struct {
	Sid, Effect           string
	Action                oneOrMore
	Resource, NotResource oneOrMore
	Condition             map[string]any
}

type oneOrMore []string

func (o *oneOrMore) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*o = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(o))
}

// roles are the policies of the synthesized roles, by the role's name.
func roles(t *testing.T, a assembly) map[string][]json.RawMessage {
	t.Helper()
	policies := map[string][]json.RawMessage{}
	for _, r := range a.resources("AWS::IAM::Role") {
		name, named := r.Properties["RoleName"].(string)
		if !named {
			continue // made by the CDK for the flow log
		}
		list, _ := r.Properties["Policies"].([]any)
		for _, p := range list {
			document, err := a.recovery.Resolve(p.(map[string]any)["PolicyDocument"])
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(document)
			if err != nil {
				t.Fatal(err)
			}
			policies[name] = append(policies[name], text)
		}
	}
	return policies
}

func statements(t *testing.T, policies map[string][]json.RawMessage, role string) (list []statement) {
	t.Helper()
	for _, p := range policies[role] {
		var document struct{ Statement []statement }
		if err := json.Unmarshal(p, &document); err != nil {
			t.Fatal(err)
		}
		list = append(list, document.Statement...)
	}
	return list
}

// targets of the matrix: whose they are.
var targets = map[string]struct{ name, deployment string }{
	"production":       {"orders-prod", ""},
	"untagged":         {"lifeboat", ""},
	"tagged only":      {"orders-prod", "prod"},
	"prefix only":      {"lifeboat-prod-0123456789ab", ""},
	"other deployment": {"lifeboat-prod2-0123456789ab", "prod2"},
	"other, our tag":   {"lifeboat-prod2-0123456789ab", "prod"},
	"ours":             {"lifeboat-prod-0123456789ab", "prod"},
}

// mayDo is who may do what to ours; nobody may do anything to the rest.
var mayDo = map[string][]string{
	"rds:ModifyDBInstance":                {"lifeboat-prod-cleanup", "lifeboat-prod-sweeper", "lifeboat-prod-prepare-login"},
	"rds:DeleteDBInstance":                {"lifeboat-prod-cleanup", "lifeboat-prod-sweeper"},
	"rds:AddTagsToResource":               {"lifeboat-prod-start-restore"},
	"rds:RemoveTagsFromResource":          nil,
	"rds:DeleteDBSnapshot":                nil,
	"rds:RestoreDBInstanceFromDBSnapshot": {"lifeboat-prod-start-restore"},
	"rds:RestoreDBInstanceToPointInTime":  {"lifeboat-prod-start-restore"},
}

// Production is sacred: every role, every action that changes something, every
// kind of target.
func TestOnlyOursCanBeChanged(t *testing.T) {
	policies := roles(t, synthesized(t))
	var cases []request
	var want []bool
	var about []string
	for role := range policies {
		for action, who := range mayDo {
			for kind, target := range targets {
				// A restore has the tags in its request, the others find them on the target.
				key := "aws:ResourceTag/lifeboat:deployment"
				resource := rdsARN + "db:" + target.name
				public := []string{""}
				if strings.HasPrefix(action, "rds:Restore") || action == "rds:AddTagsToResource" {
					key, public = "aws:RequestTag/lifeboat:deployment", []string{"false", "true", ""}
				}
				if action == "rds:DeleteDBSnapshot" {
					resource = rdsARN + "snapshot:" + target.name
				}
				for _, p := range public {
					context := map[string]any{}
					if target.deployment != "" {
						context[key], context["aws:TagKeys"] = target.deployment, []string{"lifeboat:deployment"}
					}
					restores := strings.HasPrefix(action, "rds:Restore")
					if p != "" && restores {
						context["rds:PubliclyAccessible"] = p
					}
					if action == "rds:AddTagsToResource" && p == "false" {
						context["rds:TagsFromRequest"] = "true"
					}
					private := p == "false" || !restores && action != "rds:AddTagsToResource"
					cases = append(cases, request{role, action, resource, context})
					want = append(want, kind == "ours" && slices.Contains(who, role) && private)
					about = append(about, kind)
				}
			}
		}
	}
	allowed := 0
	for i, got := range simulate(t, policies, cases) {
		if (got == "Allowed") != want[i] {
			t.Errorf("%s: %s of %s (%s, %v): %s", cases[i].Role, cases[i].Action, cases[i].Resource, about[i], cases[i].Context, got)
		}
		if want[i] {
			allowed++
		}
	}
	t.Logf("%d questions about %d roles, %d allowed", len(cases), len(policies), allowed)
	if allowed == 0 {
		t.Error("nothing is allowed: the matrix says nothing")
	}
}

// No role has an action with a wildcard, and "*" as a resource only with
// actions that take no other.
func TestNoWildcardActions(t *testing.T) {
	ofShapes := map[string]map[string][]json.RawMessage{}
	for _, shape := range []string{"example", "recovery", "recovery-backups"} {
		ofShapes[shape] = roles(t, shaped(t, shape))
	}
	onlyStar := map[string]string{ // https://docs.aws.amazon.com/service-authorization/latest/reference/
		"rds:DescribeEvents":                     "no resource type that a source identifier could be cut to",
		"rds:DescribeAccountAttributes":          "no resource type",
		"rds:DescribeDBMajorEngineVersions":      "the same",
		"rds:DescribeDBEngineVersions":           "the same",
		"rds:DescribeOrderableDBInstanceOptions": "the same",
		"rds:DescribeDBSubnetGroups":             "listed to find what is missing",
		"rds:DescribeDBParameterGroups":          "the same",
		"rds:DescribeOptionGroups":               "the same",
		"cloudwatch:PutMetricData":               "no resource type; cut to the namespace",
		"cloudwatch:GetMetricData":               "no resource type",
		"backup:ListBackupPlans":                 "no resource type",
		"backup:DescribeBackupJob":               "no resource type",
		"backup:ListBackupJobs":                  "no resource type",
		"backup:ListCopyJobs":                    "no resource type",
		"backup:DescribeRegionSettings":          "no resource type",
		"tag:GetResources":                       "no resource type",
		"kms:DescribeKey":                        "AWS Backup's: each database has its own key",
		"kms:CreateGrant":                        "the same; only for services of AWS, and through RDS",
		"states:SendTaskSuccess":                 "no resource type; a token names its own task",
		"ec2:CreateNetworkInterface":             "Lambda's network access, as AWS documents it",
		"ec2:DescribeNetworkInterfaces":          "the same",
		"ec2:DeleteNetworkInterface":             "the same",
		"ec2:DescribeSubnets":                    "the same",
		"ec2:AssignPrivateIpAddresses":           "the same",
		"ec2:UnassignPrivateIpAddresses":         "the same",
		"logs:CreateLogDelivery":                 "Step Functions' log, as AWS documents it",
		"logs:GetLogDelivery":                    "the same",
		"logs:UpdateLogDelivery":                 "the same",
		"logs:DeleteLogDelivery":                 "the same",
		"logs:ListLogDeliveries":                 "the same",
		"logs:PutResourcePolicy":                 "the same",
		"logs:DescribeResourcePolicies":          "the same",
		"logs:DescribeLogGroups":                 "the same",
	}
	used := map[string]bool{}
	for shape, policies := range ofShapes {
		for role := range policies {
			for _, s := range statements(t, policies, role) {
				for _, action := range s.Action {
					if strings.Contains(action, "*") {
						t.Errorf("%s, %s: %s has a wildcard", shape, role, action)
					}
					if s.Effect == "Allow" && slices.Contains(s.Resource, "*") {
						used[action] = true
						if onlyStar[action] == "" {
							t.Errorf("%s, %s: %s is allowed on *", shape, role, action)
						}
					}
				}
			}
		}
	}
	for action := range onlyStar {
		if !used[action] {
			t.Errorf("%s is on the list and nowhere else", action)
		}
	}
}

// Only the user that the plan names may log in with a token, and only to check.
func TestTokenLogin(t *testing.T) {
	p := examplePlan(t)
	p.Workloads[0].Databases[0].Login, p.Workloads[0].Databases[0].User = "iam", "drill"
	a, err := synthesize(t, p, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.findings) > 0 {
		t.Error(a.findings)
	}
	user := "arn:aws:rds-db:" + home + ":" + account + ":dbuser:db-ABCDEFGHIJKL01234/"
	cases := []request{
		{"lifeboat-prod-validate-data", "rds-db:connect", user + "drill", nil},
		{"lifeboat-prod-validate-data", "rds-db:connect", user + "admin", nil},
		{"lifeboat-prod-cleanup", "rds-db:connect", user + "drill", nil},
	}
	got := simulate(t, roles(t, a), cases)
	if got[0] != "Allowed" || got[1] == "Allowed" || got[2] == "Allowed" {
		t.Errorf("drill, admin, another function: %v", got)
	}
}

// Where copies are made in the region of their source, a point in time is
// restored from that instance, and from no other.
func TestPointInTimeOfALivingInstance(t *testing.T) {
	p := examplePlan(t)
	p.Regions.Primary, p.Regions.Recovery = home, ""
	p.Workloads[0].Databases[0].Drill.Scenario = "operator-error"
	a, err := synthesize(t, p, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.findings) > 0 {
		t.Error(a.findings)
	}
	source := p.Workloads[0].Databases[0].Source
	cases := []request{
		{"lifeboat-prod-start-restore", "rds:RestoreDBInstanceToPointInTime", rdsARN + "db:" + source, nil},
		{"lifeboat-prod-start-restore", "rds:RestoreDBInstanceToPointInTime", rdsARN + "db:another", nil},
		{"lifeboat-prod-start-restore", "rds:DeleteDBInstance", rdsARN + "db:" + source, nil},
		{"lifeboat-prod-cleanup", "rds:RestoreDBInstanceToPointInTime", rdsARN + "db:" + source, nil},
	}
	got := simulate(t, roles(t, a), cases)
	if got[0] != "Allowed" || slices.Contains(got[1:], "Allowed") {
		t.Errorf("its source, another, deleting it, another function: %v", got)
	}
}

// Whatever the plan says of the keys of its databases, each database's recovery
// points open with its own, and an alias is never a policy's resource.
func TestKeysOfRecoveryPoints(t *testing.T) {
	const (
		named   = "arn:aws:kms:" + home + ":" + account + ":key/11111111-1111-1111-1111-111111111111"
		other   = "arn:aws:kms:" + home + ":" + account + ":key/22222222-2222-2222-2222-222222222222"
		foreign = "arn:aws:kms:" + home + ":999988887777:key/33333333-3333-3333-3333-333333333333"
	)
	policiesOf := map[string]map[string][]json.RawMessage{} // of plans with these keys
	for name, c := range map[string]struct {
		reason string
		keys   []string // of the plan's databases, "" for one that names none
		key    string
		alias  string // that the key has
		opens  bool
	}{
		"none named":              {"whatever key it is", []string{""}, other, "", true},
		"its own":                 {"the plan names it", []string{named}, named, "", true},
		"another":                 {"the plan names one", []string{named}, other, "", false},
		"one named, one not":      {"the second database has whatever key it has", []string{named, ""}, other, "", true},
		"one named, one not, its": {"the first keeps its own", []string{named, ""}, named, "", true},
		"foreign and none":        {"that of another account is named beside", []string{foreign, ""}, foreign, "", true},
		"alias":                   {"the key has it", []string{"alias/orders"}, other, "alias/orders", true},
		"another alias":           {"the key has another", []string{"alias/orders"}, other, "alias/stock", false},
		"no alias":                {"the key has none", []string{"alias/orders"}, other, "", false},
		"alias of an account":     {"it lies there", []string{"arn:aws:kms:" + home + ":999988887777:alias/orders"}, foreign, "alias/orders", true},
		"alias, other account":    {"that is another key with the same alias", []string{"arn:aws:kms:" + home + ":999988887777:alias/orders"}, other, "alias/orders", false},
		"key and alias":           {"both are named", []string{named, "alias/orders"}, named, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			plan := strings.Join(c.keys, " ")
			if policiesOf[plan] == nil {
				p := fleetPlan(t, 1, len(c.keys))
				for i, key := range c.keys {
					p.Workloads[0].Databases[i].Drill.KMSKey = key
				}
				a, err := synthesize(t, p, false, nil)
				if err != nil {
					t.Fatal(err)
				}
				policiesOf[plan] = roles(t, a)
			}
			policies := policiesOf[plan]
			var cases []request
			for _, action := range []string{"kms:DescribeKey", "kms:Decrypt", "kms:CreateGrant"} {
				context := map[string]any{"kms:ViaService": "rds." + home + ".amazonaws.com"}
				if c.alias != "" {
					context["kms:ResourceAliases"] = []string{c.alias}
				}
				cases = append(cases, request{"lifeboat-prod-start-restore", action, c.key, context})
			}
			for i, got := range simulate(t, policies, cases) {
				if (got == "Allowed") != c.opens {
					t.Errorf("%s: %s: %s", c.reason, cases[i].Action, got)
				}
			}
			for _, s := range statements(t, policies, "lifeboat-prod-start-restore") {
				for _, resource := range s.Resource {
					if strings.Contains(resource, "alias/") {
						t.Errorf("%s names %s", s.Sid, resource)
					}
				}
			}
		})
	}
}

// Of several starts for one scheduled time all but one give the lock back.
func TestLostRaceIsAllowedToEndHarmlessly(t *testing.T) {
	got := simulate(t, roles(t, synthesized(t)), []request{{"lifeboat-prod-claim-slot", "dynamodb:DeleteItem", "arn:aws:dynamodb:" + home + ":" + account + ":table/lifeboat-prod", nil}})
	if got[0] != "Allowed" {
		t.Errorf("giving the lock back: %s", got[0])
	}
}

// The policy of the example of a customCheck is enough for what it does, and
// lets it do nothing else.
func TestPolicyOfTheCustomCheck(t *testing.T) {
	policy, err := os.ReadFile("../../examples/rds/check-orders/policy.json")
	if err != nil {
		t.Fatal(err)
	}
	ours := map[string]any{"aws:ResourceTag/aws:rds:primaryDBInstanceArn": rdsARN + "db:lifeboat-prod-0123456789ab"}
	theirs := map[string]any{"aws:ResourceTag/aws:rds:primaryDBInstanceArn": rdsARN + "db:orders-prod"}
	secret := "arn:aws:secretsmanager:" + home + ":" + account + ":secret:rds!db-0123-AbCdEf"
	cases := []request{
		{"check-orders", "secretsmanager:GetSecretValue", secret, ours},
	}
	for _, row := range onbehalf.Table {
		if row.On == "AWS::Lambda::Function" && row.With == "VpcConfig" && row.Principal == "" {
			for _, q := range row.Asks {
				cases = append(cases, request{"check-orders", q.Action, q.Resource, nil})
			}
		}
	}
	allowed := len(cases)
	cases = append(cases,
		request{"check-orders", "secretsmanager:GetSecretValue", secret, theirs},
		request{"check-orders", "rds:DescribeDBInstances", rdsARN + "db:lifeboat-prod-0123456789ab", nil},
		request{"check-orders", "rds:ModifyDBInstance", rdsARN + "db:lifeboat-prod-0123456789ab", nil},
	)
	for i, got := range simulate(t, map[string][]json.RawMessage{"check-orders": {policy}}, cases) {
		if (got == "Allowed") != (i < allowed) {
			t.Errorf("%s of %s: %s", cases[i].Action, cases[i].Resource, got)
		}
	}
}
