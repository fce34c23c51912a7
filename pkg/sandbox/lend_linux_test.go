package sandbox

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestWhatItsOwnerCannotReadIsNotLent, but copied: lent, it would be closed to
// whom it is lent to.
func TestWhatItsOwnerCannotReadIsNotLent(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root lends")
	}
	p := namespaces(t)
	for name, tc := range map[string]struct {
		file, folder os.FileMode
		lent         bool
	}{
		"its owner reads it": {0o400, 0o500, true},
		"nobody may":         {0, 0o700, false},
		"its owner writes":   {0o200, 0o700, false},
		"others read":        {0o044, 0o755, false},
		"a closed folder":    {0o600, 0o200, false},
		"no way through":     {0o600, 0o400, false},
	} {
		t.Run(name, func(t *testing.T) {
			backup := filepath.Join(t.TempDir(), "backup")
			file := filepath.Join(backup, "toc.dat")
			must(t, os.Mkdir(backup, 0o700))
			must(t, os.WriteFile(file, []byte("rows"), 0o600))
			must(t, errors.Join(os.Chmod(file, tc.file), os.Chmod(backup, tc.folder)))
			s, err := p.Start(Spec{Program: "/bin/cat", Args: []string{file}, Backups: []string{backup}})
			if !tc.lent {
				if !errors.Is(err, ErrNotLent) {
					t.Errorf("%v, want one that lets it be copied", err)
				}
				return
			}
			must(t, err)
			must(t, s.Wait())
		})
	}
}
