package replay

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func lexAll(dump string, backslashes bool) (texts []string, err error) {
	l := newLexer(strings.NewReader(dump))
	l.backslashes = backslashes
	for {
		t, err := l.next()
		if err != nil || t.kind == end {
			return texts, err
		}
		texts = append(texts, t.text)
	}
}

func TestStatementsEndWhereTheyEnd(t *testing.T) {
	tests := map[string]struct {
		reason      string
		dump        string
		backslashes bool
		want        []string
	}{
		"two":               {"plain statements", "select 1;\nselect 2;", false, []string{"select 1;", "select 2;"}},
		"quote":             {"a semicolon in a text", "select 'a;''b;';", false, []string{"select 'a;''b;';"}},
		"backslash":         {"an ordinary character in a standard text", `select 'a\'; select 'b';`, false, []string{`select 'a\';`, "select 'b';"}},
		"backslash off":     {"an escape where the dump says so", `select 'a\'; select 1';`, true, []string{`select 'a\'; select 1';`}},
		"E text":            {"an escape there always", `select E'a\'; x';select 1;`, false, []string{`select E'a\'; x';`, "select 1;"}},
		"not an E text":     {"type e and a text", `select date'a\';select 1;`, false, []string{`select date'a\';`, "select 1;"}},
		"identifier":        {"a semicolon in a name", `select ";""";`, false, []string{`select ";""";`}},
		"dollar":            {"a function's body", "do $x$ a; $y$ ; $$ $x$;select 1;", false, []string{"do $x$ a; $y$ ; $$ $x$;", "select 1;"}},
		"parameter":         {"no dollar quote", "select $1;select 2;", false, []string{"select $1;", "select 2;"}},
		"dollar in a name":  {"part of the word", "select a$b$c;select 2;", false, []string{"select a$b$c;", "select 2;"}},
		"comment":           {"inside of a statement", "select 1 -- a; b'\n;select 2;", false, []string{"select 1 \n;", "select 2;"}},
		"block":             {"nested comments", "select /* ; /* ' */ ; */ 1;select 2;", false, []string{"select   1;", "select 2;"}},
		"rule":              {"parentheses keep semicolons", "create rule r as on insert to t do (a; b);select 1;", false, []string{"create rule r as on insert to t do (a; b);", "select 1;"}},
		"function":          {"an SQL-standard body", "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END;select 1;", false, []string{"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END;", "select 1;"}},
		"procedure":         {"with OR REPLACE", "CREATE OR REPLACE PROCEDURE p()\n    BEGIN ATOMIC\n INSERT INTO t VALUES (1);\nEND;\n", false, []string{"CREATE OR REPLACE PROCEDURE p()\n    BEGIN ATOMIC\n INSERT INTO t VALUES (1);\nEND;"}},
		"transaction":       {"BEGIN elsewhere is a statement", "BEGIN;SELECT 1;COMMIT;", false, []string{"BEGIN;", "SELECT 1;", "COMMIT;"}},
		"commands":          {"lines of their own", "\\connect x\nselect 1;\n-- done\n", false, []string{`\connect x`, "select 1;", "-- done"}},
		"column named case": {"no block outside of functions", "select a.case from b;select 1;", false, []string{"select a.case from b;", "select 1;"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := lexAll(tc.dump, tc.backslashes)
			if err != nil {
				t.Fatalf("%v: %s", err, tc.reason)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: %s", tc.reason, diff)
			}
		})
	}
}

func TestADumpThatEndsInsideOfAStatementIsAnError(t *testing.T) {
	for _, dump := range []string{"select 1", "select 'x", `select "x`, "do $$ x", "select /* x", "select 1;\ninsert into t values (1"} {
		if _, err := lexAll(dump, false); !errors.Is(err, errUnfinished) {
			t.Errorf("%q: error %v", dump, err)
		}
	}
}

func TestAPsqlCommandInsideOfAStatementIsAnError(t *testing.T) {
	if _, err := lexAll("select 1 \\! rm -rf x\n;", false); err == nil {
		t.Error("it was taken as SQL")
	}
}

