package stacks_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/world/template"
)

// planted are mistakes in a template, each made by editing its JSON. Every one is
// found, by the name of what is wrong.
var planted = map[string]struct {
	reason string
	plant  func(resources object)
	after  func(*testing.T, *template.World) // nil: one drill
	found  []string                          // in one line of what was refused or lost
}{
	"empty version": {
		reason: "every function ends at its start",
		plant: func(r object) {
			for _, f := range of(r, "AWS::Lambda::Function") {
				at(f, "Environment", "Variables")["LIFEBOAT_VERSION"] = ""
			}
		},
		found: []string{"claim-slot", "ends at its start", "LIFEBOAT_VERSION"},
	},
	"misspelt action": {
		reason: "AWS takes it, and it allows nothing",
		plant: func(r object) {
			role := at(one(r, "AWS::IAM::Role"))
			if policies, is := role["Policies"].([]any); is {
				statements := at(policies[0].(object), "PolicyDocument")["Statement"].([]any)
				statements[0].(object)["Action"] = "dynamodb:PutItems"
			}
		},
		found: []string{"dynamodb:PutItems"},
	},
	"missing Decrypt": {
		reason: "the function's environment cannot be opened",
		plant:  func(r object) { withoutAction(r, "StartRestoreRole", "kms:Decrypt") },
		found:  []string{"start-restore", "kms:Decrypt"},
	},
	"payload's key": {
		reason: "the scheduler opens the payload with the schedule's role",
		plant: func(r object) {
			for _, s := range of(r, "AWS::Scheduler::Schedule") {
				s["KmsKeyArn"] = at(one(r, "AWS::SNS::Topic"))["KmsMasterKeyId"]
				s["FlexibleTimeWindow"] = object{"Mode": "OFF"}
				s["ScheduleExpression"] = "cron(10 3 * * ? *)"
			}
		},
		after: pass(time.Hour),
		found: []string{"lifeboat-prod-schedules", "kms:Decrypt"},
	},
	"missing CreateSecret": {
		reason: "RDS makes the secret in the caller's name",
		plant:  func(r object) { withoutAction(r, "PrepareLoginRole", "secretsmanager:CreateSecret") },
		found:  []string{"prepare-login", "secretsmanager:CreateSecret"},
	},
	"key policy without the service": {
		reason: "an alarm cannot reach the encrypted topic, and nobody is told",
		plant: func(r object) {
			for _, k := range of(r, "AWS::KMS::Key") {
				for _, s := range at(k, "KeyPolicy")["Statement"].([]any) {
					if s.(object)["Sid"] == "ServicesOfThisAccount" {
						s.(object)["Principal"] = object{"Service": "events.amazonaws.com"}
					}
				}
			}
		},
		after: orphaned,
		found: []string{"alarm lifeboat-prod-orphans", "nobody is told", "kms:"},
	},
	"rule without permission": {
		reason: "nobody cleans up after a run that was cut off",
		plant: func(r object) {
			for id := range r {
				if strings.HasPrefix(id, "EventsCutOffAllow") {
					delete(r, id)
				}
			}
		},
		after: stopped,
		found: []string{"rule lifeboat-prod-CutOff", "could not deliver", "lambda:InvokeFunction"},
	},
	"closed port": {
		reason: "the validator cannot connect to the copy",
		plant: func(r object) {
			for id := range r {
				if strings.HasPrefix(id, "CopiesfromLifeboatValidator") {
					delete(r, id)
				}
			}
		},
		found: []string{"validate-data", "cannot reach", "5432"},
	},
	"endpoint policy that forbids": {
		reason: "the validator cannot read the password",
		plant: func(r object) {
			for id, endpoint := range r {
				if strings.HasPrefix(id, "NetworkSecretsManager") {
					at(endpoint.(object), "Properties")["PolicyDocument"] = object{"Version": "2012-10-17", "Statement": []any{
						object{"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:ListSecrets", "Resource": "*"},
					}}
				}
			}
		},
		found: []string{"validate-data", "secretsmanager:GetSecretValue", "VPC endpoint policy"},
	},
	"endpoint that is missing": {
		reason: "the function inside reaches no API without one",
		plant: func(r object) {
			for id := range r {
				if strings.HasPrefix(id, "NetworkSecretsManager") {
					delete(r, id)
				}
			}
		},
		found: []string{"validate-data", "cannot reach secretsmanager"},
	},
	"queue that cannot be written": {
		reason: "what a rule cannot deliver is lost",
		plant: func(r object) {
			for id := range r {
				if strings.HasPrefix(id, "EventsCutOffAllow") || strings.HasPrefix(id, "UndeliveredPolicy") {
					delete(r, id)
				}
			}
		},
		after: stopped,
		found: []string{"rule lifeboat-prod-CutOff", "an event is lost", "sqs:SendMessage"},
	},
	"alarm on another's figure": {
		reason: "it never fires",
		plant: func(r object) {
			for _, a := range of(r, "AWS::CloudWatch::Alarm") {
				if a["MetricName"] == "Orphans" {
					a["Dimensions"].([]any)[0].(object)["Value"] = "another"
				}
			}
		},
		after: pass(time.Hour),
		found: []string{"lifeboat-prod-orphans", "never got a datum"},
	},
	"bucket without object lock": {
		reason: "S3 takes no retention there, and every drill is without evidence",
		plant: func(r object) {
			for _, b := range of(r, "AWS::S3::Bucket") {
				delete(b, "ObjectLockEnabled")
				delete(b, "ObjectLockConfiguration")
			}
		},
		found: []string{"recorded no evidence"},
	},
	"log that cannot be written": {
		reason: "what the function says is lost, and it runs on",
		plant:  func(r object) { withoutAction(r, "ClaimSlotRole", "logs:PutLogEvents") },
		found:  []string{"claim-slot", "logs:PutLogEvents"},
	},
	"role that its service cannot take": {
		reason: "the scheduler starts nothing",
		plant: func(r object) {
			for id, role := range r {
				if strings.HasPrefix(id, "SchedulesRole") {
					statement := at(role.(object), "Properties", "AssumeRolePolicyDocument")["Statement"].([]any)[0].(object)
					statement["Principal"] = object{"Service": "events.amazonaws.com"}
				}
			}
			for _, s := range of(r, "AWS::Scheduler::Schedule") {
				s["FlexibleTimeWindow"], s["ScheduleExpression"] = object{"Mode": "OFF"}, "cron(10 3 * * ? *)"
			}
		},
		after: pass(time.Hour),
		found: []string{"schedule ", "could not start its target", "sts:AssumeRole"},
	},
}

