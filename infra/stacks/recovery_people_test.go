package stacks_test

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/backup"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/stacks"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
	worldaws "github.com/lifeboat-dr/lifeboat/pkg/world/aws"
	"github.com/lifeboat-dr/lifeboat/pkg/world/machines"
	"github.com/lifeboat-dr/lifeboat/pkg/world/template"
)

// operator is a person before a deployment that recovers, with a terminal.
type operator struct {
	*template.World
	t *testing.T
}

// operated is a deployment before somebody who may do what docs/permissions.md says of
// recoveries, and nothing else.
func operated(t *testing.T, folder string) operator {
	t.Helper()
	page, err := os.ReadFile("../../docs/permissions.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, there := strings.Cut(string(page), "## Who recovers\n")
	shown := policyRE.FindStringSubmatch(section)
	if !there || shown == nil {
		t.Fatal("docs/permissions.md does not say what who recovers may")
	}
	o := operator{open(t, folder, nil), t}
	o.Restrict(json.RawMessage(shown[1]))
	return o
}

// terminal is where the command runs; looks are so far apart.
func (o operator) terminal() *worldaws.World {
	return worldaws.Open(worldaws.Options{
		Config: o.Terminal(home), Deployment: "prod", Account: account, Caller: "arn:aws:iam::" + account + ":user/alex", Clock: clock.Real{},
		Pause: func(context.Context, time.Duration) error { return o.Pass(time.Minute) },
	})
}

// recovers follows a recovery, and does this once a step stands so.
func (o operator) recovers(r world.RecoverRequest, step string, stands recovery.State, act func(world.Recovery)) *world.RecoveryOutcome {
	o.t.Helper()
	acted := false
	r.Observe = func(seen world.Recovery) {
		for _, s := range seen.Steps {
			if !acted && s.Node.ID == step && s.Status.State == stands {
				acted = true
				act(seen)
			}
		}
	}
	outcome, err := o.terminal().Recover(context.Background(), r)
	if err != nil {
		o.t.Fatal(err)
	}
	if step != "" && !acted {
		o.t.Errorf("%s was never %s", step, stands)
	}
	return outcome
}

func (o operator) decides(seen world.Recovery, choice recovery.Choice, step string) {
	o.t.Helper()
	if err := o.terminal().Decide(context.Background(), seen.Run.ID, recovery.Decision{Choice: choice, Step: step, Reason: "they know"}); err != nil {
		o.t.Error(err)
	}
}

// shopIs makes what the first step looks at, or takes it away.
func (o operator) shopIs(status string) {
	o.Cloud().Stacks.Put(stacks.Stack{Account: account, Region: home, Name: "shop-services", Status: status, Made: o.Now()})
}

// A step that failed is retried, skipped, aborted by a person who may only decide: the
// deployed function takes the decision with its own role, and the step does its work
// with that of the mode.
func TestDecisionsUnderTheirRoles(t *testing.T) {
	folder := shaped(t, "recovery").folder
	for name, c := range map[string]struct {
		choice recovery.Choice
		step   string
		ending drill.Ending
	}{
		"retried": {recovery.Retry, "shop/ready", drill.Passed},
		"skipped": {recovery.Skip, "shop/ready", drill.ObjectivesMissed},
		"aborted": {recovery.Abort, "", drill.FailureClean},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := operated(t, folder)
			o.shopIs("ROLLBACK_COMPLETE")
			outcome := o.recovers(world.RecoverRequest{}, "shop/ready", recovery.Failed, func(seen world.Recovery) {
				if c.choice == recovery.Retry {
					o.shopIs("UPDATE_COMPLETE")
				}
				o.decides(seen, c.choice, c.step)
			})
			if outcome.Ending != c.ending || outcome.Document == nil {
				t.Fatalf("it ended as %s: %s %s", outcome.Ending, outcome.Error, outcome.Cause)
			}
			if got := outcome.Recovery.Run.Decisions; len(got) != 1 || !strings.HasSuffix(got[0].By, "user/alex") {
				t.Errorf("decided was %+v", got)
			}
			if left := o.Copies(); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			untroubled(t, o.World)
		})
	}
}

