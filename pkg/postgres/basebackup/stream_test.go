package basebackup

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pglogrepl"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// script is a server that sends these messages.
type script []pgproto3.BackendMessage

func (s *script) ReceiveMessage(context.Context) (pgproto3.BackendMessage, error) {
	if len(*s) == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	next := (*s)[0]
	*s = (*s)[1:]
	return next, nil
}

// memory is a sink that keeps everything; an archive counts once it is closed.
type memory struct{ closed map[string]string }

func (m memory) Archive(name string) (io.WriteCloser, error) { return &entry{m: m, name: name}, nil }
func (m memory) Manifest() (io.WriteCloser, error)           { return &entry{m: m, name: "manifest"}, nil }

type entry struct {
	bytes.Buffer
	m    memory
	name string
}

func (e *entry) Close() error {
	e.m.closed[e.name] = string(bytes.TrimRight(e.Bytes(), "\x00"))
	return nil
}

func data(text string) *pgproto3.CopyData { return &pgproto3.CopyData{Data: []byte(text)} }

func TestStream(t *testing.T) {
	begin, end := &pgproto3.CopyOutResponse{}, &pgproto3.CopyDone{}
	space := []pglogrepl.BaseBackupTablespace{{OID: 16385}}
	whole := map[string]string{"16385.tar": "far", "base.tar": "basedata", "manifest": "{}"}
	tests := map[string]struct {
		reason string
		single bool
		sent   script
		want   map[string]string
		fails  bool
	}{
		"15 and later": {"one stream, whose messages tell what they carry", true, script{
			begin, data("n16385.tar\x00/far\x00"), data("dfar"), data("p12345678"), data("nbase.tar\x00\x00"), data("dbase"), &pgproto3.NoticeResponse{},
			data("ddata"), data("m"), data("d{}"), end,
		}, whole, false},
		"13 and 14": {"a stream per archive, the default tablespace last, then the manifest", false, script{
			begin, data("far"), end, begin, data("base"), data("data"), end, begin, data("{}"), end,
		}, whole, false},
		"cut off":        {"the connection ended", true, script{begin, data("nbase.tar\x00\x00"), data("dba")}, nil, true},
		"no name":        {"data of nothing", true, script{begin, data("dxx"), end}, nil, true},
		"unknown kind":   {"a newer protocol", true, script{begin, data("zxx"), end}, nil, true},
		"empty message":  {"not in the protocol", true, script{begin, data(""), end}, nil, true},
		"error":          {"the server gives up", true, script{begin, data("nbase.tar\x00\x00"), &pgproto3.ErrorResponse{Code: "58P01"}}, nil, true},
		"other message":  {"not in the protocol", true, script{begin, &pgproto3.BindComplete{}}, nil, true},
		"no beginning":   {"data outside of a stream", false, script{data("x")}, nil, true},
		"a missing part": {"fewer streams than archives", false, script{begin, data("far"), end}, nil, true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got := memory{map[string]string{}}
			var last int64
			s := &stream{conn: &tc.sent, single: tc.single, archives: archiveNames(space), out: got, progress: func(done, _ int64) { last = done }}
			err := s.run(t.Context())
			if (err != nil) != tc.fails {
				t.Fatalf("%s: %v", tc.reason, err)
			}
			if tc.fails {
				return
			}
			if diff := cmp.Diff(tc.want, got.closed); diff != "" {
				t.Errorf("%s:\n%s", tc.reason, diff)
			}
			if last != s.done || s.done != int64(len("far"+"basedata"+"{}")) {
				t.Errorf("%s: %d bytes counted, %d told", tc.reason, s.done, last)
			}
		})
	}
}

func TestHostileArchiveNames(t *testing.T) {
	for _, name := range []string{"../x.tar", "/tmp/x.tar", "a/b.tar", "..", ""} {
		if _, err := (tars{folder: t.TempDir()}).Archive(name); err == nil {
			t.Errorf("the name %q was accepted", name)
		}
		if _, err := (plain{folder: t.TempDir()}).Archive(name); err == nil {
			t.Errorf("the name %q was accepted", name)
		}
	}
}

func TestMajorOf(t *testing.T) {
	for version, want := range map[string]int{"15.18 (Debian)": 15, "18.4": 18, "19beta1": 19, "9.6.24": 9, "": 0} {
		if got := majorOf(version); got != want {
			t.Errorf("majorOf(%q) = %d, want %d", version, got, want)
		}
	}
}

func TestHints(t *testing.T) {
	tests := map[string]struct{ code, message, hint string }{
		"no entry":   {"28000", `no pg_hba.conf entry for replication connection from host "10.0.0.1"`, hintHBA},
		"no role":    {"28000", `role "x" is not permitted to log in`, hintRole},
		"privilege":  {"42501", "permission denied to start WAL sender", hintRole},
		"WAL gone":   {"58P01", "requested WAL segment 0000 has already been removed", hintWAL},
		"wal_level":  {"55000", "WAL level not sufficient for making an online backup", hintLevel},
		"no senders": {"53300", "all replication slots are in use", hintSlots},
	}
	for name, tc := range tests {
		if got := hintFor(tc.code, tc.message); got != tc.hint {
			t.Errorf("%s: %q", name, got)
		}
	}
	err := explain(t.Context(), errors.New(`error response sev="ERROR" code="42501" message="permission \"x\" denied" detail=""`))
	var named *drill.Error
	if !errors.As(err, &named) || named.Hint != hintRole {
		t.Errorf("an error as pglogrepl renders it: %v", err)
	}
}
