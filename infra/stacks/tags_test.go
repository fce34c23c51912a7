package stacks_test

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/infra/stacks"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/authz"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
	"github.com/lifeboat-dr/lifeboat/pkg/world/template"
)

// taggedPlan has tags for everything, one of them named as the CDK names, and
// one database with a value of its own and with one more.
func taggedPlan(t *testing.T) plan.Plan {
	t.Helper()
	p := fleetPlan(t, 1, 2)
	p.Tags = map[string]string{"CostCenter": "4711", "Name": "lifeboat", "Kosten Träger": "Zahlung/Köln"}
	p.Workloads[0].Databases[1].Drill.Tags = map[string]string{"CostCenter": "4712", "Purpose": "drill"}
	if problems := p.Validate(); len(problems) > 0 {
		t.Fatal(problems)
	}
	return p
}

// tagless are the types that have no tags in CloudFormation, and why that is
// enough.
var tagless = map[string]string{
	"AWS::EC2::SecurityGroupEgress":         "a rule of a group, which has them",
	"AWS::EC2::SecurityGroupIngress":        "the same",
	"AWS::EC2::SubnetRouteTableAssociation": "an association of two that have them",
	"AWS::IAM::Policy":                      "inline, of a role that has them",
	"AWS::KMS::Alias":                       "a name of a key that has them",
	"AWS::Lambda::Permission":               "a statement of a function's policy",
	"AWS::Lambda::Version":                  "of a function that has them",
	"AWS::S3::BucketPolicy":                 "of a bucket that has them",
	"AWS::SNS::Subscription":                "of a topic that has them",
	"AWS::SNS::TopicPolicy":                 "the same",
	"AWS::SQS::QueuePolicy":                 "of a queue that has them",
	"AWS::Scheduler::Schedule":              "only its group can have them",
}

func TestTagsOfThePlanAreOnEveryResource(t *testing.T) {
	p := taggedPlan(t)
	a, err := synthesize(t, p, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := maps.Clone(p.Tags)
	want[deployed.TagDeployment] = p.Deployment
	tagged, without := 0, map[string]bool{}
	check := func(id, kind string, properties map[string]any) {
		if properties["Tags"] == nil {
			if without[kind] = true; tagless[kind] == "" {
				t.Errorf("%s of type %s has no tags", id, kind)
			}
			return
		}
		tagged++
		got, folded := map[string]string{}, map[string]string{}
		for _, tag := range properties["Tags"].([]any) {
			key, value := tag.(map[string]any)["Key"].(string), tag.(map[string]any)["Value"].(string)
			if other, twice := folded[strings.ToLower(key)]; twice {
				t.Errorf("%s has both %s and %s: a role cannot", id, key, other)
			}
			if folded[strings.ToLower(key)] = key; !strings.HasPrefix(key, "aws-cdk:") {
				got[key] = value
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s of type %s (-want +got):\n%s", id, kind, diff)
		}
	}
	for id, r := range a.recovery.Resources {
		check(id, r.Type, r.Properties)
	}
	for id, r := range a.kept.Resources {
		check("kept "+id, r.Type, r.Properties)
	}
	for kind := range tagless {
		if !without[kind] {
			t.Errorf("%s is on the list, and has tags or is not there", kind)
		}
	}
	t.Logf("%d resources with tags", tagged)
}

// CloudFormation is asked to make the stack with the tags, and hands them on.
func TestTagsOfThePlanAreOnTheStacks(t *testing.T) {
	p := taggedPlan(t)
	list, err := stacks.List(stacks.Props{Plan: p, Account: account, Version: "0.0.0", Assets: packages(t)})
	if err != nil {
		t.Fatal(err)
	}
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: jsii.String(t.TempDir()), Context: stacks.Context()})
	var deployment stacks.Deployment
	for _, stack := range list {
		if err := deployment.Make(app, stack); err != nil {
			t.Fatal(err)
		}
	}
	app.Synth(nil)
	want := maps.Clone(p.Tags)
	want[deployed.TagDeployment] = p.Deployment
	for _, made := range deployment.Stacks {
		got := map[string]string{}
		for key, value := range *made.Stack.Tags().TagValues() {
			got[key] = *value
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", made.Name, diff)
		}
	}
}

