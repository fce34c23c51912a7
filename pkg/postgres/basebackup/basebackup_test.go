package basebackup_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/basebackup"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/manifest"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest"
)

var majors = []int{15, 18}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// source is a server with some data.
func source(t *testing.T, o pgtest.Options) *pgtest.Source {
	t.Helper()
	o.Checksums = true
	s := pgtest.Start(t, o)
	s.Exec("postgres", "create table t as select i, repeat(md5(i::text), 20) as v from generate_series(1, 20000) i")
	return s
}

// verify compares the backup with its manifest, and runs pg_verifybackup of the
// same version where there is one.
func verify(t *testing.T, s *pgtest.Source, dir string) {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, manifest.Name))
	must(t, err)
	defer f.Close()
	files := 0
	must(t, manifest.Read(f, func(entry manifest.File) error {
		files++
		raw, err := os.ReadFile(filepath.Join(dir, entry.Path))
		if err != nil {
			return err
		}
		h, err := manifest.NewHash(entry.Algorithm)
		if err != nil {
			return err
		}
		h.Write(raw)
		return entry.Verify(int64(len(raw)), h)
	}))
	if files < 500 {
		t.Errorf("the manifest has %d files", files)
	}
	if !s.Bin.Has("pg_verifybackup") {
		t.Logf("no pg_verifybackup in %s: its verdict is missing; %d files are as the manifest says", s.Bin.Dir, files)
		return
	}
	cmd := exec.Command(s.Bin.Path("pg_verifybackup"), "--exit-on-error", dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("pg_verifybackup: %v\n%s", err, out)
	} else {
		t.Logf("pg_verifybackup: %s", strings.TrimSpace(string(out)))
	}
}

// startOn starts a server of the same programs on a copy of the backup, and
// counts the rows.
func startOn(t *testing.T, s *pgtest.Source, dir, query, want string) {
	t.Helper()
	copied := pgtest.StartOn(t, s.Bin, dir)
	if got := copied.Value("postgres", query); got != want {
		t.Errorf("the copy says %q, want %q", got, want)
	}
}

func TestPlain(t *testing.T) {
	for _, major := range majors {
		t.Run(fmt.Sprint(major), func(t *testing.T) {
			s := source(t, pgtest.Options{Major: major})
			dest := filepath.Join(t.TempDir(), "deep er", "backup")
			var calls int
			var last, total int64
			result, err := basebackup.Take(t.Context(), basebackup.Options{
				URL: s.URL("postgres"), Destination: dest, Label: "it's mine",
				Progress: func(done, of int64) {
					if done < last {
						t.Errorf("progress went back from %d to %d", last, done)
					}
					calls, last, total = calls+1, done, of
				},
			})
			must(t, err)
			t.Logf("%+v", result)
			if calls < 2 || last != result.Bytes || total == 0 || total > 3*last {
				t.Errorf("progress: %d calls, %d of %d bytes; result %d", calls, last, total, result.Bytes)
			}
			if result.Format != basebackup.Plain || result.EndLSN == "" || result.StartLSN == "" || result.SystemID == "" {
				t.Errorf("result %+v", result)
			}
			for name, want := range map[string]bool{"backup_manifest": true, "backup_label": true, "PG_VERSION": true, "postmaster.pid": false} {
				if _, err := os.Stat(filepath.Join(dest, name)); (err == nil) != want {
					t.Errorf("%s: %v, want present=%v", name, err, want)
				}
			}
			// The server sends it to whom might get tablespaces; it names none.
			if info, err := os.Stat(filepath.Join(dest, "tablespace_map")); err == nil && info.Size() > 0 {
				t.Errorf("tablespace_map has %d bytes", info.Size())
			}
			raw, err := os.ReadFile(filepath.Join(dest, "backup_manifest"))
			must(t, err)
			if !strings.Contains(string(raw), `"SHA256"`) {
				t.Error("the manifest has no SHA-256 checksums")
			}
			if _, err := os.Stat(dest + ".partial"); err == nil {
				t.Error("the partial folder is left")
			}
			verify(t, s, dest)
			startOn(t, s, dest, "select count(*) || ' ' || sum(length(v)) from t", "20000 12800000")
			if _, err := basebackup.Take(t.Context(), basebackup.Options{URL: s.URL("postgres"), Destination: dest}); drill.NameOf(err) != basebackup.BackupFailed {
				t.Errorf("an existing backup was not refused: %v", err)
			}
		})
	}
}

func TestTarWithTablespace(t *testing.T) {
	for _, major := range majors {
		for _, format := range []basebackup.Format{basebackup.Auto, basebackup.TarGzip} {
			t.Run(fmt.Sprint(major, " ", format), func(t *testing.T) {
				s := source(t, pgtest.Options{Major: major})
				space := filepath.Join(s.Folder, "space")
				must(t, os.Mkdir(space, 0o700))
				must(t, s.Own(space))
				s.Exec("postgres", fmt.Sprintf("create tablespace elsewhere location '%s'", space))
				s.Exec("postgres", "create table far tablespace elsewhere as select i from generate_series(1, 1000) i")
				plain := filepath.Join(t.TempDir(), "plain")
				if _, err := basebackup.Take(t.Context(), basebackup.Options{URL: s.URL("postgres"), Destination: plain, Format: basebackup.Plain}); drill.NameOf(err) != basebackup.BackupFailed {
					t.Errorf("plain with a tablespace: %v", err)
				}
				if left, _ := filepath.Glob(plain + "*"); len(left) != 0 {
					t.Errorf("a refused backup left %v", left)
				}
				dest := filepath.Join(t.TempDir(), "backup")
				result, err := basebackup.Take(t.Context(), basebackup.Options{URL: s.URL("postgres"), Destination: dest, Format: format})
				must(t, err)
				if result.Tablespaces != 1 {
					t.Errorf("%+v", result)
				}
				oid := s.Value("postgres", "select oid from pg_tablespace where spcname = 'elsewhere'")
				unpacked := filepath.Join(t.TempDir(), "unpacked")
				ending := map[basebackup.Format]string{basebackup.Auto: ".tar", basebackup.TarGzip: ".tar.gz"}[format]
				for name, into := range map[string]string{"base": unpacked, oid: filepath.Join(unpacked, "pg_tblspc", oid)} {
					must(t, os.MkdirAll(into, 0o700))
					out, err := exec.Command("tar", "-xf", filepath.Join(dest, name+ending), "-C", into).CombinedOutput()
					if err != nil || len(out) > 0 {
						t.Errorf("tar: %v %s", err, out)
					}
				}
				if raw, err := os.ReadFile(filepath.Join(unpacked, "tablespace_map")); err != nil || !strings.Contains(string(raw), oid+" ") {
					t.Errorf("tablespace_map: %q, %v", raw, err)
				}
				must(t, os.Rename(filepath.Join(dest, "backup_manifest"), filepath.Join(unpacked, "backup_manifest")))
				verify(t, s, unpacked)
			})
		}
	}
}

