package rds

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsrds "github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

type came struct {
	Origin drill.Origin
	Copied bool
}

// Where a recovery point comes from is said by who lists it, not by its name: a
// name that looks like another origin's changes nothing.
func TestOriginIsWhatRDSSays(t *testing.T) {
	copied := func(s *types.DBSnapshot) { s.SourceRegion = aws.String(refuge) }
	for name, c := range map[string]struct {
		reason   string
		snapshot types.DBSnapshot
		want     came
	}{
		"automated":              {"once a day", snapshotIn(home, "automated", "rds:daily", time.Hour), came{drill.OriginAutomated, false}},
		"manual":                 {"somebody asked", snapshotIn(home, "manual", "by-hand", time.Hour), came{drill.OriginManual, false}},
		"automated, unlike it":   {"the type decides", snapshotIn(home, "automated", "daily", time.Hour), came{drill.OriginAutomated, false}},
		"AWS Backup":             {"a vault holds it", snapshotIn(home, "awsbackup", "awsbackup:job-1", time.Hour), came{drill.OriginAWSBackup, false}},
		"copy":                   {"somebody copied it", snapshotIn(home, "manual", "copy", time.Hour, copied), came{drill.OriginManual, true}},
		"copy by AWS Backup":     {"it is found again as AWS Backup's", snapshotIn(home, "awsbackup", "awsbackup:copyjob-1", time.Hour, copied), came{drill.OriginAWSBackup, true}},
		"shared":                 {"another account's", snapshotIn(home, "shared", "theirs", time.Hour), came{drill.OriginShared, false}},
		"another account's":      {"whatever its type", snapshotIn(home, "manual", "theirs", time.Hour, ownedBy("999999999999")), came{drill.OriginShared, false}},
		"another's copy":         {"it must be copied first, copy or not", snapshotIn(home, "manual", "theirs", time.Hour, ownedBy("999999999999"), copied), came{drill.OriginShared, false}},
		"a name of AWS Backup's": {"anybody may choose a name", snapshotIn(home, "manual", "awsbackup-job-1", time.Hour), came{drill.OriginManual, false}},
	} {
		look := search{spec: atHome(), source: target{Place: atHome().Place, RDSSource: *atHome().RDS}, owner: owner, caller: owner}
		got := look.fromSnapshot(c.snapshot, home)
		if diff := cmp.Diff(c.want, came{got.Origin, got.Copied}); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", name, c.reason, diff)
		}
	}
}

func TestOriginOfPointsInTime(t *testing.T) {
	retained := replicated(func(b *types.DBInstanceAutomatedBackup) { b.Region = aws.String(home) })
	for want, got := range map[drill.Origin]candidate{
		drill.OriginPITR: fromInstance(*sourceInstance(), home), drill.OriginRetained: fromBackup(retained, home), drill.OriginReplicated: fromBackup(replicated(), refuge),
	} {
		if got.Origin != want || !got.Origin.PointInTime() {
			t.Errorf("%s: %+v", want, got.RecoveryPoint)
		}
	}
}

// The restore looks a snapshot up by what the listing said of it.
func TestSnapshotIsLookedUpByItsOrigin(t *testing.T) {
	f := newFake(t)
	f.home.snapshots = []types.DBSnapshot{snapshotIn(home, "automated", "daily", time.Hour)} // no "rds:"
	if _, err := start(f, atHome(), points(t, f, atHome())[0]); err != nil {
		t.Fatal(err)
	}
	if got := *f.home.restored[0].(*awsrds.RestoreDBInstanceFromDBSnapshotInput).DBSnapshotIdentifier; got != "daily" {
		t.Errorf("restored from %s", got)
	}
}
