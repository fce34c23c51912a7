package pagesum_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pagesum"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest"
)

// Against a server's own checksums, running and stopped, and then with a byte
// changed, a page in another place, and a page of another block.
func TestPagesAreVerifiedAsTheServerDoes(t *testing.T) {
	source := pgtest.Start(t, pgtest.Options{Checksums: true})
	source.Exec("postgres", "create table t as select g, repeat('x', 300) v from generate_series(1, 20000) g; create index on t (g)")
	source.Exec("postgres", "vacuum t")
	source.Exec("postgres", "checkpoint")
	source.Exec("postgres", "create unlogged table u as select g from generate_series(1, 1000) g")
	cluster := pagesum.Cluster{Data: source.Data, BlockBytes: 8192, FileBlocks: 131072}
	verify := func(bad int) {
		t.Helper()
		r, err := pagesum.Verify(t.Context(), cluster)
		if err != nil || r.Bad != bad || r.Pages < 1000 || r.Files < 300 || len(r.Named) != bad {
			t.Errorf("%+v, %v; want %d bad", r, err, bad)
		}
	}
	verify(0)
	path := filepath.Join(source.Data, source.Value("postgres", "select pg_relation_filepath('t')"))
	source.Stop()
	verify(0)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(b []byte) []byte{
		"a byte":            func(b []byte) []byte { b[20*8192+5000] ^= 1; return b },
		"another checksum":  func(b []byte) []byte { b[20*8192+8] ^= 1; return b },
		"a page twice":      func(b []byte) []byte { copy(b[8192:2*8192], b[:8192]); return b },
		"a page's end lost": func(b []byte) []byte { return b[:len(b)-100] },
		"no upper bound":    func(b []byte) []byte { b[14], b[15] = 0, 0; return b },
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, change(append([]byte{}, whole...)), 0o600); err != nil {
				t.Fatal(err)
			}
			verify(1)
		})
	}
}