func TestRefusals(t *testing.T) {
	s := source(t, pgtest.Options{Loopback: true})
	s.Exec("postgres", "create role plain login password 'sec%ret'; create role closed login replication password 'sec%ret'")
	with := func(user, password string) string {
		u, err := url.Parse(s.URL("postgres"))
		must(t, err)
		u.User = url.UserPassword(user, password)
		return u.String()
	}
	tests := map[string]struct {
		reason   string
		url      string
		settings map[string]string
		hint     string
	}{
		"wrong password":    {"told apart from everything else", with("closed", "sec%ret1"), nil, "password"},
		"no role attribute": {"an ordinary user", with("plain", "sec%ret"), nil, "replication"},
		"no such server":    {"nothing listens there", "postgres://u:sec%25ret@127.0.0.1:1/x", nil, "host"},
		"bad URL":           {"the parser's message would quote the password", "postgres://u:sec%ret@127.0.0.1:x/x", nil, "postgres://"},
		"no senders":        {"max_wal_senders is 0", s.URL("postgres"), map[string]string{"max_wal_senders": "0"}, "max_wal_senders"},
		"minimal":           {"wal_level is minimal", s.URL("postgres"), map[string]string{"max_wal_senders": "0", "wal_level": "minimal"}, "wal_level"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			s.Restart(tc.settings) // each from the defaults: maps have no order
			dest := filepath.Join(t.TempDir(), "backup")
			_, err := basebackup.Take(t.Context(), basebackup.Options{URL: tc.url, Destination: dest})
			t.Log(err)
			var named *drill.Error
			if drill.NameOf(err) != basebackup.BackupFailed || !errors.As(err, &named) || !strings.Contains(named.Hint, tc.hint) {
				t.Fatalf("%s: %v", tc.reason, err)
			}
			text := fmt.Sprintf("%v %+v %q", err, err, named.Hint)
			for _, secret := range []string{"sec%", "ret@", s.Password()} {
				if strings.Contains(text, secret) {
					t.Errorf("the error quotes the password: %s", text)
				}
			}
			if left, _ := filepath.Glob(dest + "*"); len(left) != 0 {
				t.Errorf("a failure left %v", left)
			}
		})
	}
}

func TestHBA(t *testing.T) {
	s := source(t, pgtest.Options{})
	must(t, os.WriteFile(filepath.Join(s.Folder, "pg_hba.conf"), []byte("local all all trust\n"), 0o600))
	s.Exec("postgres", "select pg_reload_conf()")
	var err error
	for range 100 { // the reload takes a moment
		dest := filepath.Join(t.TempDir(), "backup")
		if _, err = basebackup.Take(t.Context(), basebackup.Options{URL: s.URL("postgres"), Destination: dest}); err != nil {
			break
		}
	}
	var named *drill.Error
	if !errors.As(err, &named) || !strings.Contains(named.Hint, "pg_hba.conf") {
		t.Errorf("%v", err)
	}
}

func TestStoppedLeavesNothing(t *testing.T) {
	s := source(t, pgtest.Options{})
	for name, format := range map[string]basebackup.Format{"plain": basebackup.Plain, "tar": basebackup.TarGzip} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			dest := filepath.Join(t.TempDir(), "backup")
			_, err := basebackup.Take(ctx, basebackup.Options{
				URL: s.URL("postgres"), Destination: dest, Format: format,
				Progress: func(int64, int64) { cancel() },
			})
			if drill.NameOf(err) != basebackup.BackupFailed || !strings.Contains(err.Error(), "stopped") {
				t.Errorf("%v", err)
			}
			if left, _ := filepath.Glob(dest + "*"); len(left) != 0 {
				t.Errorf("it left %v", left)
			}
		})
	}
}

func TestDiskFull(t *testing.T) {
	small := pgtest.SmallDisk(t, 20)
	s := source(t, pgtest.Options{})
	for _, format := range []basebackup.Format{basebackup.Plain, basebackup.Tar} {
		t.Run(string(format), func(t *testing.T) {
			dest := filepath.Join(small, "backup")
			_, err := basebackup.Take(t.Context(), basebackup.Options{URL: s.URL("postgres"), Destination: dest, Format: format})
			t.Log(err)
			var named *drill.Error
			if !errors.As(err, &named) || !strings.Contains(named.Hint, "free some space") {
				t.Errorf("%v", err)
			}
			if left, _ := filepath.Glob(dest + "*"); len(left) != 0 {
				t.Errorf("it left %v", left)
			}
		})
	}
}
