package rds

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// points lists them, and fails the test where that fails.
func points(t *testing.T, f fakeAWS, spec drill.Spec) []drill.RecoveryPoint {
	t.Helper()
	found, err := f.RecoveryPoints(context.Background(), spec)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// briefly is a point as the tests compare it: kind, name and usable.
func briefly(points []drill.RecoveryPoint) []string {
	short := []string{}
	for _, p := range points {
		name := p.ID[strings.Index(p.ID, owner)+len(owner)+1:]
		if !p.Usable {
			name += " UNUSABLE"
		}
		short = append(short, p.Kind+" "+name)
	}
	return short
}

func TestSnapshotsOfEveryTypeAndPointInTimeAreAsked(t *testing.T) {
	f := newFake(t)
	f.home.instances["orders-prod"] = sourceInstance()
	f.home.snapshots = []types.DBSnapshot{
		snapshotIn(home, "automated", "rds:daily", 20*time.Hour),
		snapshotIn(home, "manual", "by-hand", 50*time.Hour),
		snapshotIn(home, "awsbackup", "awsbackup:job-1", 2*time.Hour),
		snapshotIn(home, "shared", "theirs", 3*time.Hour, ownedBy("999999999999")),
		snapshotIn(home, "manual", "older", 60*time.Hour), // on another page
		snapshotIn(home, "manual", "other", time.Minute, func(s *types.DBSnapshot) { s.DbiResourceId = aws.String("db-OTHER") }),
	}
	got := points(t, f, atHome())
	want := []string{
		"rds-snapshot-manual snapshot:other UNUSABLE", // of another instance that had the name
		"rds-pitr db:orders-prod@2026-11-24T03:56:00Z", "rds-snapshot-awsbackup snapshot:awsbackup:job-1", "rds-snapshot-shared",
		"rds-snapshot-automated snapshot:rds:daily", "rds-snapshot-manual snapshot:by-hand", "rds-snapshot-manual snapshot:older",
	}
	short := make([]string, 0, len(got))
	for i, p := range got {
		short = append(short, briefly(got)[i])
		if p.Kind == kindShared {
			short[i] = p.Kind
		}
	}
	if diff := cmp.Diff(want, short); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	chosen := drill.Choose(got).Point
	if chosen == nil || chosen.Kind != kindPITR || !chosen.TakenAt.Equal(now.Add(-4*time.Minute)) || chosen.TimeSource != "LatestRestorableTime" {
		t.Errorf("LatestRestorableTime is the truth for the RPO, chosen is %+v", chosen)
	}
}

func TestAgeIsThatOfTheDataNotOfTheCopying(t *testing.T) {
	cases := map[string]struct {
		reason string
		change func(*types.DBSnapshot)
		age    time.Duration // zero: unusable
		source string
	}{
		"database time":      {"the newest transaction", func(s *types.DBSnapshot) { s.OriginalSnapshotCreateTime = ago(time.Hour) }, 9 * time.Hour, "SnapshotDatabaseTime"},
		"original time":      {"fallback", func(s *types.DBSnapshot) { s.SnapshotDatabaseTime = nil }, 9 * time.Hour, "OriginalSnapshotCreateTime"},
		"only a create time": {"of a copy it is the copying's", func(s *types.DBSnapshot) { s.SnapshotDatabaseTime, s.OriginalSnapshotCreateTime = nil, nil }, 0, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.refuge.snapshots = []types.DBSnapshot{snapshotIn(refuge, "manual", "copy", 9*time.Hour, c.change)}
			got := points(t, f, specOf(plan.ScenarioRegionLoss))[0]
			if c.age == 0 {
				if got.Usable || got.TimeSource != "SnapshotCreateTime of the copy" { // it is no newer than that
					t.Errorf("%s: %+v", c.reason, got)
				}
				return
			}
			if !got.Usable || !got.TakenAt.Equal(now.Add(-c.age)) || got.TimeSource != c.source {
				t.Errorf("%s: %+v", c.reason, got)
			}
		})
	}
}

