package local_test

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
	"github.com/lifeboat-dr/lifeboat/pkg/world/local"
)

// fresh is how many more drills, of seeds that nobody has seen, follow the
// fixed ones; make soak asks for many.
var fresh = flag.Int("fresh", 2, "drills of good and bad backups with fresh seeds")

// fixed are seeds that between them have every format good and every kind of bad
// backup; TestTheFixedSeedsHaveEveryKind holds that.
const fixed = 14

const goodBadPlan = `version: 1
deployment: test
workloads:
  - name: shop
    objectives: {rto: 10m, rpo: 1h}
    databases:
      - name: db
        kind: postgres
        postgres: {backups: ./backups/*, database: shop, timeZone: UTC}
        checks:
          - {name: orders, sql: select count(*) from orders, expect: {min: 3000}}
`

// A bad backup beside a good one, in whatever order: a drill never passes
// without naming the bad newest one, and never on a bad one; a good newest one
// passes.
func TestNoFalsePassed(t *testing.T) {
	p := newPool(t)
	first := uint64(time.Now().UnixNano()) //nolint:gosec // any will do
	t.Run("trials", func(t *testing.T) {   // the pool's servers stop after them
		for i := range uint64(fixed + *fresh) { //nolint:gosec // small
			name, seed := fmt.Sprintf("fixed %d", i), i
			if i >= fixed {
				seed = first + i
				name = fmt.Sprintf("fresh %d", seed)
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p.trial(t, trialOf(seed))
			})
		}
	})
}

func TestTheFixedSeedsHaveEveryKind(t *testing.T) {
	good, bad := map[string]bool{}, map[string]bool{}
	for s := range uint64(fixed) {
		good[trialOf(s).good], bad[trialOf(s).damage] = true, true
	}
	if len(good) < len(formats)-2 || len(bad) < len(damages) {
		t.Errorf("%d of %d formats good, %d of %d kinds of damage: %v %v", len(good), len(formats), len(bad), len(damages), good, bad)
	}
}

// formats of backups; a name ends as the damages below can treat it.
var formats = []string{"custom", "custom-piped", "tar", "dir", "dir-plain", "sql", "sql-create", "sql.gz", "globals-sql", "globals-sql.gz", "base", "base-tar", "base-tar.gz"}

// damages and the formats that can have them.
var damages = []string{"cut", "empty", "file missing", "another database", "another cluster", "two, first cut", "two, second cut"}

type trial struct {
	seed                 uint64
	good, broken, damage string
	newestBad            bool
	random               *rand.Rand
}

func trialOf(seed uint64) trial {
	random := rand.New(rand.NewPCG(seed, 7)) //nolint:gosec // a seed, no secret
	tr := trial{seed: seed, random: random, good: formats[seed%uint64(len(formats))], damage: damages[seed%uint64(len(damages))], newestBad: random.IntN(4) > 0}
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	switch tr.damage {
	case "cut":
		tr.broken = pick("custom", "custom-piped", "tar", "dir", "dir-plain", "sql", "sql-create", "sql.gz", "globals-sql", "globals-sql.gz", "base-tar", "base-tar.gz")
	case "empty":
		tr.broken = pick("custom", "tar", "sql", "sql.gz", "base-tar", "base")
	case "file missing":
		tr.broken = pick("dir", "dir-plain", "base", "base-tar")
	case "another database":
		tr.broken = pick("custom", "custom-piped", "tar", "dir", "sql-create", "globals-sql", "globals-sql.gz")
	case "another cluster":
		tr.broken = pick("base", "base-tar", "base-tar.gz")
	default:
		tr.broken = pick("sql-create", "sql.gz", "globals-sql", "globals-sql.gz")
	}
	return tr
}

// pool holds backups of two moments, so that each can be the newer one, and the
// state after a good drill, with which the next are compared.
type pool struct {
	source, other *pgtest.Source
	folder        string
	evidence      string
}

