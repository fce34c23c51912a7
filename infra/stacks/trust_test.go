package stacks_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every role trusts one service, as far as that says for whom it acts. The
// comments in infra/constructs have the pages.
func TestWhoMayAssumeARole(t *testing.T) {
	ofThisAccount := map[string]any{"aws:SourceAccount": account}
	for name := range allShapes() {
		t.Run(name, func(t *testing.T) {
			a, seen := shaped(t, name), map[string]bool{}
			where := a.recovery.Where
			for_ := func(service, resource string) map[string]any {
				arn := strings.Join([]string{"arn", where.Partition, service, where.Region, account, resource}, ":")
				return map[string]any{"StringEquals": ofThisAccount, "ArnLike": map[string]any{"aws:SourceArn": arn}}
			}
			want := map[string]map[string]any{
				"lambda.amazonaws.com":        nil, // Lambda documents none
				"states.amazonaws.com":        for_("states", "stateMachine:lifeboat-prod-drill"),
				"scheduler.amazonaws.com":     for_("scheduler", "schedule-group/lifeboat-prod"),
				"vpc-flow-logs.amazonaws.com": for_("ec2", "vpc-flow-log/*"),
			}
			// Roles that more than one of a service has, by their names.
			named := map[any]map[string]any{}
			_, recovering := recovers[name]
			if recovering {
				for _, machine := range []string{"recovery", "recovery-step"} {
					named["lifeboat-prod-"+machine] = for_("states", "stateMachine:lifeboat-prod-"+machine)
				}
				named["lifeboat-prod-exercising"] = for_("scheduler", "schedule-group/lifeboat-prod-exercising")
			}
			if name == "recovery-backups" { // of what was recovered; else AWS Backup works where the databases are
				want["backup.amazonaws.com"] = map[string]any{"StringEquals": ofThisAccount}
			}
			modes := 0
			for id, r := range a.resources("AWS::IAM::Role") {
				if role := r.Properties["RoleName"]; recovering && (role == exerciseRole || role == failoverRole) {
					modes++ // TestWhoActsAsAMode
					continue
				}
				resolved, err := a.recovery.Resolve(r.Properties["AssumeRolePolicyDocument"])
				if err != nil {
					t.Fatal(err)
				}
				text, err := json.Marshal(resolved)
				if err != nil {
					t.Fatal(err)
				}
				var document struct {
					Statement []struct {
						Effect, Action string
						Principal      struct{ Service string }
						Condition      map[string]any
					}
				}
				if err := json.Unmarshal(text, &document); err != nil || len(document.Statement) != 1 {
					t.Fatalf("%s: %s: %v", id, text, err)
				}
				s := document.Statement[0]
				conditions, known := want[s.Principal.Service]
				if of := named[r.Properties["RoleName"]]; of != nil {
					conditions = of
					delete(named, r.Properties["RoleName"])
				}
				if !known || s.Effect != "Allow" || s.Action != "sts:AssumeRole" {
					t.Errorf("%s: %s", id, text)
				}
				if diff := cmp.Diff(conditions, s.Condition); diff != "" {
					t.Errorf("%s, assumed by %s (-want +got):\n%s", id, s.Principal.Service, diff)
				}
				seen[s.Principal.Service] = true
			}
			if len(named) > 0 || recovering && modes != 2 {
				t.Errorf("%d roles of modes, and none called %v", modes, named)
			}
			for service := range want {
				// A fleet has a dispatcher instead of schedules.
				if !seen[service] && !(strings.Contains(name, "fleet") && service == "scheduler.amazonaws.com") {
					t.Errorf("no role is assumed by %s", service)
				}
			}
		})
	}
}

// What a trust policy names is what the template makes.
func TestTrustNamesWhatIsThere(t *testing.T) {
	a := synthesized(t)
	for kind, want := range map[string]string{"AWS::Scheduler::ScheduleGroup": "lifeboat-prod", "AWS::StepFunctions::StateMachine": "lifeboat-prod-drill"} {
		for id, r := range a.resources(kind) {
			property := map[string]string{"AWS::Scheduler::ScheduleGroup": "Name", "AWS::StepFunctions::StateMachine": "StateMachineName"}[kind]
			if got := text(t, a.recovery, r.Properties[property]); got != want {
				t.Errorf("%s is called %s, not %s", id, got, want)
			}
		}
		if len(a.resources(kind)) != 1 {
			t.Errorf("%d of %s", len(a.resources(kind)), kind)
		}
	}
}
