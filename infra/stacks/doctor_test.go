package stacks_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/cloudformation"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/iam"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	doctors "github.com/lifeboat-dr/lifeboat/pkg/doctor/account"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	simulated "github.com/lifeboat-dr/lifeboat/pkg/simaws/cloudformation"
	"github.com/lifeboat-dr/lifeboat/pkg/world/template"
)

// patient is an account with the deployment of examples/rds in it, of which a
// doctor knows what the assembly asks.
type patient struct {
	*template.World
	t     *testing.T
	needs doctors.Needs
	plan  plan.Plan // as its file has it now
	// version of lifeboat that asks.
	version string
	// simulator answers in the place of IAM's; nil: that does.
	simulator func(seen.Asked, []seen.Decision) ([]seen.Decision, error)
}

// Simulate is IAM's, as far as nothing is put in its place.
func (m meddled) Simulate(ctx context.Context, q seen.Asked) ([]seen.Decision, error) {
	list, err := m.Roles.Simulate(ctx, q)
	if err == nil && m.with != nil {
		return m.with(q, list)
	}
	return list, err
}

type meddled struct {
	doctors.Roles
	with func(seen.Asked, []seen.Decision) ([]seen.Decision, error)
}

var (
	learning sync.Once
	learned  doctors.Needs
)

func newPatient(t *testing.T, w *template.World, needs doctors.Needs) *patient {
	return &patient{World: w, t: t, needs: needs, plan: needs.Plan, version: "0.0.0"}
}

// admitted deploys an assembly into a judged world, and drills each of its databases
// once. What the doctor compares it with is the example's, whatever is deployed.
func admitted(t *testing.T, folder string) *patient {
	t.Helper()
	learning.Do(func() { learned = needed(t, synthesized(t).folder) })
	p := newPatient(t, open(t, folder, nil), learned)
	for _, name := range p.Databases() {
		if r, err := p.Rehearse(context.Background(), name); err != nil || r.Ending != "Passed" {
			t.Fatalf("%s ended %s: %v", name, r.Ending, err)
		}
	}
	return p
}

// ofRoles are the areas of roles and stacks.
var ofRoles = []string{"version", "permissions", "unproven"}

// examine asks about these areas, as the CLI does.
func (p *patient) examine(areas ...string) doctor.Report {
	var checks []doctor.Check
	for _, c := range examinerOf(p.t, p, nil).Checks() {
		if c.Area == "permissions" && p.simulator != nil {
			sdk := p.SDK(p.Where().Region)
			checkout := doctors.Checkout{PlanFile: "lifeboat.yaml", PlanHash: p.plan.Hash(), Version: p.version}
			stacks := doctors.Regions[doctors.Stacks]{Account: p.Where().Account, In: func(region string) doctors.Stacks { return cloudformation.New(p.SDK(region)) }}
			c = doctors.Permissions(p.needs, checkout, stacks, meddled{iam.New(sdk, nil), p.simulator})
		}
		if slices.Contains(areas, c.Area) {
			checks = append(checks, c)
		}
	}
	if len(checks) != len(areas) {
		p.t.Errorf("of %q there are %d", areas, len(checks))
	}
	where := p.Where()
	return doctor.Examine(context.Background(), p.Now(), "prod in "+where.Account+" "+where.Region, checks)
}

// lines of a report, for people.
func linesOf(r doctor.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: healthy %t\n", r.Where, r.Healthy())
	for _, l := range r.Lines {
		fmt.Fprintf(&b, "\n%-7s %s, %s (%s)\n        %s\n", l.State, l.Area, l.Subject, l.Basis, l.What)
		if l.Command != "" {
			fmt.Fprintf(&b, "        $ %s\n", l.Command)
		}
	}
	return strings.ReplaceAll(b.String(), scratch, "<scratch>")
}

// golden compares a text with a file, or writes it with -update.
func goldenText(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil { //nolint:gosec // a page for people
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: write it with -update (-file +got):\n%s", file, diff)
	}
}

// A deployment that was drilled once is healthy, line by line.
func TestDoctorOfAHealthyAccount(t *testing.T) {
	report := admitted(t, synthesized(t).folder).examine(ofRoles...)
	if !report.Healthy() {
		t.Error("it is not healthy")
	}
	goldenText(t, "doctor-healthy.txt", linesOf(report))
}

