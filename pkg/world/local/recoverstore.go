package local

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
)

// recoveries is the record of recoveries in a folder: below it one for each run,
// with run.json, steps/<number>.json and databases/<name>.json. Several processes
// may write at once: the one that recovers, and one in which somebody decides. Each
// write is made under the run's lock (flock), which ends with the process, and
// appears whole or not at all (rename); it is synced before it counts.
type recoveries struct{ dir string }

var _ recoverystep.Store = recoveries{}

const (
	runFile  = "run.json"
	lockFile = "lock"
	// claimsDir is no name of a run: see folder.
	claimsDir = ".claims"
)

// Create implements recoverystep.Store.
func (r recoveries) Create(_ context.Context, run recovery.Run, steps []recovery.Record, databases []recoverystep.Database) error {
	folder, err := r.folder(run.ID)
	if err != nil {
		return err
	}
	for _, dir := range []string{filepath.Join(folder, "steps"), filepath.Join(folder, "databases")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("make the record of recovery %s: %w", run.ID, err)
		}
	}
	return r.locked(run.ID, func() error {
		if _, err := os.Stat(filepath.Join(folder, runFile)); err == nil {
			return nil
		}
		for _, d := range databases {
			if err := writeRecord(databaseFile(folder, d.Name), d); err != nil {
				return err
			}
		}
		for _, s := range steps {
			if err := writeRecord(stepFile(folder, s.Number), s); err != nil {
				return err
			}
		}
		return writeRecord(filepath.Join(folder, runFile), run)
	})
}

// Run implements recoverystep.Store.
func (r recoveries) Run(_ context.Context, id string) (recovery.Run, error) {
	folder, err := r.folder(id)
	if err != nil {
		return recovery.Run{}, err
	}
	return readRecord[recovery.Run](filepath.Join(folder, runFile))
}

// Steps implements recoverystep.Store.
func (r recoveries) Steps(ctx context.Context, id string) ([]recovery.Record, error) {
	if _, err := r.Run(ctx, id); err != nil {
		return nil, err
	}
	folder, err := r.folder(id)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(filepath.Join(folder, "steps"))
	if err != nil {
		return nil, fmt.Errorf("read the record of recovery %s: %w", id, err)
	}
	var steps []recovery.Record
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".json") {
			continue // one that is being written
		}
		step, err := readRecord[recovery.Record](filepath.Join(folder, "steps", e.Name()))
		if err != nil {
			return nil, err
		}
		steps = append(steps, step)
	}
	slices.SortFunc(steps, func(a, b recovery.Record) int { return cmp.Compare(a.Number, b.Number) })
	return steps, nil
}

// Step implements recoverystep.Store.
func (r recoveries) Step(_ context.Context, id string, number int) (recovery.Record, error) {
	folder, err := r.folder(id)
	if err != nil {
		return recovery.Record{}, err
	}
	return readRecord[recovery.Record](stepFile(folder, number))
}

// Database implements recoverystep.Store.
func (r recoveries) Database(_ context.Context, id, name string) (recoverystep.Database, error) {
	folder, err := r.folder(id)
	if err != nil {
		return recoverystep.Database{}, err
	}
	return readRecord[recoverystep.Database](databaseFile(folder, name))
}

// PutRun implements recoverystep.Store.
func (r recoveries) PutRun(_ context.Context, run recovery.Run) error {
	return r.locked(run.ID, func() error {
		return replace(filepath.Join(r.dir, run.ID, runFile), run, func(v *recovery.Run) *int { return &v.Revision })
	})
}

// PutStep implements recoverystep.Store.
func (r recoveries) PutStep(_ context.Context, id string, step recovery.Record) error {
	return r.locked(id, func() error {
		return replace(stepFile(filepath.Join(r.dir, id), step.Number), step, func(v *recovery.Record) *int { return &v.Revision })
	})
}