func TestRegionLossCountsOnlyTheRecoveryRegionAndAsksNothingOfTheLostOne(t *testing.T) {
	f := newFake(t)
	f.home.instances["orders-prod"] = sourceInstance()
	f.home.fail["DescribeDBInstances"] = []error{failure("ServiceUnavailable")}
	f.refuge.snapshots = []types.DBSnapshot{
		snapshotIn(refuge, "manual", "by-hand", 5*time.Hour, encryptedWith(refugeKey)),
		snapshotIn(refuge, "awsbackup", "awsbackup:copyjob-1", 3*time.Hour),
	}
	f.refuge.backups = []types.DBInstanceAutomatedBackup{replicated()}
	got := points(t, f, specOf(plan.ScenarioRegionLoss))
	want := []string{
		"rds-pitr-replicated auto-backup:ab-1@2026-11-24T03:00:00Z",
		"rds-snapshot-copy snapshot:awsbackup:copyjob-1", "rds-snapshot-copy snapshot:by-hand",
	}
	if diff := cmp.Diff(want, briefly(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(f.home.calls) > 0 {
		t.Errorf("the lost region was asked: %v", f.home.calls)
	}
	if got[0].ID != replicaBackupARN+"@2026-11-24T03:00:00Z" || got[0].Location != refuge {
		t.Errorf("the id carries the moment: %+v", got[0])
	}
}

func replicated(change ...func(*types.DBInstanceAutomatedBackup)) types.DBInstanceAutomatedBackup {
	b := types.DBInstanceAutomatedBackup{
		DBInstanceAutomatedBackupsArn: aws.String(replicaBackupARN), DBInstanceArn: aws.String(instanceARN), DBInstanceIdentifier: aws.String("orders-prod"),
		DbiResourceId: aws.String(sourceResource), Region: aws.String(home), Status: aws.String("active"), Engine: aws.String("postgres"), EngineVersion: aws.String("16.4"),
		AllocatedStorage: aws.Int32(100), RestoreWindow: &types.RestoreWindow{EarliestTime: ago(100 * time.Hour), LatestTime: ago(time.Hour)},
	}
	for _, c := range change {
		c(&b)
	}
	return b
}

func TestBackupInTheFailedRegionProvesNothing(t *testing.T) {
	f := newFake(t)
	f.home.instances["orders-prod"] = sourceInstance()
	f.home.snapshots = []types.DBSnapshot{snapshotIn(home, "automated", "rds:daily", time.Hour)}
	spec := atHome()
	spec.Scenario = plan.ScenarioRegionLoss
	for _, p := range points(t, f, spec) {
		if p.Usable || !strings.Contains(p.Reason, home) {
			t.Errorf("%+v", p)
		}
	}
}

func TestEmptyRecoveryRegionNamesTheMissingCopy(t *testing.T) {
	f := newFake(t)
	f.home.instances["orders-prod"] = sourceInstance()
	_, err := f.RecoveryPoints(context.Background(), specOf(plan.ScenarioRegionLoss))
	e := wantError(t, err, drill.NoUsableBackup)
	for _, part := range []string{refuge, "orders-prod", home} {
		if !strings.Contains(e.What, part) {
			t.Errorf("%q does not name %s", e.What, part)
		}
	}
	for _, part := range []string{"aws rds start-db-instance-automated-backups-replication", instanceARN, "--region " + refuge, "AWS Backup"} {
		if !strings.Contains(e.Hint, part) {
			t.Errorf("the hint %q lacks %s", e.Hint, part)
		}
	}
}

func TestInstanceOfTheSameNameElsewhereIsNotTheSource(t *testing.T) {
	f := newFake(t)
	standby := snapshotIn(refuge, "automated", "rds:orders-prod-today", time.Hour)
	standby.SourceDBSnapshotIdentifier, standby.SourceRegion, standby.AvailabilityZone = nil, nil, aws.String("eu-central-1a")
	stranger := snapshotIn(refuge, "shared", "bait", time.Minute, ownedBy("999999999999"), func(s *types.DBSnapshot) {
		s.SourceDBSnapshotIdentifier = aws.String("arn:aws:rds:eu-west-1:999999999999:snapshot:bait")
	})
	f.refuge.snapshots = []types.DBSnapshot{standby, stranger}
	f.refuge.backups = []types.DBInstanceAutomatedBackup{replicated(func(b *types.DBInstanceAutomatedBackup) {
		b.DBInstanceArn = aws.String("arn:aws:rds:eu-central-1:111111111111:db:orders-prod")
	})}
	_, err := f.RecoveryPoints(context.Background(), specOf(plan.ScenarioRegionLoss))
	wantError(t, err, drill.NoUsableBackup)
}

func TestAccountLossCountsOnlyWhatAnotherAccountOwnsWithItsOwnKey(t *testing.T) {
	f := newFake(t, func(o *Options) { o.Account = survivor })
	spec := specOf(plan.ScenarioAccountLoss)
	spec.Place.PrimaryAccount, spec.Place.RecoveryAccount = owner, survivor
	f.refuge.snapshots = []types.DBSnapshot{
		snapshotIn(refuge, "manual", "safe", 3*time.Hour, ownedBy(survivor), encryptedWith(survivorKey)),
		snapshotIn(refuge, "manual", "their-key", 2*time.Hour, ownedBy(survivor), encryptedWith(refugeKey)),
		snapshotIn(refuge, "shared", "only-shared", time.Hour),
	}
	got := points(t, f, spec)
	usable := map[string]bool{}
	for _, p := range got {
		usable[p.ID[strings.LastIndexByte(p.ID, ':')+1:]] = p.Usable
		if !p.Usable && (p.Reason == "" || p.Hint == "") {
			t.Errorf("no reason or hint: %+v", p)
		}
	}
	if diff := cmp.Diff(map[string]bool{"safe": true, "their-key": false, "only-shared": false}, usable); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(f.home.calls) > 0 {
		t.Errorf("the primary region was asked: %v", f.home.calls)
	}
}

func TestInstanceOfTheSameNameInTheSurvivingAccountIsNotTheSource(t *testing.T) {
	f, spec := newFake(t, func(o *Options) { o.Account = survivor }), specOf(plan.ScenarioAccountLoss)
	spec.Place.RecoveryRegion, spec.Place.PrimaryAccount, spec.Place.RecoveryAccount = "", owner, survivor
	staging := sourceInstance()
	staging.DBInstanceArn, staging.DbiResourceId = aws.String(strings.Replace(instanceARN, owner, survivor, 1)), aws.String("db-STAGING")
	f.home.instances["orders-prod"] = staging
	f.home.snapshots = []types.DBSnapshot{
		snapshotIn(home, "automated", "rds:staging", time.Hour, ownedBy(survivor), func(s *types.DBSnapshot) { s.DbiResourceId = staging.DbiResourceId }),
		snapshotIn(home, "manual", "copied", 5*time.Hour, ownedBy(survivor), func(s *types.DBSnapshot) {
			s.SourceDBSnapshotIdentifier = aws.String("arn:aws:rds:eu-west-1:111111111111:snapshot:shared")
		}),
	}
	got := points(t, f, spec)
	if len(got) != 1 || !got[0].Usable || got[0].Kind != kindCopy || !strings.HasSuffix(got[0].ID, ":copied") {
		t.Errorf("%+v", got)
	}
}

func TestAccountLossInOneAccountHasNothing(t *testing.T) {
	f := newFake(t)
	f.refuge.snapshots = []types.DBSnapshot{snapshotIn(refuge, "manual", "copy", time.Hour)}
	got := points(t, f, specOf(plan.ScenarioAccountLoss))
	if got[0].Usable || !strings.Contains(got[0].Hint, "accounts.recovery") {
		t.Errorf("%+v", got[0])
	}
}

func TestOperatorErrorCountsAllWhereTheRestoreIsMade(t *testing.T) {
	f := newFake(t)
	f.home.instances["orders-prod"] = sourceInstance()
	f.home.instances["orders-prod"].StorageEncrypted, f.home.instances["orders-prod"].KmsKeyId = nil, nil // so that the key is no obstacle
	f.refuge.snapshots = []types.DBSnapshot{snapshotIn(refuge, "manual", "copy", 9*time.Hour)}
	want := []string{"rds-pitr db:orders-prod@2026-11-24T03:56:00Z UNUSABLE", "rds-snapshot-copy snapshot:copy"}
	if diff := cmp.Diff(want, briefly(points(t, f, specOf(plan.ScenarioOperatorError)))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSharedEncryptedSnapshotMustBeCopiedFirst(t *testing.T) {
	f := newFake(t, func(o *Options) { o.Account = survivor })
	spec := specOf(plan.ScenarioRegionLoss)
	spec.Place.PrimaryAccount, spec.Place.KMSKey = owner, "alias/drills"
	f.refuge.snapshots = []types.DBSnapshot{
		snapshotIn(refuge, "shared", "sealed", time.Hour, encryptedWith(refugeKey)),
		snapshotIn(refuge, "shared", "open", 2*time.Hour),
	}
	got := points(t, f, spec)
	if got[0].Usable || !strings.Contains(got[0].Hint, "aws rds copy-db-snapshot --source-db-snapshot-identifier "+got[0].ID) || !strings.Contains(got[0].Hint, "--kms-key-id alias/drills") {
		t.Errorf("%+v", got[0])
	}
	if !got[1].Usable {
		t.Errorf("one that is not encrypted can be restored from: %+v", got[1])
	}
}

func TestPointsThatCannotBeUsedSayWhy(t *testing.T) {
	cases := map[string]struct {
		reason string
		from   drill.RestoreFrom
		change func(*types.DBSnapshot)
		word   string
	}{
		"not available":  {"ignored until it is", "", func(s *types.DBSnapshot) { s.Status = aws.String("creating") }, "creating"},
		"foreign key":    {"no key leaves its region", "", encryptedWith(homeKey), homeKey},
		"plan says pitr": {"excluded by from", drill.FromPITR, func(*types.DBSnapshot) {}, "pitr"},
		"engine":         {"nobody could put checks to it", "", func(s *types.DBSnapshot) { s.Engine = aws.String("oracle-ee") }, "oracle-ee"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f, spec := newFake(t), specOf(plan.ScenarioRegionLoss)
			spec.RDS.From = c.from
			f.refuge.snapshots = []types.DBSnapshot{snapshotIn(refuge, "manual", "copy", time.Hour, c.change)}
			got := points(t, f, spec)[0]
			if got.Usable || !strings.Contains(got.Reason, c.word) || got.Hint == "" {
				t.Errorf("%s: %+v", c.reason, got)
			}
		})
	}
}

func TestFromNarrowsTheChoice(t *testing.T) {
	for from, want := range map[drill.RestoreFrom]string{drill.FromCopy: kindCopy, drill.FromSnapshot: kindCopy, drill.FromPITR: kindReplicated, "": kindReplicated} {
		f, spec := newFake(t), specOf(plan.ScenarioRegionLoss)
		spec.RDS.From = from
		f.refuge.snapshots = []types.DBSnapshot{snapshotIn(refuge, "manual", "copy", 5*time.Hour)}
		f.refuge.backups = []types.DBInstanceAutomatedBackup{replicated()}
		chosen := drill.Choose(points(t, f, spec)).Point
		if chosen == nil || chosen.Kind != want {
			t.Errorf("from %q: %+v", from, chosen)
		}
	}
}

func TestSourceThatIsGoneCanStillBeRestored(t *testing.T) {
	f := newFake(t)
	snapshot := snapshotIn(home, "manual", "last", 30*time.Hour)
	f.home.snapshots = []types.DBSnapshot{snapshot}
	f.home.backups = []types.DBInstanceAutomatedBackup{replicated(func(b *types.DBInstanceAutomatedBackup) {
		b.Status, b.DBInstanceAutomatedBackupsArn = aws.String("retained"), aws.String("arn:aws:rds:eu-west-1:111111111111:auto-backup:ab-0")
	})}
	want := []string{"rds-pitr auto-backup:ab-0@2026-11-24T03:00:00Z", "rds-snapshot-manual snapshot:last"}
	if diff := cmp.Diff(want, briefly(points(t, f, atHome()))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSourceWithoutLogsHasNoPointInTime(t *testing.T) {
	f := newFake(t)
	f.home.instances["orders-prod"] = sourceInstance()
	f.home.instances["orders-prod"].LatestRestorableTime, f.home.instances["orders-prod"].BackupRetentionPeriod = nil, aws.Int32(0)
	got := points(t, f, atHome())[0]
	if got.Usable || !strings.Contains(got.Hint, "--backup-retention-period") {
		t.Errorf("%+v", got)
	}
}

func TestListingNamesItsErrors(t *testing.T) {
	for code, want := range map[string]drill.ErrorName{
		"Throttling": drill.Throttled, "ThrottlingException": drill.Throttled, "InternalFailure": drill.Transient, "AccessDenied": drill.NoUsableBackup,
	} {
		f := newFake(t)
		f.refuge.fail["DescribeDBSnapshots"] = []error{nil, failure(code)}
		_, err := f.RecoveryPoints(context.Background(), specOf(plan.ScenarioRegionLoss))
		wantError(t, err, want)
	}
}

func wantError(t *testing.T, err error, name drill.ErrorName) *drill.Error {
	t.Helper()
	e, ok := err.(*drill.Error) //nolint:errorlint // the boundary returns the named error itself
	if !ok || e.Name != name {
		t.Fatalf("the error is %v (%s) instead of %s", err, drill.NameOf(err), name)
	}
	return e
}

func TestANewerSnapshotThatCannotBeUsedIsSaid(t *testing.T) {
	stopped := func(status string) func(*types.DBSnapshot) {
		return func(s *types.DBSnapshot) { s.Status = aws.String(status) }
	}
	young := func(s *types.DBSnapshot) { // a snapshot in the making may have no time yet
		s.Status, s.SnapshotDatabaseTime, s.OriginalSnapshotCreateTime, s.SnapshotCreateTime = aws.String("creating"), nil, nil, nil
	}
	cases := map[string]struct {
		reason   string
		change   func(*types.DBSnapshot)
		severity drill.Severity
	}{
		"creating":       {"it is being made", young, drill.Info},
		"copying":        {"it is being copied", stopped("copying"), drill.Info},
		"failed":         {"the newest backup is broken", stopped("failed"), drill.Warning},
		"something new":  {"nobody knows that it is harmless", stopped("resting"), drill.Warning},
		"foreign key":    {"it cannot be read here", encryptedWith(homeKey), drill.Warning},
		"without a time": {"nobody knows of when it is", func(s *types.DBSnapshot) { s.SnapshotDatabaseTime, s.OriginalSnapshotCreateTime = nil, nil }, drill.Warning},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.refuge.snapshots = []types.DBSnapshot{
				snapshotIn(refuge, "manual", "good", 9*time.Hour), snapshotIn(refuge, "manual", "newest", time.Hour, c.change),
			}
			choice := drill.Choose(points(t, f, specOf(plan.ScenarioRegionLoss)))
			if choice.Point == nil || !strings.HasSuffix(choice.Point.ID, "good") || len(choice.Findings) != 1 {
				t.Fatalf("%s: chosen %+v, findings %+v", c.reason, choice.Point, choice.Findings)
			}
			if got := choice.Findings[0]; got.Severity != c.severity || !strings.Contains(got.What, "newest") {
				t.Errorf("%s: %+v", c.reason, got)
			}
		})
	}
}

func TestAnOlderSnapshotWithoutATimeOfItsOwnIsNoNews(t *testing.T) {
	f := newFake(t)
	f.refuge.snapshots = []types.DBSnapshot{
		snapshotIn(refuge, "manual", "good", time.Hour),
		snapshotIn(refuge, "manual", "old-copy", 90*24*time.Hour, func(s *types.DBSnapshot) {
			s.SnapshotDatabaseTime, s.OriginalSnapshotCreateTime, s.SnapshotCreateTime = nil, nil, ago(80*24*time.Hour)
		}),
	}
	if choice := drill.Choose(points(t, f, specOf(plan.ScenarioRegionLoss))); len(choice.Findings) > 0 {
		t.Errorf("its copying is older than the chosen backup, and yet: %+v", choice.Findings)
	}
}

func TestAnUnknownScenarioIsRefused(t *testing.T) {
	spec := atHome()
	spec.Scenario = "meteor"
	_, err := newFake(t).RecoveryPoints(context.Background(), spec)
	wantError(t, err, drill.InvalidInput)
}

func TestABackupSaysOfWhichInstanceItIs(t *testing.T) {
	f := newFake(t)
	f.home.instances["orders-prod"] = sourceInstance()
	f.home.snapshots = []types.DBSnapshot{snapshotIn(home, "manual", "by-hand", 5*time.Hour)}
	for _, p := range points(t, f, atHome()) {
		if p.Says.SystemIdentifier != sourceResource || p.ServerVersion == "" {
			t.Errorf("%s says %+v, version %q", p.ID, p.Says, p.ServerVersion)
		}
	}
}

// A new instance has no point in time yet, and it is waited for: its logs are not
// switched off.
func TestANewInstanceHasNoPointInTimeYet(t *testing.T) {
	f := newFake(t)
	f.home.instances["orders-prod"] = sourceInstance()
	f.home.instances["orders-prod"].LatestRestorableTime = nil
	got := points(t, f, atHome())
	if len(got) != 1 || got[0].Usable || got[0].Standing != drill.InProgress || strings.Contains(got[0].Hint, "--backup-retention-period") || got[0].Hint == "" {
		t.Errorf("%+v", got)
	}
}
