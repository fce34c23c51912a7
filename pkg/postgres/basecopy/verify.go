package basecopy

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/manifest"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/plainfile"
)

// verifier holds the manifest's entries that were not seen yet. Without a
// manifest it is not active and finds nothing wrong.
type verifier struct {
	mu      sync.Mutex
	loaded  bool
	waiting map[string]manifest.File
	// checksums is true where every file has one.
	checksums bool
}

func loadVerifier(path string) (*verifier, error) {
	v := &verifier{waiting: map[string]manifest.File{}}
	if path == "" {
		return v, nil
	}
	f, err := plainfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := manifest.VerifySelf(f); err != nil {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	v.loaded, v.checksums = true, true
	err = manifest.Read(f, func(file manifest.File) error {
		if _, twice := v.waiting[file.Path]; twice {
			return fmt.Errorf("backup_manifest: %s is listed twice", quoted(file.Path))
		}
		if len(v.waiting) == maxMembers {
			return errTooMany
		}
		if len(file.Checksum) == 0 {
			v.checksums = false
		}
		v.waiting[file.Path] = file
		return nil
	})
	return v, err
}

func (v *verifier) active() bool { return v.loaded }

func (v *verifier) lists(name string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	_, ok := v.waiting[name]
	return ok
}

// begin takes the entry of a member off the list; nil where there is none.
func (v *verifier) begin(name string) (*manifest.File, hash.Hash, error) {
	v.mu.Lock()
	file, ok := v.waiting[name]
	delete(v.waiting, name)
	v.mu.Unlock()
	if !ok {
		return nil, nil, nil
	}
	sum, err := manifest.NewHash(file.Algorithm)
	return &file, sum, err
}

// missing tells of files that the manifest lists and the backup lacks.
func (v *verifier) missing() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	first := ""
	for name := range v.waiting {
		if exempt(name) {
			delete(v.waiting, name)
		} else if first == "" || name < first {
			first = name
		}
	}
	if first == "" {
		return nil
	}
	return fmt.Errorf("%d files of the manifest are missing, the first is %s", len(v.waiting), quoted(first))
}

// exempt are the files that pg_basebackup --write-recovery-conf changes after
// the manifest was written; pg_verifybackup passes over them too. None of them
// is taken over as it is.
func exempt(name string) bool {
	return name == "postgresql.auto.conf" || name == "standby.signal" || name == "recovery.signal"
}

// verifyEmbedded verifies the copy against a manifest that came as a member of
// the tar itself, after files that had already been written: those are read a
// second time, which no backup as pg_basebackup writes it needs.
func (c *copier) verifyEmbedded(ctx context.Context) error {
	embedded := filepath.Join(c.job.Tablespaces, manifest.Name)
	if _, err := os.Stat(embedded); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	defer os.Remove(embedded)
	late, err := loadVerifier(embedded)
	if err != nil {
		return err
	}
	c.bareManifest = !late.checksums
	for name, file := range late.waiting {
		if place(name) != keep {
			continue
		}
		if err := c.verifyCopy(ctx, name, file); err != nil {
			return err
		}
	}
	return nil
}

func (c *copier) verifyCopy(ctx context.Context, name string, file manifest.File) error {
	root, inside := c.data, name
	if oid, rest, ok := tablespacePath(name); ok && c.isTablespace(oid) {
		root, inside = c.spaces, oid+"/"+rest
	}
	f, err := root.Open(filepath.FromSlash(inside))
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s: listed by the manifest, and missing", quoted(name))
	}
	if err != nil {
		return c.failed(err)
	}
	defer f.Close()
	sum, err := manifest.NewHash(file.Algorithm)
	if err != nil {
		return err
	}
	if sum == nil {
		return nil
	}
	size, err := io.Copy(sum, f)
	if err != nil {
		return c.failed(err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return file.Verify(size, sum)
}

// quoted makes a name from a backup fit for a message.
func quoted(name string) string {
	if len(name) > 200 {
		name = name[:200]
	}
	return strings.ToValidUTF8(fmt.Sprintf("%q", name), "?")
}
