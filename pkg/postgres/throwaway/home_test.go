package throwaway_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/throwaway"
)

// TestAScratchFolderOfOthersIsRefused before anything is made there: who can
// write to it could exchange a throwaway for a link while it is removed.
func TestAScratchFolderOfOthersIsRefused(t *testing.T) {
	tests := map[string]struct {
		reason string
		spoil  func(scratch string) error
	}{
		"everybody writes":  {"anybody could exchange what is in it", func(scratch string) error { return os.Chmod(scratch, 0o777) }},
		"everybody, sticky": {"anybody could have made our name before us", func(scratch string) error { return os.Chmod(scratch, 0o777|os.ModeSticky) }},
		"everybody, above":  {"anybody could exchange the folder itself", func(scratch string) error { return os.Chmod(filepath.Dir(scratch), 0o777) }},
		"another's":         {"its owner can", func(scratch string) error { return os.Chown(scratch, 65534, 65534) }},
		"another's, above":  {"its owner can", func(scratch string) error { return os.Chown(filepath.Dir(scratch), 65534, 65534) }},
		"a link of another's": {"its owner chooses where it leads", func(scratch string) error {
			if err := os.Rename(scratch, scratch+".real"); err != nil {
				return err
			}
			if err := os.Symlink(scratch+".real", scratch); err != nil {
				return err
			}
			return os.Lchown(scratch, 65534, 65534)
		}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			o := options(t)
			must(t, os.MkdirAll(o.Scratch, 0o755))
			if err := tc.spoil(o.Scratch); err != nil {
				t.Skip(err)
			}
			if _, err := throwaway.Create(o); drill.NameOf(err) != drill.RestoreRefused {
				t.Errorf("%s: %v", tc.reason, err)
			}
			if entries, err := os.ReadDir(o.Scratch); err != nil || len(entries) != 0 {
				t.Errorf("made all the same: %v, %v", entries, err)
			}
		})
	}
}

// TestExchangedDuringRemoval: another's link in the place of the throwaway leads
// nowhere.
func TestExchangedDuringRemoval(t *testing.T) {
	o := options(t)
	outside := filepath.Join(enterable(t), "outside")
	precious := filepath.Join(outside, "precious")
	must(t, os.MkdirAll(outside, 0o755))
	must(t, os.WriteFile(precious, []byte("canary"), 0o644))
	tw := create(t, o)
	marker, err := os.ReadFile(filepath.Join(tw.Path, "lifeboat.json"))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(outside, "lifeboat.json"), marker, 0o600))
	must(t, os.Rename(tw.Path, tw.Path+".aside"))
	must(t, os.Symlink(outside, tw.Path))
	if err := throwaway.Remove(t.Context(), o.Scratch, o.Deployment, tw.Marker.Name); drill.NameOf(err) != drill.CleanupFailed {
		t.Errorf("error %v, want CleanupFailed", err)
	}
	if raw, err := os.ReadFile(precious); err != nil || string(raw) != "canary" {
		t.Errorf("outside was touched: %q, %v", raw, err)
	}
	must(t, os.Remove(tw.Path))
	must(t, os.Rename(tw.Path+".aside", tw.Path))
}
