package rds

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

func remove(f fakeAWS) error {
	return removeOf(f, run)
}

func removeOf(f fakeAWS, run drill.Run) error {
	return f.Remove(context.Background(), run, specOf(plan.ScenarioRegionLoss), f.Parts(run).First())
}

func TestRemovalLeavesNoFinalSnapshotAndNoBackups(t *testing.T) {
	for _, state := range []string{"available", "creating", "failed", "incompatible-network", "storage-full"} {
		f := newFake(t)
		f.refuge.instances[run.Throwaway] = copyInstance(inState(state))
		if err := remove(f); err != nil {
			t.Fatal(err)
		}
		in := f.refuge.deleted[0]
		if *in.DBInstanceIdentifier != run.Throwaway || !*in.SkipFinalSnapshot || !*in.DeleteAutomatedBackups || in.FinalDBSnapshotIdentifier != nil {
			t.Errorf("%s: %+v", state, in)
		}
	}
}

func TestRemovalThatIsDoneOrUnderWayIsSuccess(t *testing.T) {
	cases := map[string]struct {
		reason string
		set    func(*fakeRegion)
	}{
		"nothing there":   {"not found is done", func(f *fakeRegion) { delete(f.instances, run.Throwaway) }},
		"being deleted":   {"done soon", func(f *fakeRegion) { *f.instances[run.Throwaway].DBInstanceStatus = "deleting" }},
		"gone since":      {"not found is done", func(f *fakeRegion) { f.fail["DeleteDBInstance"] = []error{failure("DBInstanceNotFound")} }},
		"already deleted": {"the look was stale", func(f *fakeRegion) { f.fail["DeleteDBInstance"] = []error{failure("InvalidDBInstanceState")} }},
		"busy":            {"next round again", func(f *fakeRegion) { f.fail["DeleteDBInstance"] = []error{failure("InvalidDBInstanceState")} }},
		"busy with changes": {"next round again", func(f *fakeRegion) {
			f.protect()
			f.fail["ModifyDBInstance"] = []error{failure("InvalidDBInstanceState")}
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.refuge.instances[run.Throwaway] = copyInstance()
			c.set(f.refuge)
			if err := remove(f); err != nil {
				t.Errorf("%s: %v", c.reason, err)
			}
		})
	}
}

func (f *fakeRegion) protect() { f.instances[run.Throwaway].DeletionProtection = aws.Bool(true) }

func TestDeletionProtectionOfOursIsSwitchedOff(t *testing.T) {
	refused := &smithy.GenericAPIError{Code: "InvalidParameterCombination", Message: "Cannot delete protected DB Instance, please disable deletion protection and try again."}
	for name, set := range map[string]func(*fakeRegion){
		"seen": (*fakeRegion).protect, "not seen": func(f *fakeRegion) { f.fail["DeleteDBInstance"] = []error{refused} },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.refuge.instances[run.Throwaway] = copyInstance()
			set(f.refuge)
			if err := remove(f); err != nil {
				t.Fatal(err)
			}
			if in := f.refuge.modified[0]; *in.DeletionProtection || !*in.ApplyImmediately {
				t.Errorf("%+v", in)
			}
			if last := f.refuge.calls[len(f.refuge.calls)-1]; last != "DeleteDBInstance" {
				t.Errorf("the last call is %s", last)
			}
		})
	}
}

func TestOnlyWhatCarriesOurNameAndOurTagsIsRemoved(t *testing.T) {
	other := run
	other.ExecutionID += "-2"
	elsewhere := run
	elsewhere.Deployment = "staging"
	cases := map[string]struct {
		reason string
		run    func(*drill.Run)
		tags   []types.Tag
	}{
		"no tags":             {"a name proves nothing", func(*drill.Run) {}, nil},
		"another execution's": {"its own clean-up does it", func(*drill.Run) {}, tagsOf(other, now, false, "")},
		"another deployment":  {"its sweeper does it", func(*drill.Run) {}, tagsOf(elsewhere, now, false, "")},
		"production, tagged":  {"a tag proves nothing", func(r *drill.Run) { r.Throwaway = "orders-prod" }, tagsOf(run, now, false, "")},
		"no execution":        {"an empty tag is no match", func(r *drill.Run) { r.ExecutionID = "" }, tagsOf(drill.Run{Deployment: "prod"}, now, false, "")},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f, r := newFake(t), run
			c.run(&r)
			f.refuge.instances[r.Throwaway] = copyInstance(func(i *types.DBInstance) { i.DBInstanceIdentifier, i.TagList = aws.String(r.Throwaway), c.tags })
			err := removeOf(f, r)
			wantError(t, err, drill.CleanupFailed)
			if len(f.refuge.deleted)+len(f.refuge.modified) > 0 {
				t.Errorf("%s: it was touched", c.reason)
			}
			if r.Throwaway != run.Throwaway && len(f.refuge.calls) > 0 {
				t.Errorf("%s: nothing needs to be asked about it", c.reason)
			}
		})
	}
}

