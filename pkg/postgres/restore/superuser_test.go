package restore

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type authid struct {
	oid          uint32
	name         string
	super, login byte
}

// pageOf lays rows of pg_authid out as bufpage.h has it, from the end.
func pageOf(rows ...authid) []byte {
	page := make([]byte, pageBytes)
	end := pageBytes
	for i, r := range rows {
		const hoff, size = 32, 32 + rowMinimum
		end -= (size + 7) &^ 7
		page[end+atHoff] = hoff
		binary.NativeEndian.PutUint32(page[end+hoff:], r.oid)
		copy(page[end+hoff+4:], r.name)
		page[end+hoff+4+nameBytes] = r.super
		page[end+hoff+4+nameBytes+4] = r.login
		binary.NativeEndian.PutUint32(page[pageHead+4*i:], uint32(end)|1<<15|uint32(size)<<17)
	}
	binary.NativeEndian.PutUint16(page[atLower:], uint16(pageHead+4*len(rows)))
	return page
}

func TestSuperusersAreReadFromPgAuthid(t *testing.T) {
	tests := map[string]struct {
		reason  string
		planned string
		rows    []authid
		want    []string
	}{
		"usual":      {"initdb's role", "", []authid{{10, "postgres", 1, 1}, {3373, "pg_monitor", 0, 0}}, []string{"postgres"}},
		"other name": {"the bootstrap role first", "", []authid{{16384, "admin", 1, 1}, {10, "dba", 1, 1}, {16385, "app", 0, 1}}, []string{"dba", "admin", "postgres"}},
		"renamed":    {"later rows are newer", "", []authid{{10, "old", 1, 1}, {10, "new", 1, 1}}, []string{"new", "old", "postgres"}},
		"locked":     {"it may not log in", "", []authid{{10, "dba", 1, 0}, {16384, "admin", 1, 1}}, []string{"admin", "postgres"}},
		"planned":    {"the plan knows", "boss", []authid{{10, "dba", 1, 1}}, []string{"boss"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			data := t.TempDir()
			if err := os.Mkdir(filepath.Join(data, "global"), 0o700); err != nil {
				t.Fatal(err)
			}
			mapping := make([]byte, 512)
			for i, n := range []uint32{mapMagic, 2, 1262, 1262, authidOID, 16999} {
				binary.NativeEndian.PutUint32(mapping[4*i:], n)
			}
			for file, content := range map[string][]byte{"pg_filenode.map": mapping, "16999": pageOf(tc.rows...)} {
				if err := os.WriteFile(filepath.Join(data, "global", file), content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got, err := superusers(data, tc.planned)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: %s", tc.reason, diff)
			}
		})
	}
}

func FuzzRolesNeverPanics(f *testing.F) {
	f.Add(pageOf(authid{10, "dba", 1, 1}))
	f.Fuzz(func(_ *testing.T, page []byte) {
		roles(page)
		roles(append(page, make([]byte, pageBytes)...)[:pageBytes])
	})
}