// Who may not ask the function decides nothing, and is told so.
func TestWhoMayNotDecide(t *testing.T) {
	folder := shaped(t, "recovery").folder
	t.Parallel()
	o := operated(t, folder)
	o.shopIs("ROLLBACK_COMPLETE")
	o.Forbid("lambda:InvokeFunction")
	outcome := o.recovers(world.RecoverRequest{}, "shop/ready", recovery.Failed, func(seen world.Recovery) {
		if err := o.terminal().Decide(context.Background(), seen.Run.ID, recovery.Decision{Choice: recovery.Skip, Step: "shop/ready", Reason: "they know"}); err == nil || drill.HintOf(err) == "" {
			t.Errorf("%v", err)
		}
	})
	if outcome.Ending != drill.FailureClean || len(outcome.Recovery.Run.Decisions) > 0 {
		t.Errorf("it ended as %s, decided was %+v", outcome.Ending, outcome.Recovery.Run.Decisions)
	}
}

// parentOf is the execution that has a run.
func (o operator) parentOf(seen world.Recovery) *machines.Execution {
	for _, x := range o.Executions() {
		if x.ARN == seen.Run.Execution {
			return x
		}
	}
	o.t.Fatalf("there is no execution %s", seen.Run.Execution)
	return nil
}

// A parent that is stopped in the console: an exercise ends by itself, without what it
// made, and a failover waits for a person who has it go on.
func TestParentsThatAreStopped(t *testing.T) {
	folder := shaped(t, "recovery").folder
	t.Run("exercise", func(t *testing.T) {
		t.Parallel()
		o := operated(t, folder)
		outcome := o.recovers(world.RecoverRequest{}, "shop/orders", recovery.Running, func(seen world.Recovery) { o.Stop(o.parentOf(seen)) })
		if outcome.Ending != drill.FailureClean || outcome.Recovery.Run.Aborted() == nil {
			t.Errorf("it ended as %q: %s %s", outcome.Ending, outcome.Cause, outcome.Hint)
		}
		if left := o.Copies(); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		untroubled(t, o.World)
	})
	t.Run("failover", func(t *testing.T) {
		t.Parallel()
		o := operated(t, folder)
		outcome := o.recovers(world.RecoverRequest{Mode: recovery.Failover, Confirm: "prod"}, "shop/orders", recovery.Running, func(seen world.Recovery) { o.Stop(o.parentOf(seen)) })
		if outcome.Ending != "" || !strings.Contains(outcome.Hint, "resume") {
			t.Fatalf("it ended as %q: %s %s", outcome.Ending, outcome.Cause, outcome.Hint)
		}
		again, err := o.terminal().Resume(context.Background(), world.ResumeRequest{Run: outcome.Recovery.Run.ID})
		if err != nil {
			t.Fatal(err)
		}
		if again.Ending != drill.Passed || len(recoveredThere(o.World)) != 2 {
			t.Errorf("it ended as %q: %s", again.Ending, again.Cause)
		}
		untroubled(t, o.World)
	})
}

// With managed backups what was recovered is backed up by the deployed rules, from the
// day on that it serves, and copied into the region that was left, which is back here.
func TestWhatWasRecoveredIsBackedUp(t *testing.T) {
	folder := shaped(t, "recovery-backups").folder
	t.Parallel()
	w := operated(t, folder)
	outcome := w.recovers(world.RecoverRequest{Mode: recovery.Failover, Confirm: "prod"}, "", "", nil)
	if outcome.Ending != drill.Passed {
		t.Fatalf("it ended as %s: %s", outcome.Ending, outcome.Cause)
	}
	over := w.Now()
	if err := w.Pass(48 * time.Hour); err != nil {
		t.Fatal(err)
	}
	simulated := w.Cloud().Backup
	for _, name := range []string{"customers-recovered", "orders-recovered"} {
		byHand, byRule := 0, 0
		for _, j := range simulated.Jobs(account, home) {
			if !strings.HasSuffix(j.Resource, ":db:"+name) {
				continue
			}
			if j.State == backup.StateFailed || j.State == backup.StateAborted {
				t.Errorf("the backup of %s at %s %s: %s", name, j.Created, j.State, j.Message)
			}
			if j.Created.After(over) && j.State == backup.StateCompleted {
				byRule++
			} else if !j.Created.After(over) {
				byHand++
			}
		}
		if byHand == 0 || byRule == 0 {
			t.Errorf("%s: %d backups by its step, and %d by the rules", name, byHand, byRule)
		}
	}
	vault := "arn:aws:backup:eu-west-1:" + account + ":backup-vault:lifeboat-prod"
	for _, name := range []string{"customers-recovered", "orders-recovered"} {
		arrived := 0
		for _, c := range simulated.Copies(account, home) {
			switch {
			case !strings.HasSuffix(c.Resource, ":db:"+name):
			case c.State == backup.StateFailed:
				t.Errorf("the copy of %s at %s failed: %s", name, c.Created, c.Message)
			case c.State == backup.StateCompleted && c.DestinationVault == vault:
				arrived++
			}
		}
		if arrived == 0 {
			t.Errorf("no backup of %s was copied to %s", name, vault)
		}
	}
	protects := 0
	for _, s := range outcome.Recovery.Steps {
		if s.Node.Kind != recovery.Protect {
			continue
		}
		protects++
		if r := s.Status.Result; r == nil || !strings.Contains(r.Unproven, "vault lifeboat-prod in eu-west-1") || r.Deviation != "" {
			t.Errorf("%s says: %+v", s.Node.ID, r)
		}
	}
	if protects != 2 {
		t.Errorf("%d steps protect", protects)
	}
	untroubled(t, w.World)
}

