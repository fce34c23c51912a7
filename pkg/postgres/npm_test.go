package postgres_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgbin"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest"
)

// npmMajor is the version of the npm package, which has no client programs.
const npmMajor = 18

// lowLevel takes a base backup by the functions that every server has, as
// scripts do (PostgreSQL documentation, "Making a Base Backup Using the Low
// Level API"): without a manifest.
func lowLevel(t testing.TB, s *pgtest.Source, to string) {
	t.Helper()
	ctx := context.Background()
	conn, err := s.Conn(ctx, "postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "select pg_backup_start('test', true)"); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(to, os.DirFS(s.Data)); err != nil {
		t.Fatal(err)
	}
	var label string
	if err := conn.QueryRow(ctx, "select labelfile from pg_backup_stop(false)").Scan(&label); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(ctx, "select pg_switch_wal()"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(to, "backup_label"), []byte(label), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(to, "pg_wal")); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(to, "pg_wal"), os.DirFS(filepath.Join(s.Data, "pg_wal"))); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(to, "postmaster.pid")); err != nil {
		t.Fatal(err)
	}
}

func npm(t testing.TB) {
	t.Helper()
	if set := pgtest.Binaries(t, npmMajor); set.Source != pgbin.FromNPM {
		t.Logf("version %d was found in %s, not as the npm package", npmMajor, set.Dir)
	}
}

func TestABaseBackupNeedsNoClientPrograms(t *testing.T) {
	npm(t)
	data := shared(t, "datasets/chinook.sql")
	source := pgtest.Start(t, pgtest.Options{Major: npmMajor, Checksums: true})
	source.LoadSQL("postgres", data)
	source.Exec("chinook", "create function noted() returns event_trigger language plpgsql as $$ begin raise 'nobody may'; end $$; create event trigger e on login execute function noted(); alter event trigger e enable always")
	backup := filepath.Join(scratch(t), "backup")
	lowLevel(t, source, backup)
	a, run, spec := postgres.New(postgres.Options{}), runOf(t), specOf(t, backup)
	resource, findings, err := restored(t, a, run, spec)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		t.Logf("%s: %s", f.Code, f.What)
		if f.Code == "NoDataChecksums" {
			t.Error("the source has checksums")
		}
	}
	session, err := a.OpenChecks(t.Context(), run, spec, resource)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	for _, c := range spec.Checks {
		if got, err := session.Run(t.Context(), c); err != nil || !got.Passed {
			t.Errorf("%s: %s %s %s, error %v", c.Name, got.Outcome, got.Code, got.Reason, err)
		}
	}
}

// A plain dump of version 15, as pg_dump writes it, on a newer server.
const oldDump = `--
-- PostgreSQL database dump
--

\restrict aToken

-- Dumped from database version 15.18
-- Dumped by pg_dump version 15.18

-- Started on 2026-11-24 00:42:51 UTC

SET statement_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET default_tablespace = '';

CREATE TABLE public.invoice_line (
    id integer NOT NULL,
    note text
);

ALTER TABLE public.invoice_line OWNER TO somebody;

COPY public.invoice_line (id, note) FROM stdin;
1	a\tb
2	\N
3	\\.
\.

ALTER TABLE ONLY public.invoice_line
    ADD CONSTRAINT invoice_line_pkey PRIMARY KEY (id);

--
-- PostgreSQL database dump complete
--

\unrestrict aToken

`

func TestAPlainDumpNeedsNoClientPrograms(t *testing.T) {
	npm(t)
	set := pgtest.Binaries(t, npmMajor)
	dump := filepath.Join(scratch(t), "dump")
	if err := os.WriteFile(dump, []byte(oldDump), 0o644); err != nil {
		t.Fatal(err)
	}
	a, run, spec := postgres.New(postgres.Options{}), runOf(t), specOf(t, dump)
	spec.Postgres.Binaries, spec.Postgres.Database = set.Dir, ""
	resource, findings, err := restored(t, a, run, spec)
	if err != nil {
		t.Fatal(err)
	}
	said := ""
	for _, f := range findings {
		said += f.Code + " "
	}
	if !strings.Contains(said, "NewerBinaries") {
		t.Errorf("it is not said that a newer version was used: %s", said)
	}
	session, err := a.OpenChecks(t.Context(), run, spec, resource)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	for _, c := range []drill.Check{
		{Name: "rows", Kind: drill.CheckSQL, SQL: "select count(*) from invoice_line", Expect: &drill.Expect{Equals: 3}},
		{Name: "text", Kind: drill.CheckSQL, SQL: "select note from invoice_line where id = 3", Expect: &drill.Expect{Equals: `\.`}},
		{Name: "heap", Kind: drill.CheckHeapRead},
		{Name: "amcheck", Kind: drill.CheckAmcheck},
	} {
		if got, err := session.Run(t.Context(), c); err != nil || !got.Passed {
			t.Errorf("%s: %s %v %s %s, error %v", c.Name, got.Outcome, got.Figure, got.Code, got.Reason, err)
		}
	}
}
