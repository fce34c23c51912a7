package manifest_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/manifest"
)

const files = `{ "PostgreSQL-Backup-Manifest-Version": 1,
"Files": [
{ "Path": "backup_label", "Size": 225, "Last-Modified": "2026-11-24 00:52:53 GMT", "Checksum-Algorithm": "CRC32C", "Checksum": "a8b6a5d2" },
{ "Encoded-Path": "626173652ff8", "Size": 3, "Last-Modified": "2026-11-24 00:52:50 GMT", "Checksum-Algorithm": "NONE" }
],
"WAL-Ranges": [
{ "Timeline": 1, "Start-LSN": "0/2000028", "End-LSN": "0/2000100" }
],
`

func sealed() string {
	sum := sha256.Sum256([]byte(files))
	return files + `"Manifest-Checksum": "` + hex.EncodeToString(sum[:]) + "\"}\n"
}

func open(t *testing.T, content string) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), manifest.Name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestReadGivesEveryEntry(t *testing.T) {
	var got []manifest.File
	err := manifest.Read(strings.NewReader(sealed()), func(f manifest.File) error {
		got = append(got, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []manifest.File{
		{Path: "backup_label", Size: 225, LastModified: time.Date(2026, 11, 24, 0, 52, 53, 0, time.UTC), Algorithm: "CRC32C", Checksum: []byte{0xa8, 0xb6, 0xa5, 0xd2}},
		{Path: "base/\xf8", Size: 3, LastModified: time.Date(2026, 11, 24, 0, 52, 50, 0, time.UTC), Algorithm: "NONE", Checksum: []byte{}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestVerifySelf(t *testing.T) {
	tests := map[string]struct {
		reason   string
		content  string
		complete bool
		verified bool
	}{
		"as written": {"nothing is wrong", sealed(), true, true},
		"edited":     {"one digit of a size changed", strings.Replace(sealed(), "225", "226", 1), true, false},
		"cut short":  {"the last line is missing", files, false, false},
		"cut inside": {"the last line is not whole", sealed()[:len(sealed())-20], false, false},
		"empty":      {"nothing was written", "", false, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			f := open(t, tc.content)
			if err := manifest.CheckComplete(f); (err == nil) != tc.complete {
				t.Errorf("CheckComplete: %v, want complete=%v: %s", err, tc.complete, tc.reason)
			}
			if err := manifest.VerifySelf(f); (err == nil) != tc.verified {
				t.Errorf("VerifySelf: %v, want verified=%v: %s", err, tc.verified, tc.reason)
			}
		})
	}
}

func TestMajorIsKnownFromTheChecksumOfPGVersion(t *testing.T) {
	for _, algorithm := range []string{"CRC32C", "SHA224", "SHA256", "SHA384", "SHA512"} {
		h, err := manifest.NewHash(algorithm)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(h, "17\n")
		f := manifest.File{Path: "PG_VERSION", Size: 3, Algorithm: algorithm, Checksum: h.Sum(nil)}
		if got := f.Major(); got != 17 {
			t.Errorf("%s: major %d, want 17", algorithm, got)
		}
		if err := f.Verify(3, h); err != nil {
			t.Errorf("%s: %v", algorithm, err)
		}
		if err := f.Verify(4, h); err == nil {
			t.Errorf("%s: another size passed", algorithm)
		}
	}
}

// The check value of CRC-32C is that of "123456789" (RFC 3720, B.4 uses the
// same polynomial); PostgreSQL stores it least significant byte first.
func TestCRC32CIsStoredAsPostgreSQLDoes(t *testing.T) {
	h, _ := manifest.NewHash("CRC32C")
	fmt.Fprint(h, "123456789")
	if got := hex.EncodeToString(h.Sum(nil)); got != "839206e3" {
		t.Errorf("got %s, want 839206e3", got)
	}
}

func FuzzReadNeverPanics(f *testing.F) {
	f.Add(sealed())
	f.Fuzz(func(_ *testing.T, content string) {
		_ = manifest.Read(strings.NewReader(content), func(manifest.File) error { return nil })
	})
}

// A manifest is read a token at a time: none may take all memory.
func TestAnEndlessTokenEndsTheManifest(t *testing.T) {
	for name, text := range map[string]string{
		"a path":  `{"Files": [{"Path": "` + strings.Repeat("x", 1<<20) + `"}]}`,
		"a key":   `{"` + strings.Repeat("x", 1<<20) + `": 1}`,
		"a space": `{"Files": [` + strings.Repeat(" ", 1<<20) + `]}`,
		"escapes": `{"Files": [{"Path": "` + strings.Repeat(`\"`, 1<<20) + `"}]}`,
	} {
		if err := manifest.Read(strings.NewReader(text), func(manifest.File) error { return nil }); err == nil {
			t.Errorf("%s of a megabyte was read", name)
		}
	}
}
