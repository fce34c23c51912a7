package local

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/sandbox"
)

// ours makes the state folder, where nobody but root and this user can write there
// or above: records, locks and evidence could be exchanged, and lifeboat, which
// may be root, led to other files.
func (w *World) ours() error {
	if err := w.trusted(); err != nil { // before anything is made
		return err
	}
	if err := os.MkdirAll(w.options.StateDir, 0o700); err != nil {
		return fmt.Errorf("make the state folder: %w", err)
	}
	return w.trusted()
}

// trusted refuses a state folder that is not ours alone.
func (w *World) trusted() error {
	dir := w.options.StateDir
	var err error
	for _, folder := range []string{"", "runs", "locks", "evidence"} {
		if err = sandbox.TrustedWithLinks(filepath.Join(dir, folder)); err != nil {
			break
		}
	}
	if err == nil {
		return nil
	}
	hint := "run lifeboat as the owner of the folder, or name another one (--state-dir) that nobody else can write to, with its parents"
	if os.Geteuid() == 0 { // most often sudo, in a folder of the user's own
		hint = "a drill needs no root: run lifeboat as the owner, without sudo. Root's own state belongs into a folder of root's, " +
			"the same for every command: --state-dir /var/lib/lifeboat"
	}
	return &drill.Error{
		Name: drill.RestoreRefused, What: "others could exchange what is in the state folder " + dir + ", and lead lifeboat to other files", Err: err, Hint: hint,
	}
}