func TestPlantedFaultsAreFound(t *testing.T) {
	a := synthesized(t)
	t.Parallel()
	for name, c := range planted {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, err := deploy(t, edited(t, a.folder, c.plant), nil)
			lines := []string{fmt.Sprint(err)} // some of it a deployment tells already
			if w != nil {
				if c.after == nil {
					c.after = drilled
				}
				c.after(t, w)
				for _, trouble := range w.Troubles() {
					lines = append(lines, trouble.String())
				}
				for _, name := range w.Cloud().Metrics.Unfed() {
					lines = append(lines, "alarm "+name+" never got a datum")
				}
			}
			if !slices.ContainsFunc(lines, func(line string) bool { return hasAll(line, c.found) }) {
				t.Errorf("%s: nothing says %q:\n%s", c.reason, c.found, strings.Join(lines, "\n"))
			}
		})
	}
}

// The same drills find nothing in the template as it is.
func TestNothingIsFoundInTheTemplateAsItIs(t *testing.T) {
	folder := synthesized(t).folder
	t.Parallel()
	for name, after := range map[string]func(*testing.T, *template.World){"drill": drilled, "stopped": stopped, "an hour": pass(time.Hour)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, folder, nil)
			after(t, w)
			for _, trouble := range w.Troubles() {
				t.Error(trouble)
			}
		})
	}
}

func hasAll(line string, parts []string) bool {
	return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(line, part) })
}

// drilled runs one drill to its end.
func drilled(t *testing.T, w *template.World) {
	t.Helper()
	if _, err := w.Rehearse(context.Background(), w.Databases()[0]); err != nil {
		t.Fatal(err)
	}
}

// stopped starts a drill, stops it in the middle of its restore, and lets an hour
// pass.
func stopped(t *testing.T, w *template.World) {
	t.Helper()
	machine, err := w.DrillMachine()
	if err != nil {
		t.Fatal(err)
	}
	x, err := w.Start(machine, "{}")
	if err != nil {
		t.Fatal(err)
	}
	w.At(10*time.Minute, func() { w.Stop(x) })
	pass(time.Hour)(t, w)
}

// orphaned leaves a copy behind that the sweeper finds, and alarms.
func orphaned(t *testing.T, w *template.World) {
	t.Helper()
	(&month{World: w, t: t}).abandon()
	pass(2*time.Hour)(t, w)
}

func pass(d time.Duration) func(*testing.T, *template.World) {
	return func(t *testing.T, w *template.World) {
		t.Helper()
		if err := w.Pass(d); err != nil {
			t.Fatal(err)
		}
	}
}

// of are the properties of all resources of a type.
func of(resources object, typ string) (list []object) {
	for _, id := range slices.Sorted(maps.Keys(resources)) {
		if r := resources[id].(object); r["Type"] == typ {
			list = append(list, at(r, "Properties"))
		}
	}
	return list
}

// one is the properties of the first resource of a type, empty where there is
// none.
func one(resources object, typ string) object {
	if all := of(resources, typ); len(all) > 0 {
		return all[0]
	}
	return object{}
}

func at(o object, path ...string) object {
	for _, name := range path {
		o = o[name].(object)
	}
	return o
}

// withoutAction takes an action out of every statement of a role.
func withoutAction(resources object, role, action string) {
	for id, r := range resources {
		if !strings.HasPrefix(id, role) {
			continue
		}
		for _, policy := range at(r.(object), "Properties")["Policies"].([]any) {
			for _, s := range at(policy.(object), "PolicyDocument")["Statement"].([]any) {
				statement := s.(object)
				switch actions := statement["Action"].(type) {
				case []any:
					statement["Action"] = slices.DeleteFunc(actions, func(a any) bool { return a == action })
				case string:
					if actions == action {
						statement["Action"] = "none:None"
					}
				}
			}
		}
	}
}
