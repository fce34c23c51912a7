package remote_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/check/remote"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest"
	"github.com/lifeboat-dr/lifeboat/pkg/tlstest"
)

func options(s *pgtest.Source, a tlstest.Authority) remote.Options {
	return remote.Options{
		Endpoint: drill.Endpoint{Engine: "postgres", Host: "localhost", Port: s.Port(), Database: "postgres"},
		User:     "postgres", Password: s.Password(), Roots: a.Pool(), StatementTimeout: 30 * time.Second,
		StartedAt: time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC),
	}
}

func number(f float64) *float64 { return &f }

func TestChecksOverTLS(t *testing.T) {
	source, a := pgtest.Encrypted(t)
	source.Exec("postgres", "create table orders (id int primary key, note text, at timestamptz); insert into orders select i, repeat(md5(i::text), 200), '2026-11-02 02:50:00+00' from generate_series(1, 2000) i")
	session, err := remote.Open(context.Background(), options(source, a))
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	tests := map[string]struct {
		reason  string
		check   drill.Check
		outcome drill.CheckOutcome
	}{
		"count":         {"a number in range", drill.Check{Kind: drill.CheckSQL, SQL: "select count(*) from orders", Expect: &drill.Expect{Min: number(2000)}}, drill.CheckPassed},
		"age":           {"counted to the start of the drill", drill.Check{Kind: drill.CheckSQL, SQL: "select max(at) from orders", Expect: &drill.Expect{MaxAgeSeconds: number(900)}}, drill.CheckPassed},
		"missing table": {"the backup came back without it", drill.Check{Kind: drill.CheckSQL, SQL: "select count(*) from invoices", Expect: &drill.Expect{Min: number(1)}}, drill.CheckFailed},
		"writes":        {"sessions are read-only", drill.Check{Kind: drill.CheckSQL, SQL: "delete from orders returning 1", Expect: &drill.Expect{Rows: &drill.Range{Min: number(1)}}}, drill.CheckError},
		"deep read":     {"every table to its end", drill.Check{Kind: drill.CheckHeapRead, Stage: drill.Proof}, drill.CheckPassed},
		"indexes":       {"none is invalid", drill.Check{Kind: drill.CheckIndexes, Stage: drill.Proof}, drill.CheckPassed},
		"unknown kind":  {"passing over it would look like asking", drill.Check{Kind: "row-count", Stage: drill.Gate}, drill.CheckError},
		"amcheck":       {"needs a superuser", drill.Check{Kind: drill.CheckAmcheck, Stage: drill.Proof}, drill.CheckSkipped},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			tc.check.Name = name
			result, err := session.Run(context.Background(), tc.check)
			if err != nil || result.Outcome != tc.outcome {
				t.Errorf("%s: %+v, %v", tc.reason, result, err)
			}
		})
	}
}

func TestWhoIsLetIn(t *testing.T) {
	source, a := pgtest.Encrypted(t)
	tests := map[string]struct {
		reason string
		change func(*remote.Options)
		want   drill.ErrorName
	}{
		"another authority":                {"anybody could be the server", func(o *remote.Options) { o.Roots = tlstest.NewAuthority(t).Pool() }, drill.ValidationImpossible},
		"another name":                     {"the certificate is somebody else's", func(o *remote.Options) { o.Endpoint.Host = "127.0.0.1" }, drill.ValidationImpossible},
		"no such database":                 {"it will not appear", func(o *remote.Options) { o.Endpoint.Database = "none" }, drill.ValidationImpossible},
		"a password that is not in effect": {"RDS rotates it", func(o *remote.Options) { o.Password = "hunter2" }, drill.NotReady},
		"nobody listens":                   {"the instance is just starting", func(o *remote.Options) { o.Endpoint.Port = 1 }, drill.NotReady},
		"an unknown engine":                {"it cannot be asked", func(o *remote.Options) { o.Endpoint.Engine = "oracle" }, drill.ValidationImpossible},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			o := options(source, a)
			tc.change(&o)
			_, err := remote.Open(context.Background(), o)
			if drill.NameOf(err) != tc.want {
				t.Errorf("%s: %q: %v", tc.reason, drill.NameOf(err), err)
			}
			if err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), source.Password())) {
				t.Errorf("the error holds a password: %v", err)
			}
		})
	}
}

// A deep read goes on where the call before left off, and comes to the same
// figure.
func TestDeepReadInParts(t *testing.T) {
	source, a := pgtest.Encrypted(t)
	source.Exec("postgres", "create table a as select generate_series(1, 5000) as id; create table b as select generate_series(1, 5000) as id; create table c as select generate_series(1, 5000) as id")
	o := options(source, a)
	o.ReadBudget = time.Nanosecond // used up after every table
	session, err := remote.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	check := drill.Check{Name: "deep", Kind: drill.CheckHeapRead, Stage: drill.Proof}
	calls := 0
	var last drill.CheckResult
	for calls < 1000 {
		calls++
		if last, err = session.Run(context.Background(), check); err != nil {
			t.Fatal(err)
		}
		if !last.Unfinished {
			break
		}
		check.Cursor = last.Cursor
	}
	if last.Outcome != drill.CheckPassed || calls < 50 || last.Figure.(int) != calls-1 {
		t.Errorf("%d calls, %+v", calls, last)
	}
}

func TestDeepReadFindsADamagedPage(t *testing.T) {
	source, a := pgtest.Encrypted(t)
	source.Exec("postgres", "create table damaged as select i, repeat('x', 500) as filler from generate_series(1, 2000) i; checkpoint")
	file := filepath.Join(source.Data, source.Value("postgres", "select pg_relation_filepath('damaged')"))
	source.Stop()
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("damage"), 8192+4000); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	source.Restart(nil)
	pgtest.SwitchTLSOn(source)
	session, err := remote.Open(context.Background(), options(source, a))
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	result, err := session.Run(context.Background(), drill.Check{Name: "deep", Kind: drill.CheckHeapRead, Stage: drill.Proof})
	if err != nil || result.Outcome != drill.CheckFailed || !strings.Contains(result.Reason, "damaged") {
		t.Errorf("%+v, %v", result, err)
	}
}
