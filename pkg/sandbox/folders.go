package sandbox

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Own gives everything below the folder to the user that programs run as, and
// follows no link. It does nothing where that is ourselves. Nothing of a sandbox
// may run that writes there.
func (p *Protection) Own(folder string) error {
	if !p.other {
		return nil
	}
	err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, p.uid, p.gid)
	})
	if err != nil {
		return fmt.Errorf("give %s to user %d: %w", folder, p.uid, err)
	}
	return nil
}

// FallbackScratch is the folder for throwaways in the system's temporary
// folder. Nothing is created.
func FallbackScratch() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("lifeboat-scratch-%d", os.Geteuid()))
}
