// Command bench measures a drill against the same restore done by hand
// (by-hand.sh), in the same run and on the same backup: interleaved, the first
// round dropped, medians. docs/benchmarks.md says what each side does.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgbin"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/server"
)

const (
	folder   = "build/bench"
	lifeboat = "bin/lifeboat"
	script   = "examples/bench/by-hand.sh"

	maxRatio  = 1.15 // of the time by hand
	maxExtra  = 0.3  // seconds on top
	maxMemory = 100  // MiB, of lifeboat itself
)

const planText = `version: 1
deployment: bench
workloads:
  - name: bench
    objectives: {rto: 60m, rpo: 24h}
    databases:
      - name: db
        kind: postgres
        backups: ./backups/*
        database: bench
        checks:
          - {name: rows, sql: select count(*) from measurements, expect: {min: 1000}}
          - {name: newest, sql: select max(at) from measurements, expect: {maxAge: 24h}}
`

func main() {
	size := flag.Int("size", 1024, "size of the database, in MiB")
	rounds := flag.Int("runs", 5, "interleaved rounds; the first is dropped")
	flag.Parse()
	if err := run(context.Background(), *size, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, size, rounds int) (err error) {
	bin, missing, err := programs(ctx)
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		fmt.Printf("The drill is not measured against a restore by hand: %v not found beside one PostgreSQL.\n", missing)
		return nil
	}
	if rounds < 2 {
		return errors.New("-runs: at least 2, because the first is dropped")
	}
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if err := prepare(ctx, bin, size); err != nil {
		return err
	}
	backups, err := filepath.Glob(filepath.Join(folder, "backups", "*"))
	if err != nil || len(backups) != 1 {
		return fmt.Errorf("one backup was expected, there are %v", backups)
	}
	var drills, hands []float64
	var memory int64
	fmt.Printf("A drill of %d MiB with PostgreSQL %s, against the same by hand\n\n  round   lifeboat    by hand\n", size, bin.Version)
	for i := range rounds {
		d, m, err := drill(ctx)
		if err != nil {
			return err
		}
		h, err := byHand(ctx, backups[0], bin.Dir)
		if err != nil {
			return err
		}
		note := ""
		if i == 0 {
			note = "  (dropped)"
		} else {
			drills, hands, memory = append(drills, d), append(hands, h), max(memory, m)
		}
		fmt.Printf("  %5d  %8.2f s  %8.2f s%s\n", i+1, d, h, note)
	}
	report(median(drills), median(hands), memory)
	return nil
}

func report(drill, hand float64, memory int64) {
	limit := maxRatio*hand + maxExtra
	fmt.Printf("\n  median  %.2f s against %.2f s: ratio %.2f\n", drill, hand, drill/hand)
	fmt.Printf("  time    at most %.2f times the other plus %.1f s = %.2f s: %s\n", maxRatio, maxExtra, limit, met(drill <= limit))
	fmt.Printf("  memory  %.0f MiB of lifeboat itself, at most %d MiB: %s\n", float64(memory)/(1<<20), maxMemory, met(memory <= maxMemory<<20))
}

func met(ok bool) string {
	if ok {
		return "met"
	}
	return "MISSED"
}

// programs finds a PostgreSQL with everything that the work by hand needs.
func programs(ctx context.Context) (pgbin.Set, []string, error) {
	found, err := pgbin.Find(ctx, pgbin.Options{})
	if err != nil {
		return pgbin.Set{}, nil, err
	}
	needed := []string{"initdb", "pg_ctl", "pg_verifybackup", "pg_amcheck"}
	for _, set := range found.Sets {
		if !slices.ContainsFunc(needed, func(p string) bool { return !set.Has(p) }) {
			if _, err := exec.LookPath("psql"); err != nil {
				return set, []string{"psql"}, nil
			}
			return set, nil, nil
		}
	}
	return pgbin.Set{}, needed, nil
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
	if err := os.WriteFile(filepath.Join(folder, "lifeboat.yaml"), []byte(planText), 0o600); err != nil {
		return err
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

// drill runs one drill and returns its seconds and lifeboat's peak memory.
func drill(ctx context.Context) (seconds float64, memory int64, err error) {
	cmd := exec.CommandContext(ctx, lifeboat, "drill", "--json", "--plan", filepath.Join(folder, "lifeboat.yaml"), "--state-dir", filepath.Join(folder, "state"))
	var out bytes.Buffer
	cmd.Stdout = &out
	watch := clock.StartStopwatch()
	memory, err = peakOf(cmd)
	seconds = watch.Elapsed().Seconds()
	if err != nil {
		return 0, 0, fmt.Errorf("the drill did not pass: %w: %s", err, out.String())
	}
	var summary struct{ Ending string }
	if err := json.Unmarshal(out.Bytes(), &summary); err != nil || summary.Ending != "Passed" {
		return 0, 0, fmt.Errorf("the drill ended %q: %w", summary.Ending, err)
	}
	return seconds, memory, nil
}

func byHand(ctx context.Context, backup, bin string) (float64, error) {
	work, err := filepath.Abs(filepath.Join(folder, "by-hand"))
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, script, backup, bin, work, "bench")
	watch := clock.StartStopwatch()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("by hand: %w: %s", err, out)
	}
	return watch.Elapsed().Seconds(), nil
}

func median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	if n%2 == 1 {
		return values[n/2]
	}
	return (values[n/2-1] + values[n/2]) / 2
}
