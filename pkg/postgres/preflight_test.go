package postgres_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres"
)

// What a doctor asks of a dump is what a drill of it would meet, and nothing is made.
func TestPreflight(t *testing.T) {
	folder := scratch(t)
	dump := "--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 9.6.1\n-- Dumped by pg_dump version 9.6.1\n\nCREATE TABLE t (id int);\n\n--\n-- PostgreSQL database dump complete\n--\n\n"
	if err := os.WriteFile(filepath.Join(folder, "a.sql"), []byte(dump), 0o600); err != nil {
		t.Fatal(err)
	}
	a := postgres.New(postgres.Options{})
	spec := specOf(t, filepath.Join(folder, "*.sql"))
	spec.Postgres.Scratch = filepath.Join(folder, "not", "there")
	points, err := a.RecoveryPoints(t.Context(), spec)
	if err != nil || len(points) != 1 || !points[0].Usable {
		t.Fatalf("%+v, %v", points, err)
	}
	if at, free, need, err := a.Space(spec, points[0]); err != nil || at != folder || free <= 0 || need <= int64(len(dump)) {
		t.Errorf("%s, %d, %d, %v", at, free, need, err)
	}
	found, err := a.Installed(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	set, _, major, err := a.Programs(t.Context(), spec, points[0])
	if len(found.Sets) > 0 && (err != nil || set.Major < 9) || len(found.Sets) == 0 && drill.NameOf(err) != drill.BinariesMissing || major != 9 {
		t.Errorf("%+v of %d, version %d, %v", set, len(found.Sets), major, err)
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 1 {
		t.Errorf("something was made: %v, %v", entries, err)
	}
}