// Roles of every shape are allowed all that they are asked: also where what they
// read is another account's, and in other partitions.
func TestDoctorOfEveryShape(t *testing.T) {
	of := maps.Clone(shapes)
	maps.Copy(of, recovers)
	for name := range of {
		t.Run(name, func(t *testing.T) {
			a := shaped(t, name)
			p := newPatient(t, open(t, a.folder, nil), needed(t, a.folder))
			p.version = a.output(t, "Version")
			for _, l := range p.examine("version", "permissions").Lines {
				if l.State != doctor.OK {
					t.Errorf("%s %s: %s\n%s", l.State, l.Subject, l.What, l.Command)
				}
			}
		})
	}
}

// An account is only read.
func TestDoctorOnlyReads(t *testing.T) {
	p := admitted(t, synthesized(t).folder)
	before := len(p.Cloud().Calls())
	p.examine(ofRoles...)
	for _, call := range p.Cloud().Calls()[before:] {
		reads := slices.ContainsFunc([]string{"Get", "List", "Describe", "Simulate", "Test", "Validate", "Head"}, func(verb string) bool { return strings.HasPrefix(call.Operation, verb) })
		if !reads {
			t.Errorf("%s %s", call.Service, call.Operation)
		}
	}
}

// ill are kinds of trouble in an account, each planted alone: the doctor says it in
// one line at least, and nothing that is not its consequence.
var ill = map[string]struct {
	reason string
	plant  func(*testing.T, *patient)
	deploy func(*testing.T) assembly // what is deployed instead; nil: the checkout's
	found  []string                  // in one line: area, state and texts
	lines  int                       // that are not ok
}{
	"statement": {
		reason: "somebody removed one of a role's policy",
		plant: func(t *testing.T, p *patient) {
			editPolicy(t, p, "lifeboat-prod-cleanup", func(s []any) []any {
				return slices.DeleteFunc(s, func(each any) bool {
					return strings.Contains(fmt.Sprint(each.(object)["Action"]), "rds:DeleteDBInstance")
				})
			})
		},
		found: []string{"permissions", "wrong", "lifeboat-prod-cleanup", "may not rds:DeleteDBInstance", "no statement of its policies allows it"},
		lines: 2, // what is missing, and what cannot be done therefore
	},
	"deny": {
		reason: "somebody added a policy that denies",
		plant: func(_ *testing.T, p *patient) {
			p.roleNamed("lifeboat-prod-record-evidence").Policies["freeze"] = json.RawMessage(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:PutObject","Resource":"*"}]}`)
		},
		found: []string{"permissions", "wrong", "lifeboat-prod-record-evidence", "may not s3:PutObject", "a statement denies it", "freeze 1:"},
		lines: 2,
	},
	"attached": {
		reason: "a managed policy allows more than the template",
		plant: func(_ *testing.T, p *patient) {
			p.roleNamed("lifeboat-prod-sweeper").Attached = map[string]json.RawMessage{"arn:aws:iam::aws:policy/AmazonRDSFullAccess": everythingOfRDS}
		},
		found: []string{"permissions", "wrong", "lifeboat-prod-sweeper", "AmazonRDSFullAccess"},
		lines: 1,
	},
	"trust": {
		reason: "the function cannot take its role",
		plant: func(_ *testing.T, p *patient) {
			p.roleNamed("lifeboat-prod-claim-slot").Trust = json.RawMessage(`{"Version":"2012-10-17","Statement":[]}`)
		},
		found: []string{"permissions", "wrong", "lifeboat-prod-claim-slot", "trust policy", "lacks"},
		lines: 1,
	},
	"control": {
		reason: "the organisation forbids restores in this region",
		plant: func(_ *testing.T, p *patient) {
			p.Cloud().IAM.SetControl(account, json.RawMessage(`{"Version":"2012-10-17","Statement":[
				{"Effect":"Allow","Action":"*","Resource":"*"},
				{"Effect":"Deny","Action":"rds:RestoreDBInstance*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-central-1"}}}]}`))
		},
		found: []string{"permissions", "wrong", "lifeboat-prod-start-restore", "may not rds:RestoreDBInstanceToPointInTime", "service control policy"},
		lines: 2, // from a snapshot as well
	},
	"boundary": {
		reason: "a team of platforms bounds every role, without Secrets Manager",
		plant: func(_ *testing.T, p *patient) {
			r := p.roleNamed("lifeboat-prod-validate-data")
			r.Boundary = "arn:aws:iam::" + account + ":policy/team-boundary"
			r.BoundaryPolicy = json.RawMessage(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":"secretsmanager:*","Resource":"*"}]}`)
		},
		found: []string{"permissions", "wrong", "lifeboat-prod-validate-data", "may not secretsmanager:GetSecretValue", "permissions boundary arn:aws:iam::" + account + ":policy/team-boundary"},
		lines: 1,
	},
	"role": {
		reason: "somebody deleted it",
		plant:  func(_ *testing.T, p *patient) { p.roleNamed("lifeboat-prod-sweeper").Name = "renamed" },
		found:  []string{"permissions", "wrong", "lifeboat-prod-sweeper", "no such role"},
		lines:  1,
	},
	"other version": {
		reason: "the checkout is not what is deployed",
		deploy: func(t *testing.T) assembly { return shaped(t, "next version") },
		found:  []string{"version", "wrong", "lifeboat-prod", "version 0.0.1 is deployed, and here is 0.0.0;", "AwaitEventFunction", "more", "make deploy PLAN=lifeboat.yaml"},
		lines:  1,
	},
	"other plan": {
		reason: "somebody deployed a plan that is not in this checkout",
		deploy: func(t *testing.T) assembly {
			p := examplePlan(t)
			p.Workloads[0].Owner = "another team"
			a, err := synthesize(t, p, false, nil)
			if err != nil {
				t.Fatal(err)
			}
			return a
		},
		found: []string{"version", "wrong", "lifeboat-prod", "the plan ", "is deployed, and here is", "make deploy PLAN=lifeboat.yaml"},
		lines: 1,
	},
	"stack": {
		reason: "evidence would go nowhere",
		plant:  func(_ *testing.T, p *patient) { p.Cloud().Stacks.Remove(account, home, "lifeboat-prod-kept") },
		found:  []string{"version", "wrong", "lifeboat-prod-kept", "no such stack", "make deploy PLAN=lifeboat.yaml"},
		lines:  2, // the names of what it made cannot be read
	},
	"failed": {
		reason: "the last deployment failed",
		plant: func(_ *testing.T, p *patient) {
			s := p.Cloud().Stacks.Find(account, home, "lifeboat-prod")
			s.Status, s.Reason = "UPDATE_ROLLBACK_FAILED", "the network of the function is in use"
		},
		found: []string{"version", "wrong", "lifeboat-prod", "UPDATE_ROLLBACK_FAILED", "in use"},
		lines: 1,
	},
	"stale": {
		reason: "the plan file was changed after the synthesis",
		plant: func(_ *testing.T, p *patient) {
			p.plan.Notify = append(slices.Clone(p.plan.Notify), "another@example.com")
		},
		found: []string{"version", "unknown", "synthesized earlier", "make doctor PLAN=lifeboat.yaml"},
		lines: 1,
	},
	"key": {
		reason: "IAM wants to know what nobody told: allowed or not, that is not ok",
		plant: func(_ *testing.T, p *patient) {
			p.simulator = func(q seen.Asked, list []seen.Decision) ([]seen.Decision, error) {
				for i := range list {
					if list[i].Action == "rds:DeleteDBInstance" && strings.HasSuffix(q.Role, "-cleanup") {
						list[i].Missing = []string{"aws:ResourceTag/lifeboat:deployment"}
					}
				}
				return list, nil
			}
		},
		found: []string{"permissions", "unknown", "lifeboat-prod-cleanup", "whether it may rds:DeleteDBInstance", "aws:ResourceTag/lifeboat:deployment"},
		lines: 1,
	},
	"key of others": {
		reason: "a key of a statement about something else cannot matter, and is no trouble: another question has one",
		plant: func(_ *testing.T, p *patient) {
			p.simulator = func(_ seen.Asked, list []seen.Decision) ([]seen.Decision, error) {
				for i := range list {
					list[i].Missing = []string{"aws:SourceVpc"}
				}
				return slices.DeleteFunc(list, func(d seen.Decision) bool { return d.Action == "rds:DescribeEvents" }), nil
			}
		},
		found: []string{"permissions", "unknown", "rds:DescribeEvents", "gave no decision"},
		lines: 1,
	},
	"throttled": {
		reason: "IAM is asked too much: what it did not answer is not known",
		plant: func(_ *testing.T, p *patient) {
			p.simulator = func(q seen.Asked, list []seen.Decision) ([]seen.Decision, error) {
				if strings.HasSuffix(q.Role, "-release-slot") {
					return nil, seen.Cannot(&smithy.GenericAPIError{Code: "Throttling"}, "what the role may", "iam:SimulatePrincipalPolicy")
				}
				return list, nil
			}
		},
		found: []string{"permissions", "unknown", "lifeboat-prod-release-slot", "too much"},
		lines: 1,
	},
	"no right to simulate": {
		reason: "whoever asks may not: nothing is ok therefore",
		plant:  func(_ *testing.T, p *patient) { p.Forbid("iam:SimulatePrincipalPolicy") },
		found:  []string{"permissions", "unknown", "lifeboat-prod-sweeper", "iam:SimulatePrincipalPolicy"},
		lines:  21,
	},
	"no right to see roles": {
		reason: "the same",
		plant:  func(_ *testing.T, p *patient) { p.Forbid("iam:GetRole") },
		found:  []string{"permissions", "unknown", "lifeboat-prod-sweeper", "iam:GetRole"},
		lines:  21,
	},
	"no right to see stacks": {
		reason: "the same",
		plant:  func(_ *testing.T, p *patient) { p.Forbid("cloudformation:*") },
		found:  []string{"version", "unknown", "lifeboat-prod", "cloudformation:DescribeStacks"},
		lines:  4,
	},
}

var everythingOfRDS = json.RawMessage(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"rds:*","Resource":"*"}]}`)

func TestDoctorFindsEachTrouble(t *testing.T) {
	for name, c := range ill {
		t.Run(name, func(t *testing.T) {
			deployed := synthesized
			if c.deploy != nil {
				deployed = c.deploy
			}
			p := admitted(t, deployed(t).folder)
			if c.plant != nil {
				c.plant(t, p)
			}
			report := p.examine(ofRoles...)
			said, n := false, 0
			for _, l := range report.Lines {
				if l.State == doctor.OK {
					continue
				}
				n++
				text := strings.Join([]string{l.Area, string(l.State), l.Subject, l.What, l.Command}, " ")
				said = said || !slices.ContainsFunc(c.found, func(part string) bool { return !strings.Contains(text, part) })
				if l.Command == "" {
					t.Errorf("nothing to do about it: %s", text)
				}
			}
			if !said || n != c.lines || report.Healthy() {
				t.Errorf("%s: %d lines are not ok, want %d; found %t:\n%s", c.reason, n, c.lines, said, linesOf(report))
			}
		})
	}
}

// An account in which much is wrong at once.
func TestDoctorOfABrokenAccount(t *testing.T) {
	p := admitted(t, synthesized(t).folder)
	for _, name := range []string{"statement", "deny", "attached", "trust", "control", "boundary", "failed"} {
		ill[name].plant(t, p)
	}
	goldenText(t, "doctor-broken.txt", linesOf(p.examine(ofRoles...)))
}

// editPolicy changes the statements of a role's policy in the account.
func editPolicy(t *testing.T, p *patient, role string, change func(statements []any) []any) {
	t.Helper()
	r := p.roleNamed(role)
	for name, text := range r.Policies {
		var document object
		if err := json.Unmarshal(text, &document); err != nil {
			t.Fatal(err)
		}
		document["Statement"] = change(document["Statement"].([]any))
		changed, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		r.Policies[name] = changed
	}
}

// roleNamed is one of the account.
func (p *patient) roleNamed(name string) *simulated.Role {
	return p.Account().Role("arn:aws:iam::" + account + ":role/" + name)
}
