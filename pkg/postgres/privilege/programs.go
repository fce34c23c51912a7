package privilege

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Programs returns a folder of programs that can be run: bin itself where the
// programs' user can read it, else a copy of the installation (bin and the
// lib and share folders beside it) below into, which must not exist yet or be
// an earlier copy. The copy is some 60 MB for the npm package.
func (r *Runner) Programs(ctx context.Context, bin, into string) (string, error) {
	if r.Reaches(ctx, bin) {
		return bin, nil
	}
	copied := filepath.Join(into, filepath.Base(bin))
	if _, err := os.Stat(into); err == nil {
		return copied, nil
	}
	partial := into + ".partial"
	if err := errors.Join(os.RemoveAll(partial), os.MkdirAll(partial, 0o700)); err != nil {
		return "", fmt.Errorf("copy programs to %s: %w", partial, err)
	}
	// Only what programs need: an installation may have more beside it.
	prefix := filepath.Dir(bin)
	for _, part := range []string{filepath.Base(bin), "lib", "lib64", "share"} {
		err := os.CopyFS(filepath.Join(partial, part), os.DirFS(filepath.Join(prefix, part)))
		if errors.Is(err, fs.ErrNotExist) && part != filepath.Base(bin) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("copy programs from %s: %w", prefix, err)
		}
	}
	if err := r.Own(partial); err != nil {
		return "", err
	}
	if err := os.Rename(partial, into); err != nil {
		return "", fmt.Errorf("copy programs to %s: %w", into, err)
	}
	if !r.Reaches(ctx, copied) {
		return "", r.unreachable(into)
	}
	return copied, nil
}

// Scratch returns a folder for throwaways that programs can reach: preferred
// where they can (or it is not there yet and its nearest existing parent can
// be entered), else one in the system's folder for temporary files. The answer
// is the same every time, so that a sweeper that asks again looks in the right
// place; it looks in preferred as well. Nothing is created.
func (r *Runner) Scratch(ctx context.Context, preferred string) string {
	existing := preferred
	for {
		if _, err := os.Stat(existing); err == nil || existing == filepath.Dir(existing) {
			break
		}
		existing = filepath.Dir(existing)
	}
	info, err := os.Stat(existing)
	if err != nil || !info.IsDir() || r.Reaches(ctx, existing) {
		return preferred // what is in its way is an error when it is made
	}
	return FallbackScratch()
}

// FallbackScratch is the folder for throwaways in the system's temporary
// folder. Nothing is created.
func FallbackScratch() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("lifeboat-scratch-%d", os.Geteuid()))
}

func (r *Runner) unreachable(folder string) error {
	return &drill.Error{
		Name: drill.RestoreRefused, What: fmt.Sprintf("programs that run %s cannot enter %s", r, folder),
		Hint: "name a scratch folder in the plan whose parents everybody may enter, /var/tmp/lifeboat for example",
	}
}
