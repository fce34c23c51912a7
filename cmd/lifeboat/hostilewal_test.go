package main

import (
	"bytes"
	bytesof "encoding/binary"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest"
	"github.com/lifeboat-dr/lifeboat/pkg/sandbox"
)

// walTrap is a base backup whose WAL makes a tablespace in a folder outside, and
// makes and drops a database there. A server that replays it takes that folder
// for its own (mode 0700) and removes what lies under the database's number.
type walTrap struct {
	backup  string
	made    string // the tablespace's path in the record
	outside string // the folder that the trap is for
}

// setWALTrap takes the backup from a real server, by hand: what is done while it is
// taken lies behind the redo point of its checkpoint.
func setWALTrap(t *testing.T, a *attack, s *pgtest.Source) *walTrap {
	t.Helper()
	root := filepath.Dir(a.dir)
	w := &walTrap{
		backup: filepath.Join(a.dir, "backups", "hostile"), outside: filepath.Join(root, "live"),
		made: filepath.Join(root, "live-"+strings.Repeat("x", blockHeaderBytes-1)), // as much longer as a block's header
	}
	must(t, os.Mkdir(w.made, 0o700))
	must(t, s.Own(w.made))
	conn, err := s.Conn(t.Context(), "postgres")
	must(t, err)
	defer conn.Close(t.Context())
	_, err = conn.Exec(t.Context(), "select pg_backup_start('trap', true)")
	must(t, err)
	must(t, os.MkdirAll(filepath.Dir(w.backup), 0o755))
	must(t, os.CopyFS(w.backup, os.DirFS(s.Data)))
	s.Exec("postgres", "create tablespace live location '"+w.made+"'")
	s.Exec("postgres", "create database shorter tablespace live")
	folders, err := filepath.Glob(filepath.Join(w.made, "PG_*", "*"))
	if err != nil || len(folders) != 1 {
		t.Fatal(folders, err)
	}
	s.Exec("postgres", "drop database shorter")
	var label string
	must(t, conn.QueryRow(t.Context(), "select labelfile from pg_backup_stop(false)").Scan(&label))
	must(t, os.WriteFile(filepath.Join(w.backup, "backup_label"), []byte(label), 0o600))
	for _, name := range []string{"postmaster.pid", "postmaster.opts"} {
		_ = os.Remove(filepath.Join(w.backup, name))
	}
	must(t, os.RemoveAll(filepath.Join(w.backup, "pg_wal")))
	must(t, os.CopyFS(filepath.Join(w.backup, "pg_wal"), os.DirFS(filepath.Join(s.Data, "pg_wal"))))

	// Outside lies what a live server would have there.
	inside, err := filepath.Rel(w.made, folders[0])
	must(t, err)
	precious := filepath.Join(w.outside, inside, "precious")
	must(t, os.MkdirAll(filepath.Dir(precious), 0o755))
	must(t, os.WriteFile(precious, []byte("canary\n"), 0o644))
	return w
}

const blockHeaderBytes = 20 // of XLogRecordBlockHeader with a relation's name and the block's number

// forge writes another path, and what stands before it, into the record that makes
// the tablespace, and sums the record anew.
func (w *walTrap) forge(t *testing.T, before []byte, path string) {
	t.Helper()
	segments, err := filepath.Glob(filepath.Join(w.backup, "pg_wal", strings.Repeat("[0-9A-F]", 24)))
	must(t, err)
	const head, atManager, atSum, tablespaces = 24, 17, 20, 5
	for _, name := range segments {
		raw, err := os.ReadFile(name)
		must(t, err)
		at := bytes.Index(raw, []byte(w.made+"\x00")) - 4 - 2 - head
		if at < 0 {
			continue
		}
		if raw[at+atManager] != tablespaces {
			t.Fatalf("no record of a tablespace at %d of %s", at, name)
		}
		record := raw[at : at+int(bytesof.NativeEndian.Uint32(raw[at:]))]
		number := bytes.Clone(record[head+2 : head+6])
		data := append(number, path...)
		room := len(record) - head - len(before) - 2
		data = append(data, make([]byte, room-len(data))...)
		copy(record[head:], append(append(bytes.Clone(before), 255, byte(room)), data...)) //nolint:gosec // a path's length
		table := crc32.MakeTable(crc32.Castagnoli)
		sum := crc32.Update(crc32.Checksum(record[head:], table), table, record[:atSum])
		bytesof.NativeEndian.PutUint32(record[atSum:], sum)
		must(t, os.WriteFile(name, raw, 0o600))
		return
	}
	t.Fatal("no segment holds the record")
}

// tree is all that there is below a folder: names, modes and contents.
func tree(t *testing.T, folder string) string {
	t.Helper()
	var all strings.Builder
	must(t, filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		content := []byte{}
		if info.Mode().IsRegular() {
			content, err = os.ReadFile(path)
		}
		fmt.Fprintf(&all, "%s %s %q\n", path, info.Mode(), content)
		return err
	}))
	return all.String()
}

// TestHostileWAL: what the WAL of a base backup does outside of it is not done, and
// the drill does not pass.
func TestHostileWAL(t *testing.T) {
	if testing.Short() {
		t.Skip("a real server")
	}
	asEveryUser(t, func(t *testing.T, uid int) {
		a := attacked(t, uid)
		s := hostile(t, 15)
		w := setWALTrap(t, a, s)
		s.Stop()
		pristine := filepath.Join(a.dir, "pristine")
		must(t, os.Rename(w.backup, pristine))
		owner := uid
		if uid == 0 { // whom the copy runs as could do most harm to what is his
			run, err := sandbox.Detect()
			must(t, err)
			owner = run.UID()
		}
		must(t, filepath.WalkDir(w.outside, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || os.Geteuid() != 0 {
				return err
			}
			return os.Lchown(path, owner, owner)
		}))
		before := tree(t, w.outside)
		block := append([]byte{0, 0, 0, 0}, make([]byte, blockHeaderBytes-4)...)
		for name, change := range map[string]func(t *testing.T){
			"as it was written": func(t *testing.T) { w.forge(t, nil, w.outside) },
			"the label's start far ahead": func(t *testing.T) {
				w.forge(t, nil, w.outside)
				path := filepath.Join(w.backup, "backup_label")
				label, err := os.ReadFile(path)
				must(t, err)
				first, rest, _ := strings.Cut(string(label), " (")
				must(t, os.WriteFile(path, []byte(first[:strings.LastIndex(first, "/")+1]+"7FFFFF8 ("+rest), 0o600))
			},
			"a relative path": func(t *testing.T) { w.forge(t, nil, "../../../../../live") },
			"behind a block":  func(t *testing.T) { w.forge(t, block, w.outside) },
		} {
			t.Run(name, func(t *testing.T) {
				a.cli.t = t
				must(t, os.RemoveAll(w.backup))
				must(t, os.CopyFS(w.backup, os.DirFS(pristine)))
				change(t)
				a.give()
				code, summary := a.drill()
				if code != exitFailureClean || !strings.Contains(findingsText(summary.Findings), "RestoreRefused") {
					t.Errorf("exit %d, %s", code, findingsText(summary.Findings))
				}
				if after := tree(t, w.outside); after != before {
					t.Errorf("outside was\n%s\nand is\n%s", before, after)
				}
			})
		}
		a.cli.t = t
		a.untouched()
		must(t, os.RemoveAll(filepath.Join(a.dir, ".lifeboat", "scratch", "another")))
		a.nothingLeft()
	})
}