func TestCopyDataEndsAtItsEndMark(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	tests := map[string]struct {
		reason string
		input  string
		want   string
		err    error
	}{
		"rows":             {"the mark is taken off", "1\ta\n2\tb\n\\.\nselect 1;", "1\ta\n2\tb\n", nil},
		"none":             {"an empty table", "\\.\n", "", nil},
		"backslash period": {"only alone on its line", "a\\.\n\\.b\n\\.\n", "a\\.\n\\.b\n", nil},
		"long line":        {"longer than the buffer, with the mark's text inside", long + "\\.\n\\.\n", long + "\\.\n", nil},
		"cut short":        {"no mark", "1\ta\n", "1\ta\n", errCopyCut},
		"cut in a line":    {"no mark", "1\ta\n2", "1\ta\n", errCopyCut},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLexer(strings.NewReader(tc.input))
			got, err := io.ReadAll(&copyData{in: l.in})
			if !errors.Is(err, tc.err) || (tc.err == nil && string(got) != tc.want) {
				t.Errorf("%d bytes, error %v; want %d bytes, %v: %s", len(got), err, len(tc.want), tc.err, tc.reason)
			}
		})
	}
}

func TestConnectTarget(t *testing.T) {
	for argument, want := range map[string]string{
		"chinook": "chinook", `"my ""db"""`: `my "db"`, `-reuse-previous=on "dbname='it\'s'"`: "it's",
		"": "", "-": "", "db user host": "",
	} {
		got, err := connectTarget(argument)
		if got != want || (want == "") != (err != nil) {
			t.Errorf("%q: %q, error %v, want %q", argument, got, err, want)
		}
	}
}

func TestWhatWouldReachOutOfTheCopyIsPassedOver(t *testing.T) {
	p := &player{extensions: map[string]bool{"plpgsql": true}}
	for sql, skipped := range map[string]bool{
		"CREATE SUBSCRIPTION s CONNECTION 'host=prod' PUBLICATION p WITH (connect = false);": true,
		"ALTER SUBSCRIPTION s ENABLE;":                                                    true,
		"CREATE USER MAPPING FOR u SERVER s OPTIONS (password 'x');":                      true,
		"CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION f();":               true,
		"CREATE TABLESPACE t LOCATION '/srv';":                                            true,
		"SET default_tablespace = t1;":                                                    true,
		"SET default_tablespace = '';":                                                    false,
		"ALTER FUNCTION public.f(integer, text) OWNER TO dba;":                            true,
		`ALTER TABLE public."a b" OWNER TO "d b a";`:                                      true,
		"GRANT ALL ON TABLE t TO u;":                                                      true,
		"CREATE EXTENSION IF NOT EXISTS plpgsql WITH SCHEMA pg_catalog;":                  false,
		`CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA public;`:                  true,
		"ALTER ROLE dba WITH SUPERUSER PASSWORD 'SCRAM...';":                              true,
		"ALTER DATABASE d SET session_preload_libraries TO 'x';":                          true,
		"ALTER DATABASE d SET search_path TO 'x';":                                        false,
		"REFRESH MATERIALIZED VIEW public.v;":                                             false,
		"ALTER TABLE ONLY public.album ADD CONSTRAINT album_pkey PRIMARY KEY (album_id);": false,
		"COMMENT ON COLUMN t.x IS 'the OWNER TO whom it belongs';":                        false,
		"CREATE TABLE t (x text DEFAULT 'CREATE SUBSCRIPTION s');":                        false,
	} {
		if got := p.skipReason(sql) != ""; got != skipped {
			t.Errorf("passed over %v, want %v: %s", got, skipped, sql)
		}
	}
	p.skipReason("CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw;")
	if p.skipReason("REFRESH MATERIALIZED VIEW public.v;") == "" {
		t.Error("a materialized view is refreshed although the dump has foreign servers")
	}
}

func FuzzLexerNeverPanics(f *testing.F) {
	f.Add("CREATE FUNCTION f() BEGIN ATOMIC SELECT $a$;$a$; END; \\x", true)
	f.Fuzz(func(_ *testing.T, dump string, backslashes bool) { _, _ = lexAll(dump, backslashes) })
}