func TestRefusedRemovalNamesItself(t *testing.T) {
	for code, want := range map[string]drill.ErrorName{"AccessDenied": drill.CleanupFailed, "Throttling": drill.Throttled, "InternalFailure": drill.Transient} {
		f := newFake(t)
		f.refuge.instances[run.Throwaway] = copyInstance()
		f.refuge.fail["DeleteDBInstance"] = []error{failure(code)}
		wantError(t, remove(f), want)
	}
}

func TestEmptyIsTheProofOfRemoval(t *testing.T) {
	left := func(f fakeAWS) []string {
		t.Helper()
		found, err := f.Remaining(context.Background(), run, specOf(plan.ScenarioRegionLoss))
		if err != nil {
			t.Fatal(err)
		}
		names := []string{}
		for _, r := range found {
			names = append(names, r.Kind+" "+r.ID)
		}
		return names
	}
	f := newFake(t)
	f.refuge.snapshots = []types.DBSnapshot{snapshotIn(refuge, "manual", "of-the-source", time.Hour)}
	f.refuge.backups = []types.DBInstanceAutomatedBackup{replicated()}
	if diff := cmp.Diff([]string{}, left(f)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	f.refuge.instances[run.Throwaway] = copyInstance(inState("deleting"))
	if diff := cmp.Diff([]string{"rds-instance " + run.Throwaway}, left(f)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	delete(f.refuge.instances, run.Throwaway)
	ofTheCopy := func(s *types.DBSnapshot) { s.DBInstanceIdentifier = aws.String(run.Throwaway) }
	f.refuge.snapshots = append(f.refuge.snapshots, snapshotIn(refuge, "manual", "final", 0, ofTheCopy), snapshotIn(refuge, "awsbackup", "awsbackup:1", 0, ofTheCopy))
	f.refuge.backups = append(f.refuge.backups, replicated(func(b *types.DBInstanceAutomatedBackup) {
		b.DBInstanceIdentifier, b.DbiResourceId = aws.String(run.Throwaway), aws.String("db-COPY")
	}))
	want := []string{"rds-automated-backup db-COPY", "rds-snapshot final", "rds-snapshot awsbackup:1"}
	if diff := cmp.Diff(want, left(f)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRemainingThatCannotBeSeenIsNoProof(t *testing.T) {
	for _, operation := range []string{"DescribeDBInstances", "DescribeDBSnapshots", "DescribeDBInstanceAutomatedBackups"} {
		f := newFake(t)
		f.refuge.fail[operation] = []error{failure("AccessDenied")}
		_, err := f.Remaining(context.Background(), run, specOf(plan.ScenarioRegionLoss))
		wantError(t, err, drill.CleanupFailed)
	}
}

func TestSweeperListsWhatHasBothNameAndTag(t *testing.T) {
	f := newFake(t)
	add := func(name string, tags []types.Tag) {
		f.refuge.instances[name] = copyInstance(func(i *types.DBInstance) { i.DBInstanceIdentifier, i.TagList = &name, tags })
	}
	var want []string
	for n := range 5 { // on several pages
		r := drill.Run{ID: fmt.Sprint("r", n), ExecutionID: fmt.Sprint("arn:execution:", n), Deployment: "prod"}
		r.Throwaway = drill.ThrowawayName("prod", r.ExecutionID)
		add(r.Throwaway, tagsOf(r, now.Add(-3*time.Hour), false, ""))
		want = append(want, r.Throwaway)
	}
	add("orders-prod", tagsOf(run, now, false, ""))                           // tagged production
	add("lifeboat-prod-0123456789ab", nil)                                    // only the name
	add("lifeboat-prod-eu-0123456789ab", tagsOf(run, now, false, ""))         // another deployment's name
	add("lifeboat-staging-0123456789ab", tagsOf(drill.Run{}, now, false, "")) // another deployment
	found, err := f.List(context.Background(), refuge, "prod")
	if err != nil || len(found) != len(want) {
		t.Fatalf("%+v, %v", found, err)
	}
	for _, throwaway := range found {
		r := throwaway.Run()
		if throwaway.Age != 3*time.Hour || r.Throwaway != drill.ThrowawayName("prod", r.ExecutionID) {
			t.Errorf("%+v", throwaway)
		}
		if err := removeOf(f, r); err != nil {
			t.Error(err)
		}
	}
	if len(f.refuge.deleted) != len(want) {
		t.Errorf("%d of %d removed", len(f.refuge.deleted), len(want))
	}
}

// What is no part of the run's copy is not even asked about, whoever names it.
func TestNoPartOfTheCopyIsNotTouched(t *testing.T) {
	for _, part := range []drill.Resource{{Kind: ResourceKind, ID: "orders-prod"}, {Kind: snapshotKind, ID: run.Throwaway}, {}} {
		f := newFake(t)
		f.refuge.instances[run.Throwaway] = copyInstance()
		wantError(t, f.Remove(context.Background(), run, specOf(plan.ScenarioRegionLoss), part), drill.CleanupFailed)
		if len(f.refuge.calls) > 0 {
			t.Errorf("%+v: %v", part, f.refuge.calls)
		}
	}
}
