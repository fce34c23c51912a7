package postgres

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/catalog"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgbin"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/restore"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/throwaway"
)

// Installed are the programs that are found on this machine, before any plan says
// where else to look; Broken are folders whose programs do not run, and why.
func (a *Adapter) Installed(ctx context.Context) (pgbin.Found, error) {
	return pgbin.Find(ctx, pgbin.Options{})
}

// Programs are those that would restore a recovery point, and what is to be said of
// them; major is the version that it wants, 0 where any will do or nobody knows. The
// error is BinariesMissing. Nothing is made.
func (a *Adapter) Programs(ctx context.Context, spec drill.Spec, point drill.RecoveryPoint) (set pgbin.Set, said []drill.Finding, major int, err error) {
	b, err := inspect(spec, point)
	if err != nil {
		return pgbin.Set{}, nil, 0, err
	}
	major = b.ProgramsMajor()
	set, said, err = a.host.Choose(ctx, spec, b, major)
	return set, said, major, err
}

// Space is what is free where a recovery point would be restored to, and what that
// takes at least, with what stays free for others, in bytes. Nothing is made: it is
// asked of the nearest folder above that is there.
func (a *Adapter) Space(spec drill.Spec, point drill.RecoveryPoint) (folder string, free, need int64, err error) {
	b, err := inspect(spec, point)
	if err != nil {
		return "", 0, 0, err
	}
	folder = throwaway.Home(spec.Postgres.Scratch)
	for there(folder) != nil && folder != filepath.Dir(folder) {
		folder = filepath.Dir(folder)
	}
	free, need, err = restore.Space(b, folder)
	return folder, free, need, err
}

func there(folder string) error {
	_, err := os.Stat(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil // what else is wrong with it, who asks for its space says
}

func inspect(spec drill.Spec, point drill.RecoveryPoint) (catalog.Backup, error) {
	source, err := sourceOf(spec)
	if err != nil {
		return catalog.Backup{}, err
	}
	return catalog.Inspect(source, point)
}
