package recoveryevidence_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	recoveryevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

func TestStore(t *testing.T) {
	dir := t.TempDir()
	s := recoveryevidence.Beside(filepath.Join(dir, "evidence"), filepath.Join(dir, "heads"))
	for i, id := range []string{"run-1", "run-2", "run-3"} {
		r := passed()
		r.Run.ID = id
		r.RecordedAt = at(2000 + float64(i)).UTC()
		for range 2 { // a step that is repeated
			path, err := s.Record(t.Context(), r)
			if err != nil || path != s.Path(id) {
				t.Fatal(path, err)
			}
			r.RecordedAt = *at(9000)
			r.Run.Execution = second
		}
	}
	documents, problems, err := s.List()
	if err != nil || len(problems) > 0 || len(documents) != 3 || documents[0].ID != "run-3" || documents[0].Previous.ID != "run-2" {
		t.Fatalf("%+v %v %v", documents, problems, err)
	}
	if page, err := os.ReadFile(s.ReportPath("run-2")); err != nil || !strings.Contains(string(page), "run-2") {
		t.Error(err)
	}
	report, err := s.Folder().Verify(t.Context())
	if err != nil || !report.Holds() || report.Tail != record.Proven || report.Chains[0].Chain != "prod/recoveries" {
		t.Errorf("%+v %v", report, err)
	}
	other := failed()
	other.Run.ID = "run-2"
	if _, err := s.Record(t.Context(), other); !errors.Is(err, record.ErrDifferent) || drill.NameOf(err) != drill.EvidenceFailed {
		t.Errorf("what was recorded is overwritten: %v", err)
	}
	// A folder of drills beside it, and its heads, know nothing of recoveries.
	drills := drillevidence.Store{Dir: filepath.Join(dir, "evidence"), Heads: filepath.Join(dir, "heads")}
	if found, problems, err := drills.List(); err != nil || len(found)+len(problems) > 0 {
		t.Errorf("%v %v %v", found, problems, err)
	}
	if report, err := drillevidence.Verify(t.Context(), drills); err != nil || !report.Holds() {
		t.Errorf("%+v %v", report, err)
	}
	if err := os.WriteFile(s.Path("run-2"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if report, err := s.Folder().Verify(t.Context()); err != nil || report.Holds() {
		t.Errorf("%+v %v", report, err)
	}
}

// No drill is taken for a recovery.
func TestOfWhatItIsEvidence(t *testing.T) {
	text, err := drillevidence.Encode(drillevidence.Document{SchemaVersion: 1, ID: "x", Ending: "Passed"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := recoveryevidence.Decode(text); err == nil || recoveryevidence.Is(text) {
		t.Errorf("a drill is read as a recovery: %v", err)
	}
	own, err := recoveryevidence.Encode(recoveryevidence.Build(passed(), recoveryevidence.Execution{}))
	if err != nil || !recoveryevidence.Is(own) {
		t.Fatal(err)
	}
	if _, err := recoveryevidence.DecodeAs("run-2", own); !errors.As(err, new(record.Another)) {
		t.Error(err)
	}
	if _, err := drillevidence.Decode(own); err == nil {
		t.Error("a recovery is read as a drill")
	}
}

// bucket and index in memory.
type bucket struct {
	objects   map[string][]byte
	entries   []recoveryevidence.Entry
	announced []record.Next
	fail      string // the call that fails once
}

var errCut = errors.New("cut off")

func (b *bucket) cut(call string) error {
	if b.fail != call {
		return nil
	}
	b.fail = ""
	return errCut
}

func (b *bucket) Put(_ context.Context, key, _ string, body []byte) (string, error) {
	if err := b.cut("put"); err != nil {
		return "", err
	}
	if there, taken := b.objects[key]; taken && string(there) != string(body) {
		return "", errors.New("taken")
	}
	b.objects[key] = body
	return "s3://b/" + key, nil
}

func (b *bucket) Get(_ context.Context, key string) ([]byte, error) {
	if body, ok := b.objects[key]; ok {
		return body, nil
	}
	return nil, os.ErrNotExist
}

func (b *bucket) NewestRecovery(context.Context) (recoveryevidence.Entry, bool, error) {
	if len(b.entries) == 0 {
		return recoveryevidence.Entry{}, false, nil
	}
	return b.entries[len(b.entries)-1], true, nil
}

func (b *bucket) Announce(_ context.Context, chain string, next record.Next) error {
	if chain != recoveryevidence.Chain {
		return errors.New(chain)
	}
	b.announced = append(b.announced, next)
	return b.cut("announce")
}

func (b *bucket) AddRecovery(_ context.Context, e recoveryevidence.Entry) error {
	if err := b.cut("add"); err != nil {
		return err
	}
	if len(b.entries) == 0 || b.entries[len(b.entries)-1].ID != e.ID {
		b.entries = append(b.entries, e)
	}
	return nil
}

// Cut off after any call, the recording is made again and completes what is missing.
func TestRecorder(t *testing.T) {
	for _, call := range []string{"", "announce", "put", "add"} {
		b := &bucket{objects: map[string][]byte{}}
		recorder := recoveryevidence.Recorder{Documents: b, Index: b, Versions: recoveryevidence.Versions{Lifeboat: "1"}}
		for _, id := range []string{"run-1", "run-2"} {
			r := passed()
			r.Run.ID = id
			b.fail = call
			location, err := recorder.Record(t.Context(), r)
			if call != "" {
				if !errors.Is(err, errCut) || drill.NameOf(err) != drill.EvidenceFailed {
					t.Fatalf("%s: %v", call, err)
				}
				r.RecordedAt = *at(3000)
				location, err = recorder.Record(t.Context(), r)
			}
			if err != nil || location != "s3://b/recoveries/"+id+".json" {
				t.Fatalf("%s: %s %v", call, location, err)
			}
		}
		if len(b.entries) != 2 || len(b.objects) != 2 || b.entries[1].Workloads[0] != "orders" {
			t.Errorf("%s: %+v", call, b.entries)
		}
		d, err := recoveryevidence.Reader{Documents: b, Place: "s3://b/"}.Recorded(t.Context(), "run-2")
		if err != nil || d.Previous == nil || d.Previous.ID != "run-1" || d.Previous.SHA256 != b.entries[0].SHA256 {
			t.Errorf("%s: %+v %v", call, d.Previous, err)
		}
		var items []record.Item
		for key, text := range b.objects {
			id := strings.TrimSuffix(strings.TrimPrefix(key, recoveryevidence.KeyPrefix), ".json")
			items = append(items, record.ItemOf(id, text, recoveryevidence.IndexedHeader))
		}
		newest := b.entries[1]
		report := record.Check(items, record.Heads{
			Of:            map[string]record.Head{recoveryevidence.Chain: {Chain: recoveryevidence.Chain, Link: record.Link{ID: newest.ID, SHA256: newest.SHA256}}},
			Announcements: map[string][]record.Next{recoveryevidence.Chain: b.announced},
		})
		if !report.Holds() || report.Tail != record.Proven {
			t.Errorf("%s: %+v", call, report)
		}
	}
}

// A run that is not over when its parent ends has a document of its own, and the one of
// its end is not kept from being written.
func TestARunThatGoesOn(t *testing.T) {
	s := recoveryevidence.Beside(t.TempDir(), "")
	before := dirty()
	before.Run.OverAt = nil
	for _, r := range []struct {
		of   func() (string, error)
		want string
	}{
		{func() (string, error) { return s.Record(t.Context(), before) }, "run-1.p1"},
		{func() (string, error) { return s.Record(t.Context(), passed()) }, "run-1"},
	} {
		if path, err := r.of(); err != nil || path != s.Path(r.want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