func newPool(t *testing.T) *pool {
	p := &pool{source: pgtest.Start(t, pgtest.Options{Checksums: true}), other: pgtest.Start(t, pgtest.Options{Checksums: true}), folder: t.TempDir()}
	for _, program := range []string{"pg_dump", "pg_dumpall", "pg_restore", "pg_basebackup"} {
		if !p.source.Bin.Has(program) {
			t.Skipf("%s is not among %s: backups that match the server cannot be taken", program, p.source.Bin)
		}
	}
	const orders = "create table orders(id int primary key, note text); insert into orders select n, md5(n::text) from generate_series(1, 3000) n; create table lines(id int); insert into lines select generate_series(1, 500)"
	for _, database := range []string{"shop", "tenant_b"} {
		p.source.Exec("postgres", "create database "+database)
		p.source.Exec(database, orders)
	}
	p.other.Exec("postgres", "create database shop")
	p.other.Exec("shop", orders)
	p.take(t, "old")
	time.Sleep(1100 * time.Millisecond) // the times inside have whole seconds
	p.take(t, "new")
	p.reference(t)
	return p
}

// take makes a backup of every format, as of now.
func (p *pool) take(t *testing.T, moment string) {
	for _, format := range formats {
		p.backup(t, p.source, "shop", format, filepath.Join(p.folder, moment, "ours", format))
		if strings.HasPrefix(format, "base") {
			p.backup(t, p.other, "shop", format, filepath.Join(p.folder, moment, "cluster", format))
		} else {
			p.backup(t, p.source, "tenant_b", format, filepath.Join(p.folder, moment, "database", format))
		}
	}
}

func (p *pool) backup(t *testing.T, from *pgtest.Source, database, format, to string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	url := from.URL(database)
	dump := func(args ...string) []byte { return output(t, from, "pg_dump", append(args, "-d", url)...) }
	globals := func() []byte { return output(t, from, "pg_dumpall", "--globals-only", "-d", from.URL("postgres")) }
	switch format {
	case "custom":
		dump("-Fc", "-f", to)
	case "custom-piped":
		save(t, to, dump("-Fc"))
	case "tar":
		dump("-Ft", "-f", to)
	case "dir":
		dump("-Fd", "-f", to)
	case "dir-plain":
		dump("-Fd", "-Z0", "-f", to)
	case "sql":
		save(t, to, dump("--verbose"))
	case "sql-create":
		save(t, to, dump("--verbose", "--create"))
	case "sql.gz":
		save(t, to, zipped(t, dump("--verbose"), time.Now()))
	case "globals-sql":
		save(t, to, append(globals(), dump("--create")...))
	case "globals-sql.gz":
		save(t, to, zipped(t, append(globals(), dump("--create")...), time.Now()))
	case "base":
		output(t, from, "pg_basebackup", "-D", to, "-c", "fast", "-d", url)
	case "base-tar":
		output(t, from, "pg_basebackup", "-D", to, "-c", "fast", "-Ft", "-d", url)
	case "base-tar.gz":
		output(t, from, "pg_basebackup", "-D", to, "-c", "fast", "-Ft", "-z", "-d", url)
	default:
		t.Fatalf("format %q", format)
	}
}

func output(t *testing.T, s *pgtest.Source, program string, args ...string) []byte {
	t.Helper()
	var out, errOut bytes.Buffer
	cmd := exec.Command(s.Bin.Path(program), args...) //nolint:gosec // of the test
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %v: %v\n%s", program, args, err, errOut.String())
	}
	return out.Bytes()
}

