package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/sandbox"
)

// ours makes the state folder and sees that nobody but root and this user can
// write there or above: records, locks and evidence could be exchanged, and
// lifeboat, which may be root, led to other files.
func (w *World) ours() error {
	dir := w.options.StateDir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the state folder: %w", err)
	}
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return fmt.Errorf("find the state folder: %w", err)
	}
	for _, folder := range []string{"", "runs", "locks", "evidence"} {
		err = errors.Join(err, sandbox.Trusted(filepath.Join(dir, folder)), sandbox.Trusted(filepath.Join(real, folder)))
	}
	if err == nil {
		return nil
	}
	return &drill.Error{
		Name: drill.RestoreRefused, What: "others could exchange what is in the state folder " + dir, Err: err,
		Hint: "run lifeboat as the owner of the folder, or name another one (--state-dir) that nobody else can write to, with its parents",
	}
}