// Claim implements recoverystep.Store.
func (r recoveries) Claim(_ context.Context, name, run, instead string) (holder string, err error) {
	dir := filepath.Join(r.dir, claimsDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make the folder of claims: %w", err)
	}
	path := filepath.Join(dir, fileName(name)+".json")
	err = locked(filepath.Join(dir, lockFile), func() error {
		had, err := readRecord[claimed](path)
		if err != nil && !errors.Is(err, recoverystep.ErrNoRun) {
			return err
		}
		if had.Holder != "" && had.Holder != instead {
			holder = had.Holder
			return nil
		}
		holder = run
		return writeRecord(path, claimed{Name: name, Holder: run})
	})
	return holder, err
}

// claimed is who has a name.
type claimed struct {
	Name   string `json:"name"`
	Holder string `json:"holder"`
}

// Runs implements recoverystep.Store. A folder without a run is one whose making
// was cut off: it is none.
func (r recoveries) Runs(ctx context.Context, atMost int) ([]recovery.Run, error) {
	entries, err := os.ReadDir(r.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the recoveries: %w", err)
	}
	var runs []recovery.Run
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		run, err := r.Run(ctx, e.Name())
		if errors.Is(err, recoverystep.ErrNoRun) {
			continue
		}
		if err != nil {
			return nil, err
		}
		runs = append(runs, run)
	}
	slices.SortFunc(runs, func(a, b recovery.Run) int {
		return cmp.Or(b.StartedAt.Compare(a.StartedAt), cmp.Compare(b.ID, a.ID))
	})
	if atMost > 0 && len(runs) > atMost {
		runs = runs[:atMost]
	}
	return runs, nil
}

// folder of a run. An id that is no name of a file names no run.
func (r recoveries) folder(id string) (string, error) {
	if id == "" || fileName(id) != id || strings.HasPrefix(id, ".") {
		return "", fmt.Errorf("recovery %q: %w", id, recoverystep.ErrNoRun)
	}
	return filepath.Join(r.dir, id), nil
}

// locked works on a run alone, among all processes.
func (r recoveries) locked(id string, work func() error) error {
	folder, err := r.folder(id)
	if err != nil {
		return err
	}
	return locked(filepath.Join(folder, lockFile), work)
}

// locked works while nobody else has the lock of a file.
func locked(path string, work func() error) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, fs.ErrNotExist) { // its folder
		return fmt.Errorf("%s: %w", filepath.Dir(path), recoverystep.ErrNoRun)
	}
	if err != nil {
		return fmt.Errorf("lock the record of a recovery: %w", err)
	}
	defer f.Close() // and with it the lock goes
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX)
		if err == nil {
			return work()
		}
		if !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("lock the record of a recovery: %w", err)
		}
	}
}

// replace writes next, on condition that the record has still its revision, and
// counts that up. One that is there as it would be written is there: the answer to
// an earlier write was lost.
func replace[T any](path string, next T, revision func(*T) *int) error {
	now, err := readRecord[T](path)
	if err != nil {
		return err
	}
	written := next
	*revision(&written)++
	switch {
	case *revision(&now) == *revision(&next):
		return writeRecord(path, written)
	case sameRecord(now, written):
		return nil
	}
	return fmt.Errorf("%s: %w", filepath.Base(path), recoverystep.ErrConflict)
}

// sameRecord compares what is written, in which a time has no zone of a machine.
func sameRecord(a, b any) bool {
	one, errOne := json.Marshal(a)
	other, errOther := json.Marshal(b)
	return errOne == nil && errOther == nil && bytes.Equal(one, other)
}

func stepFile(folder string, number int) string {
	return filepath.Join(folder, "steps", fmt.Sprintf("%03d.json", number))
}

func databaseFile(folder, name string) string {
	return filepath.Join(folder, "databases", fileName(name)+".json")
}

func readRecord[T any](path string) (record T, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return record, fmt.Errorf("%s: %w", path, recoverystep.ErrNoRun)
	}
	if err != nil {
		return record, fmt.Errorf("read the record of a recovery: %w", err)
	}
	if err := json.Unmarshal(text, &record); err != nil {
		return record, fmt.Errorf("%s is no record of a recovery any more: %w", path, err)
	}
	return record, nil
}

// writeRecord puts a file in the place of what stood there, whole and synced.
func writeRecord(path string, record any) error {
	text, err := json.MarshalIndent(record, "", " ")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".writing-")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.Write(append(text, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(f.Name()))
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer folder.Close()
	if err := folder.Sync(); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOTSUP) {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
