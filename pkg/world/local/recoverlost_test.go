package local

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// TestRecordThatDisappears: somebody removes the state folder, or spoils the record,
// while a recovery runs. It says so, and ends what it started, instead of waiting for
// ever for a record that does not come back.
func TestRecordThatDisappears(t *testing.T) {
	tests := map[string]struct {
		reason string
		spoil  func(m *laptop, run string) error
		hint   string
	}{
		"removed": {"all of it is gone", func(m *laptop, _ string) error {
			return os.Rename(filepath.Join(m.folder, "state"), filepath.Join(m.folder, "taken"))
		}, "start another"},
		"spoilt": {"it is no record any more", func(m *laptop, run string) error {
			return os.WriteFile(filepath.Join(m.folder, "state", "recoveries", run, runFile), []byte("{"), 0o600)
		}, "mend the file"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			m.plan.Workloads[0].Recovery.Steps[3].Command = []string{"/bin/sh", "-c", "sleep 300 & echo $$ >> groups; wait"}
			spoilt := false
			_, err := m.process().Recover(t.Context(), world.RecoverRequest{Observe: func(now world.Recovery) {
				if spoilt || len(m.groups()) == 0 {
					return
				}
				spoilt = true
				if err := tc.spoil(m, now.Run.ID); err != nil {
					t.Error(err)
				}
			}})
			if drill.NameOf(err) != world.RecoveryLost || !strings.Contains(drill.HintOf(err), tc.hint) {
				t.Errorf("%s: %v, hint %s", tc.reason, err, drill.HintOf(err))
			}
			if left := m.runs(m.groups()); len(left) > 0 {
				t.Errorf("commands still run: %v", left)
			}
		})
	}
}
