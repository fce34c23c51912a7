package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
)

// migrate rewrites a plan file in today's form: to the output, or in its place.
func (p *planFlags) migrate(out ui.Output, write bool) error {
	if write { // before it is read: a FIFO can be read once
		if info, err := os.Stat(p.file); err == nil && !info.Mode().IsRegular() {
			err = fmt.Errorf("%s is no regular file", p.file)
			return usageError("print the new form without --write, and put it there yourself; nothing was written", "replace the plan: %w", err)
		}
	}
	m, err := planfile.MigrateFile(p.file)
	if err != nil {
		return planError(err)
	}
	written := write && m.Keys > 0
	if written {
		if err := replaceFile(p.file, m.Text); err != nil {
			return usageError("see that its folder can be written to, or print the new form without --write; the plan is as it was", "write the migrated plan: %w", err)
		}
	}
	return out.Result(struct {
		File    string `json:"file"`
		Hash    string `json:"hash"`
		Keys    int    `json:"keys"` // that moved into blocks
		Written bool   `json:"written"`
		Text    string `json:"text"`
	}{p.file, m.Hash, m.Keys, written, string(m.Text)}, func(w io.Writer, _ ui.Paint) error {
		switch {
		case !write:
			_, err := w.Write(m.Text)
			return err
		case !written:
			fmt.Fprintf(w, "%s has today's form already\n", p.file)
		default:
			fmt.Fprintf(w, "%s: %d keys moved into the blocks of their kinds; the hash of the plan is as before, %s\n", p.file, m.Keys, m.Hash[:12])
		}
		return nil
	})
}

// replaceable is the file that a name leads to, where another one can take its
// place: a regular file with this one name.
func replaceable(path string) (info os.FileInfo, err error) {
	if info, err = os.Stat(path); err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", path)
	}
	if s, ok := info.Sys().(*syscall.Stat_t); ok && s.Nlink > 1 {
		return nil, fmt.Errorf("%s has %d names (hard links), and only this one would get the new form", path, s.Nlink)
	}
	return info, nil
}

// replaceFile exchanges what a file holds, so that whenever it is stopped the
// file holds all of the new or all of the old. Its owner, group and mode stay, and
// a link to it stays a link; where that cannot be, nothing is written.
func replaceFile(path string, text []byte) (err error) {
	path, err = filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	info, err := replaceable(path)
	if err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".lifeboat-plan-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) // after the rename there is nothing to remove
	defer temporary.Close()
	if err := giveTo(temporary, info); err != nil {
		return err
	}
	_, err = temporary.Write(text)
	if err = errors.Join(err, temporary.Chmod(info.Mode().Perm()), temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}

// giveTo gives a new file the owner and the group of another one.
func giveTo(f *os.File, like os.FileInfo) error {
	own, err := f.Stat()
	if err != nil {
		return err
	}
	is, ok := own.Sys().(*syscall.Stat_t)
	want, known := like.Sys().(*syscall.Stat_t)
	if !ok || !known || is.Uid == want.Uid && is.Gid == want.Gid {
		return nil
	}
	if err := f.Chown(int(want.Uid), int(want.Gid)); err != nil {
		return fmt.Errorf("its owner (%d) and group (%d) cannot be kept: %w", want.Uid, want.Gid, err)
	}
	return nil
}
