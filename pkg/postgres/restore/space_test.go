package restore

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/catalog"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest"
)

func TestARestoreThatCannotFitIsRefused(t *testing.T) {
	const huge = 1 << 60
	tests := map[string]struct {
		reason string
		b      catalog.Backup
		want   drill.ErrorName
	}{
		"small":           {"it fits", catalog.Backup{Point: drill.RecoveryPoint{SizeBytes: 1}}, ""},
		"large":           {"its own size is known", catalog.Backup{Point: drill.RecoveryPoint{SizeBytes: huge}}, drill.RestoreRefused},
		"large when read": {"the manifest knows more than the compressed size", catalog.Backup{Gzip: true, RestoredBytes: huge}, drill.RestoreRefused},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if err := CheckSpace(tc.b, t.TempDir()); drill.NameOf(err) != tc.want {
				t.Errorf("error %v, want %q: %s", err, tc.want, tc.reason)
			}
		})
	}
}

// A dump does not tell how large it becomes: the free space is watched.
func TestARestoreIsStoppedBeforeTheDiskIsFull(t *testing.T) {
	disk := pgtest.SmallDisk(t, 400)
	r := &Restore{job: Job{Work: disk, Clock: clock.Real{}, Backup: catalog.Backup{Path: "a dump"}}}
	f, err := os.Create(filepath.Join(disk, "data"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(make([]byte, 370<<20)); err != nil { // the reserve is 20 MiB
		t.Fatal(err)
	}
	err = r.withRoom(t.Context(), func(ctx context.Context) error {
		for {
			if _, err := f.Write(make([]byte, 100<<10)); err != nil {
				return err
			}
			if err := pause(ctx, r.job.Clock, 20*time.Millisecond); err != nil {
				return err
			}
		}
	})
	if drill.NameOf(err) != drill.RestoreFailed || !strings.Contains(err.Error(), "was stopped") {
		t.Errorf("%v", err)
	}
}