// promoting is the example with read replicas in the recovery region.
func promoting(t *testing.T) plan.Plan {
	p := recoveryPlan(t)
	w := &p.Workloads[0]
	w.Topology, w.Standby = plan.PilotLight, &plan.Standby{Record: &plan.Record{Name: "shop.example.com", TTL: plan.Duration(time.Minute)}}
	for i := range w.Databases {
		d := &w.Databases[i]
		d.Replica = strings.TrimSuffix(d.Name, "-db") + "-replica"
		d.Recovery.Target.Identifier = d.Replica
	}
	for i := range w.Recovery.Steps {
		if s := &w.Recovery.Steps[i]; s.Kind == string(recovery.Restore) {
			s.Kind = string(recovery.PromoteReplica)
		}
	}
	return p
}

// A replica is looked at in an exercise, and promoted in a failover, under the roles of
// the modes; nobody's else is.
func TestPromotionUnderItsRoles(t *testing.T) {
	folder := shaped(t, "recovery-replica").folder
	t.Parallel()
	w := open(t, folder, nil)
	add := func(name, source string) {
		w.Cloud().RDS.AddInstance(account, home, rds.Instance{
			Identifier: name, ResourceID: "db-" + strings.ToUpper(strings.ReplaceAll(name, "-", "")), Engine: "postgres", EngineVersion: "16.4", MasterUser: "app", Database: "app", StorageGiB: 200,
			SubnetGroup: "shop-data", SecurityGroups: []string{"sg-0a1b2c3d4e5f60002"}, ReplicaOf: "arn:aws:rds:eu-west-1:" + account + ":db:" + source, ReplicaLag: 3 * time.Second,
		})
	}
	add("customers-replica", "customers-prod")
	add("orders-replica", "orders-prod")
	add("somebody-elses", "orders-prod")
	w.At(time.Minute, func() {
		for _, name := range []string{"customers-replica", "orders-replica"} {
			w.Cloud().Metrics.Put(account, home, cloudwatch.Metric{Namespace: "AWS/RDS", Name: "ReplicaLag", Dimensions: map[string]string{"DBInstanceIdentifier": name}}, 3, w.Now())
		}
	})
	if err := w.Pass(2 * time.Minute); err != nil {
		t.Fatal(err)
	}
	find := func(name string) *rds.Instance {
		i := slices.IndexFunc(w.Cloud().RDS.Instances(account, home), func(i *rds.Instance) bool { return i.Identifier == name })
		return w.Cloud().RDS.Instances(account, home)[i]
	}
	x := recoversIn(t, w, `{}`)
	if got := template.Ending(x); got != drill.Passed || find("orders-replica").ReplicaOf == "" {
		t.Errorf("the exercise ended as %s: %+v", got, x.Result)
	}
	x = recoversIn(t, w, `{"mode": "failover", "confirm": "prod"}`)
	if got := template.Ending(x); got != drill.Passed {
		t.Errorf("the failover ended as %s: %+v", got, x.Result)
	}
	promoted := find("orders-replica")
	if promoted.ReplicaOf != "" || promoted.RetentionDays != 14 || !slices.Contains(promoted.Tags, rds.Tag{Key: deployed.TagPurpose, Value: deployed.PurposeRecovered}) {
		t.Errorf("it is %+v", promoted)
	}
	if other := find("somebody-elses"); other.ReplicaOf == "" || len(other.Tags) > 0 {
		t.Errorf("another's is %+v", other)
	}
	untroubled(t, w)
}
