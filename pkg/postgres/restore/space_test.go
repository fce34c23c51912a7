package restore

import (
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/catalog"
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
