package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
)

// migrate rewrites a plan file in today's form: to the output, or in its place.
func (p *planFlags) migrate(out ui.Output, write bool) error {
	m, err := planfile.MigrateFile(p.file)
	if err != nil {
		return planError(err)
	}
	written := write && m.Keys > 0
	if written {
		if err := replaceFile(p.file, m.Text); err != nil {
			return usageError("see that its folder can be written to; the plan is as it was", "write the migrated plan: %w", err)
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

// replaceFile exchanges what a file holds, so that whenever it is stopped the
// file holds all of the new or all of the old. Its mode stays, and a link to it
// stays a link.
func replaceFile(path string, text []byte) (err error) {
	path, err = filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".lifeboat-plan-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) // after the rename there is nothing to remove
	defer temporary.Close()
	_, err = temporary.Write(text)
	if err = errors.Join(err, temporary.Chmod(info.Mode().Perm()), temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}
