package recoveryevidence

import (
	"bytes"
	"context"
	"io"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/record"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// Index knows which recovery of the deployment was recorded last.
type Index interface {
	NewestRecovery(ctx context.Context) (newest Entry, found bool, err error)
	// Announce a document before it is written; see record.Index.
	Announce(ctx context.Context, chain string, next record.Next) error
	// AddRecovery of an entry that is there changes nothing.
	AddRecovery(ctx context.Context, e Entry) error
}

// Entry is what the index keeps of a recorded recovery.
type Entry = recovery.Recorded

// Recorder writes evidence where a folder cannot be: recoveries/<id>.json into
// Documents, then the entry into the Index, by which the next one finds what to link
// to. Cut off in between, it is called again and completes what is missing; the
// document is the one that was written first.
type Recorder struct {
	Documents record.Documents
	Index     Index
	Versions  Versions
	// Render writes the page, usually Render of this package; nil: there is none
	// beside the document.
	Render func(w io.Writer, d Document, sha256 string) error
}

// Record builds the evidence of a run, writes it and returns where it lies. Recording
// the same run again gives the same location and writes no second version; where it
// says something else, the error is EvidenceFailed and wraps record.ErrDifferent.
func (r Recorder) Record(ctx context.Context, in recovery.Report) (string, error) {
	bucket := record.Bucket{Documents: r.Documents, Index: entries{r.Index}, Key: Key}
	if r.Render != nil {
		bucket.Page = r.page
	}
	d := Build(in, Execution{Versions: r.Versions})
	location, err := bucket.Record(ctx, newRecord(d, Chain))
	return location, named(err, d.ID)
}

func (r Recorder) page(text []byte) (record.Page, error) {
	d, err := Decode(text)
	if err != nil {
		return record.Page{}, err
	}
	var html bytes.Buffer
	if err := r.Render(&html, d, record.SHA256(text)); err != nil {
		return record.Page{}, err
	}
	return record.Page{Key: KeyPrefix + d.ID + ".html", ContentType: "text/html; charset=utf-8", Body: html.Bytes()}, nil
}

// KeyPrefix of all keys in the bucket: those of drills have another.
const KeyPrefix = Chain + "/"

// Key of a document.
func Key(id string) string { return KeyPrefix + id + ".json" }

// entries are an Index as record.Bucket wants it.
type entries struct{ Index }

func (e entries) Newest(ctx context.Context, _ string) (record.Link, bool, error) {
	newest, found, err := e.NewestRecovery(ctx)
	return record.Link{ID: newest.ID, SHA256: newest.SHA256}, found, err
}

func (e entries) Add(ctx context.Context, r record.Recorded) error {
	d, err := Decode(r.Text)
	if err != nil {
		return err
	}
	return e.AddRecovery(ctx, entryOf(d, r))
}

func entryOf(d Document, r record.Recorded) Entry {
	e := Entry{
		ID: d.ID, RecordedAt: d.RecordedAt, StartedAt: d.Start.At, Mode: recovery.Mode(d.Mode), Ending: d.Ending, SHA256: r.SHA256, Location: r.Location,
	}
	for _, w := range d.Workloads {
		e.Workloads = append(e.Workloads, w.Name)
	}
	return e
}

// Reader finds what a Recorder wrote, for whoever tells people of it.
type Reader struct {
	Documents interface {
		Get(ctx context.Context, key string) ([]byte, error)
	}
	Place string // s3://bucket/
}

// Location is where the document of a run lies, or would lie.
func (r Reader) Location(run string) string { return r.Place + Key(run) }

// Recorded reads the document of a run.
func (r Reader) Recorded(ctx context.Context, run string) (Document, error) {
	text, err := r.Documents.Get(ctx, Key(run))
	if err != nil {
		return Document{}, err
	}
	return DecodeAs(run, text)
}

// seconds between two moments; nil where one is not known.
func seconds(from, to *time.Time) *float64 {
	if from == nil || to == nil || to.Before(*from) {
		return nil
	}
	s := to.Sub(*from).Seconds()
	return &s
}