// A copy is made with the tags of the plan and of lifeboat, and with no others.
func TestCopiesAreMadeWithTheTagsOfThePlanOnly(t *testing.T) {
	p := taggedPlan(t)
	a, err := synthesize(t, p, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	policies := roles(t, a)
	base := map[string]string{"CostCenter": "4711", "Name": "lifeboat", "Kosten Träger": "Zahlung/Köln"}
	for _, key := range deployed.CopyTags {
		base[key] = "x"
	}
	base[deployed.TagDeployment] = "prod"
	var cases []request
	var want []bool
	var about []string
	for name, c := range map[string]struct {
		reason  string
		changes map[string]string // "-" takes away
		allowed bool
	}{
		"the plan's":             {"those of the first database's copies", nil, true},
		"of the database":        {"those of the second's", map[string]string{"CostCenter": "4712", "Purpose": "drill"}, true},
		"another key":            {"nobody gave it", map[string]string{"Stage": "prod"}, false},
		"a key in another case":  {"it is another tag", map[string]string{"CostCenter": "-", "costcenter": "4711"}, false},
		"another value":          {"no database has it", map[string]string{"CostCenter": "4713"}, false},
		"value in another case":  {"the same", map[string]string{"Name": "Lifeboat"}, false},
		"another of a few":       {"only one value is known of it", map[string]string{"Purpose": "production"}, false},
		"none of the plan's":     {"all copies have it", map[string]string{"CostCenter": "-"}, false},
		"not of this deployment": {"clean-up would not know it", map[string]string{deployed.TagDeployment: "-"}, false},
		"of another deployment":  {"that one's clean-up would take it", map[string]string{deployed.TagDeployment: "prod2"}, false},
	} {
		for _, action := range []string{"rds:RestoreDBInstanceFromDBSnapshot", "rds:RestoreDBInstanceToPointInTime", "rds:AddTagsToResource"} {
			context := map[string]any{"rds:PubliclyAccessible": "false", "rds:TagsFromRequest": "true"}
			tags := maps.Clone(base)
			maps.Copy(tags, c.changes)
			maps.DeleteFunc(tags, func(_, value string) bool { return value == "-" })
			for key, value := range tags {
				context["aws:RequestTag/"+key] = value
			}
			context["aws:TagKeys"] = slices.Sorted(maps.Keys(tags))
			cases = append(cases, request{"lifeboat-prod-start-restore", action, rdsARN + "db:lifeboat-prod-0123456789ab", context})
			want, about = append(want, c.allowed), append(about, name+": "+c.reason)
		}
	}
	for i, got := range simulate(t, policies, cases) {
		if (got == "Allowed") != want[i] {
			t.Errorf("%s: %s %v: %s", about[i], cases[i].Action, cases[i].Context, got)
		}
	}
}

// Drills of a plan with tags pass under its roles, where the organisation asks for
// them, for copies from a snapshot and from a point in time.
func TestDrillsWithTags(t *testing.T) {
	p := taggedPlan(t)
	a, err := synthesize(t, p, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]bool{}
	for name, backups := range map[string]sim.Backups{
		"point in time": {},
		"snapshot":      {NoReplica: true, Snapshots: []sim.Snapshot{{Kind: "manual", Age: sim.Duration(30 * time.Minute), CopiedAfter: sim.Duration(10 * time.Minute)}}},
	} {
		for _, d := range p.Workloads[0].Databases {
			w := open(t, a.folder, func(o *template.Options) {
				o.Scenario = sim.Scenario{Backups: backups, RequiredTags: map[string][]string{"CostCenter": {p.TagsOf(d)["CostCenter"]}, "Name": nil}}
				o.Asked = func(q authz.Question) { asked[q.Action] = true }
			})
			r, err := w.Rehearse(context.Background(), p.Workloads[0].Name+"/"+d.Name)
			if err != nil || r.Ending != drill.Passed {
				t.Fatalf("%s of %s: %v, %+v", name, d.Name, err, r.Rehearsal)
			}
			for _, trouble := range r.Refused {
				t.Errorf("%s of %s: %s", name, d.Name, trouble)
			}
		}
	}
	for _, action := range []string{"rds:RestoreDBInstanceFromDBSnapshot", "rds:RestoreDBInstanceToPointInTime", "rds:AddTagsToResource", "rds:DeleteDBInstance"} {
		if !asked[action] {
			t.Errorf("no drill asked for %s", action)
		}
	}
}

// What no policy may hold is refused before anything is deployed, whatever
// brought it into a policy.
func TestWhatNoPolicyMayHoldIsRefused(t *testing.T) {
	p := taggedPlan(t)
	p.Tags["Abteilung"] = "中文 Ökonomie"
	if _, err := synthesize(t, p, false, nil); err == nil || !strings.Contains(err.Error(), `takes no '中' in a policy`) {
		t.Errorf("a tag: %v", err)
	}
	p = adopting(t)
	p.Workloads[0].Databases[0].User = "prüferż"
	if _, err := synthesize(t, p, false, nil); err == nil || !strings.Contains(err.Error(), `takes no 'ż' in a policy`) {
		t.Errorf("a user: %v", err)
	}
}

// What the plan says of the size of tags refuses nothing that fits, and little
// is left to the synthesis.
func TestThePlanKnowsWhatTagsTakeOfAPolicy(t *testing.T) {
	size := func(p plan.Plan) (size int) {
		a, err := synthesize(t, p, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range a.resources("AWS::IAM::Role") {
			if r.Properties["RoleName"] == "lifeboat-"+p.Deployment+"-start-restore" {
				for _, policy := range r.Properties["Policies"].([]any) {
					document, err := a.recovery.Resolve(policy.(map[string]any)["PolicyDocument"])
					if err != nil {
						t.Fatal(err)
					}
					text, err := json.Marshal(document)
					if err != nil {
						t.Fatal(err)
					}
					size += len(text)
				}
			}
		}
		return size
	}
	small := examplePlan(t)
	small.Deployment, small.Tags = "p", map[string]string{"a": "b"}
	for name, p := range map[string]plan.Plan{"small": small, "example": examplePlan(t), "tags": taggedPlan(t), "adopting": adopting(t)} {
		got, said := size(p), plan.PolicyOfTags(p.CopyTags())
		t.Logf("%s: %d, of which tags at least %d", name, got, said)
		if got-said < plan.PolicyBesideTags {
			t.Errorf("%s: beside tags there are %d, and the plan believes in %d at least", name, got-said, plan.PolicyBesideTags)
		}
	}
}
