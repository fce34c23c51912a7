package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// A sandbox with namespaces is handed what it needs, and closed folders are in
// nobody's way. Where there is none and programs run as another user than root,
// they must get to their folders by themselves: this file is about that.

// Reaches tells, by trying, whether programs can enter the folder and read it.
func (p *Protection) Reaches(ctx context.Context, folder string) bool {
	return p.finds(ctx, `cd "$0" && test -r .`, folder)
}

func (p *Protection) finds(ctx context.Context, script, folder string) bool {
	if !p.other || p.kind == Namespaces {
		return true
	}
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", script, folder)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = "/", []string{}, &syscall.SysProcAttr{Setsid: true}
	p.become(cmd.SysProcAttr)
	return cmd.Run() == nil
}

// Enters tells, by trying, whether programs can pass through the folder.
func (p *Protection) Enters(ctx context.Context, folder string) bool {
	return p.finds(ctx, `cd "$0"`, folder)
}

// Programs returns a folder of programs that can be run: bin itself where the
// programs' user can read it, else a copy of the installation below into, which
// must not exist yet or be an earlier copy. Its parts lie to one another as they
// did: programs find them so. The copy is some 60 MB for the npm package.
func (p *Protection) Programs(ctx context.Context, bin, into string) (string, error) {
	if p.Reaches(ctx, bin) {
		return bin, nil
	}
	root := installedIn(bin)
	copied := filepath.Join(into, strings.TrimPrefix(bin, root))
	if _, err := os.Stat(into); err == nil {
		return copied, nil
	}
	partial := into + ".partial"
	if err := errors.Join(os.RemoveAll(partial), os.MkdirAll(partial, 0o700)); err != nil {
		return "", fmt.Errorf("copy programs to %s: %w", partial, err)
	}
	for _, part := range Installation(bin) {
		err := copyPart(filepath.Join(partial, strings.TrimPrefix(part, root)), part)
		if errors.Is(err, fs.ErrNotExist) && part != bin {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("copy programs from %s: %w", filepath.Dir(bin), err)
		}
	}
	if err := p.Own(partial); err != nil {
		return "", err
	}
	if err := os.Rename(partial, into); err != nil {
		return "", fmt.Errorf("copy programs to %s: %w", into, err)
	}
	if !p.Reaches(ctx, copied) {
		return "", p.unreachable(into)
	}
	return copied, nil
}

func copyPart(to, from string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	return os.CopyFS(to, os.DirFS(from))
}

// Installation is what programs of a folder need of what lies around it, and
// not more: an installation may have more beside it, a home for example. Not
// all of it need exist.
func Installation(bin string) []string {
	prefix := filepath.Dir(bin)
	parts := []string{bin, filepath.Join(prefix, "lib"), filepath.Join(prefix, "lib64"), filepath.Join(prefix, "share")}
	if shared := debianShare(prefix); shared != "" {
		parts = append(parts, shared)
	}
	return parts
}

// installedIn is the folder below which all of an installation lies.
func installedIn(bin string) string {
	if root := debianRoot(filepath.Dir(bin)); root != "" {
		return root
	}
	return filepath.Dir(bin)
}

// debianShare is where Debian's packages keep the shared files of the programs
// in prefix (<root>/lib/postgresql/15: <root>/share/postgresql/15); "": prefix is
// not laid out so. PostgreSQL finds them relative to its programs
// (make_relative_path in src/port/path.c), so packages that were unpacked
// elsewhere work too.
func debianShare(prefix string) string {
	root := debianRoot(prefix)
	if root == "" {
		return ""
	}
	return filepath.Join(root, "share", "postgresql", filepath.Base(prefix))
}

// debianRoot is the root in <root>/lib/postgresql/15; "": prefix is not laid out so.
func debianRoot(prefix string) string {
	parent := filepath.Dir(prefix)
	if filepath.Base(parent) != "postgresql" || filepath.Base(filepath.Dir(parent)) != "lib" {
		return ""
	}
	return filepath.Dir(filepath.Dir(parent))
}

// Scratch returns a folder for throwaways that programs can reach: preferred
// where they can (or it is not there yet and its nearest existing parent can
// be entered), else one in the system's folder for temporary files. The answer
// is the same every time, so that a sweeper that asks again looks in the right
// place; it looks in preferred as well. Nothing is created.
func (p *Protection) Scratch(ctx context.Context, preferred string) string {
	existing := preferred
	for {
		if _, err := os.Stat(existing); err == nil || existing == filepath.Dir(existing) {
			break
		}
		existing = filepath.Dir(existing)
	}
	info, err := os.Stat(existing)
	if err != nil || !info.IsDir() || p.Reaches(ctx, existing) {
		return preferred // what is in its way is an error when it is made
	}
	return FallbackScratch()
}

func (p *Protection) unreachable(folder string) error {
	return &drill.Error{
		Name: drill.RestoreRefused, What: fmt.Sprintf("programs that run %s cannot enter %s", p, folder),
		Hint: "name a scratch folder in the plan whose parents everybody may enter, /var/tmp/lifeboat for example",
	}
}
