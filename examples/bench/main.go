// Command bench measures a drill against the same restore done by hand
// (by-hand.sh), in the same run and on the same backup: interleaved, the first
// round dropped, medians. docs/benchmarks.md says what each side does.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgbin"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/server"
)

const (
	folder   = "build/bench"
	lifeboat = "bin/lifeboat"
	script   = "examples/bench/by-hand.sh"
)

// The plan, and the same for a machine without a sandbox.
const (
	plan         = "lifeboat.yaml"
	trustingPlan = "trusting.yaml"
)

const planText = `version: 1
deployment: bench
workloads:
  - name: bench
    objectives: {rto: 60m, rpo: 24h}
    databases:
      - name: db
        kind: postgres
        postgres: {backups: ./backups/*, database: bench}
        checks:
          - {name: rows, sql: select count(*) from measurements, expect: {min: 1000}}
          - {name: newest, sql: select max(at) from measurements, expect: {maxAge: 24h}}
`

func main() {
	size := flag.Int("size", 1024, "size of the database, in MiB")
	rounds := flag.Int("runs", 5, "interleaved rounds; the first is dropped")
	sandbox := flag.Bool("sandbox", false, "compare with a drill without a sandbox, not with the work by hand")
	keep := flag.Bool("keep", false, "leave the backup and the evidence in "+folder)
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *size, *rounds, *keep, *sandbox)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, size, rounds int, keep, sandbox bool) (err error) {
	if rounds < 2 {
		return errors.New("-runs: at least 2, because the first is dropped")
	}
	bin, missing, err := programs(ctx)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if !keep {
		defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	}
	if sandbox {
		missing = "the sandbox is measured"
	}
	fmt.Printf("A drill of %d MiB with PostgreSQL %s, against the same by hand\n", size, bin.Version)
	if missing != "" {
		fmt.Printf("The work by hand is left out: %s.\n", missing)
	}
	if err := prepare(ctx, bin, size); err != nil {
		return err
	}
	if sandbox {
		return sandboxed(ctx, rounds)
	}
	backups, err := filepath.Glob(filepath.Join(folder, "backups", "*"))
	if err != nil || len(backups) != 1 {
		return fmt.Errorf("one backup was expected, there are %v", backups)
	}
	var m measured
	fmt.Printf("\n  round   lifeboat    by hand\n")
	for i := range rounds {
		d, hand, err := round(ctx, i, missing == "", backups[0], bin.Dir)
		if err != nil {
			return err
		}
		note, other := "", "-"
		if i == 0 {
			note = "  (dropped)"
		} else {
			m.drills, m.hands = append(m.drills, d), append(m.hands, hand)
		}
		if missing == "" {
			other = fmt.Sprintf("%.2f s", hand)
		}
		fmt.Printf("  %5d  %8.2f s  %10s%s\n", i+1, d.seconds, other, note)
	}
	m.report(missing == "")
	return nil
}

// round does both, by turns the one and the other first, so that neither
// always works while the disk still writes what the other left.
func round(ctx context.Context, n int, both bool, backup, bin string) (d drilled, hand float64, err error) {
	if both && n%2 == 1 {
		if hand, err = byHand(ctx, backup, bin); err != nil {
			return d, 0, err
		}
	}
	if d, err = drill(ctx, plan); err != nil {
		return d, 0, err
	}
	if both && n%2 == 0 {
		hand, err = byHand(ctx, backup, bin)
	}
	return d, hand, err
}

// programs finds a PostgreSQL, with everything that the work by hand needs if
// there is one, and tells what is missing.
func programs(ctx context.Context) (bin pgbin.Set, missing string, err error) {
	found, err := pgbin.Find(ctx, pgbin.Options{})
	if err != nil {
		return bin, "", err
	}
	for _, set := range found.Sets {
		var lacks []string
		for _, program := range []string{"psql", "pg_ctl", "pg_verifybackup", "pg_amcheck"} {
			if !set.Has(program) {
				lacks = append(lacks, program)
			}
		}
		switch {
		case !set.Has("initdb"):
		case len(lacks) == 0:
			return set, privileges(), nil
		case bin.Dir == "":
			bin, missing = set, strings.Join(lacks, ", ")+" not found beside "+set.Dir
		}
	}
	if bin.Dir == "" {
		return bin, "", fmt.Errorf("no PostgreSQL with initdb found; looked in %v", found.Looked)
	}
	return bin, missing, nil
}

// privileges tells why the script could not run PostgreSQL as somebody else
// than root.
func privileges() string {
	if os.Geteuid() != 0 {
		return ""
	}
	if err := exec.Command("unshare", "--user", "--map-user=1000", "--map-group=1000", "--", "true").Run(); err != nil {
		return "as root it needs user namespaces: unshare: " + err.Error()
	}
	return ""
}

// prepare fills a live server and backs it up with lifeboat.
func prepare(ctx context.Context, bin pgbin.Set, size int) (err error) {
	home, err := filepath.Abs(filepath.Join(folder, "server"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(home, 0o700); err != nil {
		return err
	}
	trusting := strings.Replace(planText, "database: bench}", "database: bench, trust: backup}", 1)
	for name, text := range map[string]string{plan: planText, trustingPlan: trusting} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	sockets, err := os.MkdirTemp("", "lb-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(sockets)
	source, err := server.New(ctx, server.Config{Bin: bin, Folder: home, Data: filepath.Join(home, "data"), SocketDir: sockets})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Stop(context.WithoutCancel(ctx))) }()
	if err := fill(ctx, source, size); err != nil {
		return err
	}
	query := url.Values{"host": {source.Host()}, "port": {strconv.Itoa(source.Port())}, "sslmode": {"disable"}}
	address := (&url.URL{Scheme: "postgres", User: url.User(server.Superuser), Path: "/postgres", RawQuery: query.Encode()}).String()
	backup := exec.CommandContext(ctx, lifeboat, "backup", "--url", address, "--to", filepath.Join(folder, "backups"))
	backup.Stdout, backup.Stderr = os.Stdout, os.Stderr
	return backup.Run()
}

func fill(ctx context.Context, source *server.Server, size int) error {
	if err := source.InitCluster(ctx, server.InitOptions{Checksums: true}); err != nil {
		return err
	}
	if err := source.Start(ctx, map[string]string{"wal_level": "replica", "max_wal_senders": "4", "fsync": "off", "max_wal_size": "8GB"}); err != nil {
		return err
	}
	for {
		ready, err := source.Ready(ctx)
		if err != nil {
			return err
		}
		if ready {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	admin, err := source.Conn(ctx, "postgres")
	if err != nil {
		return err
	}
	defer admin.Close(ctx)
	if _, err := admin.Exec(ctx, "create database bench"); err != nil {
		return err
	}
	conn, err := source.Conn(ctx, "bench")
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	// About 120 bytes a row and 40 in its two indexes; a tenth lies in TOAST.
	_, err = conn.PgConn().Exec(ctx, fmt.Sprintf(`
		create table measurements as select n as id, now() - n * interval '1 millisecond' as at, md5(n::text) || md5((n + 1)::text) as text from generate_series(1, %d) n;
		alter table measurements add primary key (id);
		create index measurements_at on measurements (at);
		create table documents as select n as id, (select string_agg(md5(n::text || i::text), '') from generate_series(1, 320) i) as body from generate_series(1, %d) n;
		alter table documents add primary key (id);
		analyze;
		checkpoint`, size*5800, size*10)).ReadAll()
	return err
}
