package local_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
	"github.com/lifeboat-dr/lifeboat/pkg/world/local"
)

// changedPlan has limits, so that a server that never comes up is no hang.
var changedPlan = strings.Replace(goodBadPlan, "        checks:", "        limits: {restore: 60s, validate: 60s}\n        checks:", 1)

const (
	changedFixed = 13 // seeds of go test, one a kind; make soak has more
	drillLimit   = 4 * time.Minute
	memoryLimit  = 500 << 20
)

// changeable are the files whose bytes are changed, by the format of the backup.
var changeable = []struct{ format, kind, glob string }{
	{"base", "WAL", "pg_wal/0*"},
	{"base", "label", "backup_label"},
	{"base", "manifest", "backup_manifest"},
	{"base", "control file", "global/pg_control"},
	{"base", "catalog", "global/*"},
	{"base", "catalog of a database", "base/*/1[0-9]*"},
	{"base-tar", "tars", "*.tar*"},
	{"base-tar.gz", "compressed tars", "*.tar*"},
	{"custom", "archive", ""},
	{"tar", "archive", ""},
	{"dir", "archive's folder", "*"},
	{"sql", "plain dump", ""},
	{"sql.gz", "compressed dump", ""},
}

// Whatever bytes of a backup are changed, a drill writes nowhere but into its
// throwaway, comes to an end, leaves nothing behind and stays small.
func TestChangedBytesReachNothing(t *testing.T) {
	p := &pool{source: pgtest.Start(t, pgtest.Options{Checksums: true}), folder: t.TempDir()}
	for _, program := range []string{"pg_dump", "pg_restore", "pg_basebackup"} {
		if !p.source.Bin.Has(program) {
			t.Skipf("%s is not among %s", program, p.source.Bin)
		}
	}
	p.source.Exec("postgres", "create database shop")
	p.source.Exec("shop", "create table orders(id int primary key, note text); insert into orders select n, md5(n::text) from generate_series(1, 3000) n")
	for _, c := range changeable {
		to := filepath.Join(p.folder, c.format)
		if _, err := os.Stat(to); err != nil {
			p.backup(t, p.source, "shop", c.format, to)
		}
	}
	first := uint64(time.Now().UnixNano()) //nolint:gosec // any will do
	t.Run("trials", func(t *testing.T) {
		for i := range uint64(changedFixed + *fresh) { //nolint:gosec // small
			seed, name := i, fmt.Sprintf("fixed %d", i)
			if i >= changedFixed {
				seed = first + i
				name = fmt.Sprintf("fresh %d", seed)
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p.changed(t, seed)
			})
		}
	})
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if t.Logf("%d MiB of memory", m.Sys>>20); m.Sys > memoryLimit {
		t.Errorf("%d MiB of memory, of %d", m.Sys>>20, memoryLimit>>20)
	}
}

func (p *pool) changed(t *testing.T, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 11)) //nolint:gosec // a seed, no secret
	what := changeable[seed%uint64(len(changeable))]
	outer := t.TempDir()
	c := drillCase{filepath.Join(outer, "case")}
	if err := os.MkdirAll(filepath.Join(c.folder, "backups"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, canary := range []string{"live/PG_15_202209061/5/16400", "case/canary", "canary"} {
		path := filepath.Join(outer, canary)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		save(t, path, []byte("canary"))
	}
	backup := c.copyIn(t, filepath.Join(p.folder, what.format), "b")
	if random.IntN(2) == 0 && what.kind != "manifest" { // who writes the store writes no manifest
		_ = os.Remove(filepath.Join(backup, "backup_manifest"))
	}
	file := changeBytes(t, random, filepath.Join(backup, what.glob))
	before := tree(t, outer, filepath.Join(c.folder, ".lifeboat"))

	ctx, cancel := context.WithTimeout(t.Context(), drillLimit)
	defer cancel()
	loaded, err := planfile.Parse("lifeboat.yaml", []byte(changedPlan))
	if err != nil {
		t.Fatal(err)
	}
	here, err := local.Open(local.Options{Plan: loaded.Plan, PlanDir: c.folder, StateDir: filepath.Join(c.folder, ".lifeboat"), Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	outcome, err := here.Drill(ctx, world.Request{Database: "shop/db", StartedBy: "test", Trigger: "manual"})
	about := fmt.Sprintf("seed %d, %s of %s, %s", seed, what.kind, what.format, file)
	if err != nil || ctx.Err() != nil {
		t.Fatalf("%s: %+v, %v, %v", about, outcome, err, ctx.Err())
	}
	t.Logf("%s: %s: %.300s", about, outcome.Ending, outcome.Cause)
	if outcome.Ending == drill.FailureDirty || outcome.Ending == "" {
		t.Errorf("%s: %s: %s", about, outcome.Ending, outcome.Cause)
	}
	if diff := cmp.Diff(before, tree(t, outer, filepath.Join(c.folder, ".lifeboat"))); diff != "" {
		t.Errorf("%s: something outside of the throwaway changed: %s", about, diff)
	}
	if left, _ := filepath.Glob(filepath.Join(c.folder, ".lifeboat", "scratch", "*")); len(left) > 0 {
		t.Errorf("%s: left behind: %v", about, left)
	}
}

// changeBytes changes some bytes of one of the files, near its beginning as often
// as anywhere: headers are there.
func changeBytes(t *testing.T, random *rand.Rand, glob string) string {
	t.Helper()
	matches, err := filepath.Glob(strings.TrimSuffix(glob, "/"))
	var files []string
	for _, m := range matches {
		if info, err := os.Stat(m); err == nil && info.Mode().IsRegular() && info.Size() > 0 {
			files = append(files, m)
		}
	}
	if err != nil || len(files) == 0 {
		t.Fatalf("nothing to change at %s: %v", glob, err)
	}
	path := files[random.IntN(len(files))]
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for range 1 + random.IntN(20) {
		reach := len(content)
		if random.IntN(2) == 0 {
			reach = min(reach, 512)
		}
		content[random.IntN(reach)] = byte(random.IntN(256))
	}
	if random.IntN(4) == 0 { // and something put in between
		at := random.IntN(len(content))
		content = append(content[:at:at], append(make([]byte, 1+random.IntN(64)), content[at:]...)...)
	}
	save(t, path, content)
	return filepath.Base(path)
}

// tree is what lies below a folder, but for one of its parts.
func tree(t *testing.T, root, without string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path == without {
			return fs.SkipDir
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if all[path] = info.Mode().String(); d.Type().IsRegular() {
			content, err := os.ReadFile(path)
			all[path] += fmt.Sprintf(" %x", sha256.Sum256(content))
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