func save(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func zipped(t *testing.T, content []byte, at time.Time) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.ModTime = at
	_, _ = w.Write(content) // to memory
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// reference drills a good base backup, so that there is something to compare
// with.
func (p *pool) reference(t *testing.T) {
	c := newCase(t)
	c.copyIn(t, filepath.Join(p.folder, "old", "ours", "base"), "base")
	outcome := c.drill(t)
	if outcome.Ending != drill.Passed {
		t.Fatalf("the first good backup ended in %s: %s", outcome.Ending, outcome.Cause)
	}
	p.evidence = filepath.Join(c.folder, ".lifeboat", "evidence")
}

// drillCase is a folder with a plan and its backups.
type drillCase struct{ folder string }

func newCase(t *testing.T) drillCase {
	t.Helper()
	c := drillCase{t.TempDir()}
	if err := os.Mkdir(filepath.Join(c.folder, "backups"), 0o755); err != nil {
		t.Fatal(err)
	}
	return c
}

// copyIn copies a backup with its times, as cp -a does.
func (c drillCase) copyIn(t *testing.T, from, name string) string {
	t.Helper()
	to := filepath.Join(c.folder, "backups", name)
	if out, err := exec.Command("cp", "-a", from, to).CombinedOutput(); err != nil { //nolint:gosec // of the test
		t.Fatalf("cp: %v\n%s", err, out)
	}
	return to
}

func (c drillCase) drill(t *testing.T) *world.Outcome {
	t.Helper()
	loaded, err := planfile.Parse("lifeboat.yaml", []byte(goodBadPlan))
	if err != nil {
		t.Fatal(err)
	}
	here, err := local.Open(local.Options{Plan: loaded.Plan, PlanDir: c.folder, StateDir: filepath.Join(c.folder, ".lifeboat"), Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	outcome, err := here.Drill(t.Context(), world.Request{Database: "shop/db", StartedBy: "test", Trigger: "manual"})
	if err != nil || outcome.Document == nil {
		t.Fatalf("%+v, %v", outcome, err)
	}
	return outcome
}

func (p *pool) trial(t *testing.T, tr trial) {
	c := newCase(t)
	if out, err := exec.Command("cp", "-a", p.evidence, filepath.Join(c.folder, "evidence")).CombinedOutput(); err != nil { //nolint:gosec // of the test
		t.Fatalf("cp: %v\n%s", err, out)
	}
	if err := errJoinMkdir(filepath.Join(c.folder, ".lifeboat"), filepath.Join(c.folder, "evidence")); err != nil {
		t.Fatal(err)
	}
	goodFrom, badFrom := "new", "old"
	if tr.newestBad {
		goodFrom, badFrom = "old", "new"
	}
	good := c.copyIn(t, filepath.Join(p.folder, goodFrom, "ours", tr.good), "good-"+tr.good)
	bad := p.damaged(t, c, tr, badFrom)
	outcome := c.drill(t)
	d := outcome.Document
	about := fmt.Sprintf("good %s, %s %s, the bad one is the newest: %t: ended in %s: %s", tr.good, tr.damage, tr.broken, tr.newestBad, outcome.Ending, outcome.Cause)
	t.Log(about)
	named := namedBy(d.Findings, bad)
	switch {
	case !tr.newestBad && (outcome.Ending != drill.Passed || d.RecoveryPoint.ID != good):
		t.Errorf("%s: the newest is good, and it does not pass", about)
	case tr.newestBad && outcome.Ending == drill.Passed && !named:
		t.Errorf("%s: nothing names %s: %+v", about, bad, d.Findings)
	case outcome.Ending == drill.Passed && d.RecoveryPoint.ID != good && tr.damage != "another cluster":
		t.Errorf("%s: it passed on the bad one", about)
	case outcome.Ending == drill.FailureDirty:
		t.Errorf("%s: something was left behind", about)
	}
}

func errJoinMkdir(state, evidence string) error {
	if err := os.Mkdir(state, 0o700); err != nil {
		return err
	}
	return os.Rename(evidence, filepath.Join(state, "evidence"))
}

func namedBy(findings []drillevidence.Finding, path string) bool {
	for _, f := range findings {
		if f.Severity != string(drill.Info) && strings.Contains(f.What, filepath.Base(path)) {
			return true
		}
	}
	return false
}

// damaged lays the bad backup beside the good one, with the times that it had.
func (p *pool) damaged(t *testing.T, c drillCase, tr trial, moment string) string {
	t.Helper()
	of := map[string]string{"another database": "database", "another cluster": "cluster"}[tr.damage]
	if of == "" {
		of = "ours"
	}
	bad := c.copyIn(t, filepath.Join(p.folder, moment, of, tr.broken), "bad-"+tr.broken)
	times := timesOf(t, bad)
	defer times.restore(t)
	switch tr.damage {
	case "cut":
		tr.cut(t, target(t, tr, bad))
	case "empty":
		empty(t, tr, bad)
	case "file missing":
		remove(t, tr, bad)
	case "two, first cut", "two, second cut":
		p.two(t, tr, moment, bad, times[bad])
	case "another database", "another cluster":
	}
	return bad
}

// target is the file of the backup that is cut.
func target(t *testing.T, tr trial, bad string) string {
	t.Helper()
	info, err := os.Stat(bad)
	if err != nil {
		t.Fatal(err)
	}
	if !info.IsDir() {
		return bad
	}
	if strings.HasPrefix(tr.broken, "base") {
		matches, _ := filepath.Glob(filepath.Join(bad, "base.tar*"))
		return matches[0]
	}
	return tr.one(t, bad, func(name string) bool { return strings.Contains(name, ".dat") || name == "toc.dat" })
}

func (tr trial) one(t *testing.T, folder string, which func(name string) bool) string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		if info, err := d.Info(); err == nil && info.Size() > 0 && which(d.Name()) {
			files = append(files, path)
		}
		return nil
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("no file to damage in %s: %v", folder, err)
	}
	return files[tr.random.IntN(len(files))]
}

// cut ends a file anywhere before the last byte that its format needs.
func (tr trial) cut(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	save(t, path, content[:1+tr.random.IntN(needed(tr.broken, content)-1)])
}

// needed is how many bytes of a file its format needs.
func needed(format string, content []byte) int {
	switch {
	case bytes.HasPrefix(content, []byte{0x1f, 0x8b}):
		return len(content)
	case format == "tar": // restore.sql, its last member, is for people
		return bytes.LastIndex(content, []byte("restore.sql\x00"))
	case strings.Contains(format, "sql"):
		const last = "dump complete"
		return bytes.LastIndex(content, []byte(last)) + len(last)
	case format == "dir-plain" && bytes.Contains(content, []byte("\n\\.\n")):
		return bytes.LastIndex(content, []byte("\n\\.\n")) + 3
	case strings.HasPrefix(format, "base"): // two blocks of zeros end a tar
		return len(bytes.TrimRight(content, "\x00"))
	}
	return len(content)
}

func empty(t *testing.T, tr trial, bad string) {
	t.Helper()
	switch tr.broken {
	case "base":
		save(t, tr.one(t, bad, func(name string) bool { return name == "pg_control" || len(name) == 24 || name == "backup_label" }), nil)
	case "base-tar":
		save(t, filepath.Join(bad, "base.tar"), nil)
	default:
		save(t, bad, nil)
	}
}

func remove(t *testing.T, tr trial, bad string) {
	t.Helper()
	which := func(name string) bool { return strings.Contains(name, ".dat") }
	switch tr.broken {
	case "base": // what the manifest lists, or the WAL
		which = func(name string) bool { return name != "backup_manifest" && !strings.HasSuffix(name, ".conf") }
	case "base-tar":
		which = func(name string) bool { return strings.HasSuffix(name, ".tar") }
	}
	if err := os.Remove(tr.one(t, bad, which)); err != nil {
		t.Fatal(err)
	}
}

// two lays two dumps into one file and cuts one of them.
func (p *pool) two(t *testing.T, tr trial, moment, bad string, at time.Time) {
	t.Helper()
	read := func(of, format string) []byte {
		content, err := os.ReadFile(filepath.Join(p.folder, moment, of, format))
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	one, two := read("ours", "sql-create"), read("database", "sql-create")
	if strings.HasPrefix(tr.broken, "globals") {
		const end = "-- PostgreSQL database cluster dump complete\n--\n\n"
		all := read("ours", "globals-sql")
		at := bytes.Index(all, []byte(end)) + len(end)
		one, two = all[:at], all[at:]
	}
	if tr.damage == "two, first cut" {
		one = append(bytes.Clone(one[:200+tr.random.IntN(needed("sql", one)-200)]), '\n')
	} else {
		two = two[:60+tr.random.IntN(needed("sql", two)-60)]
	}
	both := append(bytes.Clone(one), two...)
	if strings.HasSuffix(tr.broken, ".gz") {
		both = zipped(t, both, at)
	}
	save(t, bad, both)
}

type fileTimes map[string]time.Time

func timesOf(t *testing.T, root string) fileTimes {
	t.Helper()
	times := fileTimes{}
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if info, statErr := os.Stat(path); err == nil && statErr == nil {
			times[path] = info.ModTime()
		}
		return nil
	})
	return times
}

func (times fileTimes) restore(t *testing.T) {
	t.Helper()
	for path, at := range times {
		if _, err := os.Stat(path); err != nil {
			continue // removed
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
}
