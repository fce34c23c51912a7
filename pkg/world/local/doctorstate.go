package local

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor/machine"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// unwritable asks the system, and writes nothing: of the folder and what records go
// to, or of the nearest folder above where there is none yet.
func (d *examiner) unwritable() (files []string, err error) {
	dir := d.options.StateDir
	above := dir
	for {
		if _, err := os.Lstat(above); !errors.Is(err, fs.ErrNotExist) || above == filepath.Dir(above) {
			break
		}
		above = filepath.Dir(above)
	}
	if above != dir {
		return denied(above), nil
	}
	for _, part := range []string{"", "runs", "locks", "evidence", "heads", "scratch", "metrics.jsonl"} {
		path := filepath.Join(dir, part)
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		files = append(files, denied(path)...)
	}
	for _, folder := range []string{"runs", "locks"} { // files that a drill opens again
		entries, err := os.ReadDir(filepath.Join(dir, folder))
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			return files, err
		}
		for _, e := range entries {
			files = append(files, denied(filepath.Join(dir, folder, e.Name()))...)
		}
	}
	return files, nil
}

func denied(path string) []string {
	err := unix.Access(path, unix.W_OK)
	if err == nil || errors.Is(err, unix.ENOENT) { // it has just gone
		return nil
	}
	return []string{path}
}

// running are the drills whose process has their mark open.
func (d *examiner) running(ctx context.Context) ([]machine.Running, error) {
	marks, err := filepath.Glob(filepath.Join(globQuote.Replace(d.executions.dir), "*"+openSuffix))
	if err != nil {
		return nil, err
	}
	var all []machine.Running
	for _, mark := range marks {
		closed, err := d.executions.closedFile(mark)
		if err != nil {
			return all, err
		}
		if closed {
			continue // gone, or cut off: a sweep finds it
		}
		r, err := d.runningBy(ctx, mark)
		if err != nil {
			return all, err
		}
		all = append(all, r)
	}
	return all, nil
}

var globQuote = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)

func (d *examiner) runningBy(ctx context.Context, mark string) (machine.Running, error) {
	r := machine.Running{RunID: strings.TrimSuffix(filepath.Base(mark), openSuffix)}
	if info, err := os.Stat(mark); err == nil {
		r.Began = info.ModTime()
	}
	facts, err := d.records.Facts(ctx, r.RunID)
	if err != nil {
		return r, err
	}
	for _, f := range facts {
		if f.Kind == drill.FactClaimed && f.Run != nil && f.Spec != nil {
			r.Database, r.Began, r.Longest = f.Spec.Name(), f.Run.StartedAt, longest(f.Spec.Limits)
		}
	}
	if r.Database == "" {
		return r, nil
	}
	file, err := os.Open(filepath.Join(d.slots.dir, fileName(r.Database)+".lock"))
	if err != nil {
		return r, nil // who holds it is only a help
	}
	defer file.Close()
	if holder, err := readHolder(file); err == nil && holder.RunID == r.RunID {
		r.PID = holder.PID
	}
	return r, nil
}

// longest is what a drill may take by its limits, with as much again for what has
// none.
func longest(l drill.Limits) time.Duration {
	return 2 * drill.Seconds(l.StartSeconds+l.RestoreSeconds+l.ValidateSeconds+l.RemovalSeconds)
}

// written are files whose times this machine's clock must not be behind: lifeboat's own
// program, the plan, and what earlier drills wrote.
func (d *examiner) written(planFile string) (all []machine.Written) {
	add := func(what, path string) {
		if info, err := os.Stat(path); err == nil {
			all = append(all, machine.Written{What: what, At: info.ModTime()})
		}
	}
	if program, err := os.Executable(); err == nil {
		add("lifeboat's program", program)
	}
	add("the plan", planFile)
	for _, part := range []string{"metrics.jsonl", "evidence", "heads", "runs", "locks"} {
		add(filepath.Join(d.options.StateDir, part), filepath.Join(d.options.StateDir, part))
	}
	return all
}
