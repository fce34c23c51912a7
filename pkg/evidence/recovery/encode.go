package recoveryevidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

// Encode writes a document as its file holds it. The same document always
// gives the same bytes.
func Encode(d Document) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(d); err != nil {
		return nil, fmt.Errorf("encode the evidence %s: %w", d.ID, err)
	}
	return text.Bytes(), nil
}

// Decode reads a document. Fields that it does not know are passed over, so that an
// older lifeboat reads what a newer one added; a schema version that it does not know,
// and the evidence of anything else, are errors.
func Decode(text []byte) (Document, error) {
	var d Document
	if err := json.Unmarshal(text, &d); err != nil {
		return Document{}, notEvidence(err)
	}
	return d, check(d.SchemaVersion, d.EvidenceOf, d.ID)
}

// DecodeAs reads the document that lies under an ID. One of another ID is
// record.Another.
func DecodeAs(id string, text []byte) (Document, error) {
	d, err := Decode(text)
	if err == nil && d.ID != id {
		return Document{}, record.Another{ID: d.ID}
	}
	return d, err
}

// Is tells whether a text claims to be the evidence of a recovery.
func Is(text []byte) bool {
	var d struct {
		EvidenceOf string `json:"evidenceOf"`
	}
	return json.Unmarshal(text, &d) == nil && d.EvidenceOf == Of
}

func notEvidence(err error) error { return fmt.Errorf("not the evidence of a recovery: %w", err) }

func check(version int, of, id string) error {
	switch {
	case version == 0 || id == "":
		return notEvidence(errors.New("schemaVersion or id is missing"))
	case of != Of:
		return notEvidence(fmt.Errorf("it is evidence of %q", of))
	case version > SchemaVersion:
		return fmt.Errorf("evidence %s has schema version %d: this lifeboat reads up to %d", id, version, SchemaVersion)
	}
	return nil
}

// Chain is what the index of a deployment calls its recoveries. No database has this
// name: theirs have a slash.
const Chain = "recoveries"

// folderChain is that of a folder, which may hold several deployments.
func folderChain(deployment string) string { return record.ChainOf(deployment, Chain) }

// FolderHeader reads the header of a document of a folder.
func FolderHeader(text []byte) (record.Header, error) { return headerOf(text, folderChain) }

// IndexedHeader reads the header of a document that a Recorder wrote.
func IndexedHeader(text []byte) (record.Header, error) {
	return headerOf(text, func(string) string { return Chain })
}

func headerOf(text []byte, chain func(deployment string) string) (record.Header, error) {
	var d struct { // not all of a document is read to tell where it belongs
		SchemaVersion int       `json:"schemaVersion"`
		EvidenceOf    string    `json:"evidenceOf"`
		ID            string    `json:"id"`
		RecordedAt    time.Time `json:"recordedAt"`
		Deployment    string    `json:"deployment"`
		Previous      *Previous `json:"previous"`
	}
	if err := json.Unmarshal(text, &d); err != nil {
		return record.Header{}, notEvidence(err)
	}
	if err := check(d.SchemaVersion, d.EvidenceOf, d.ID); err != nil {
		return record.Header{}, err
	}
	h := record.Header{ID: d.ID, RecordedAt: d.RecordedAt, Chain: chain(d.Deployment)}
	if d.Previous != nil {
		h.Previous = &record.Link{ID: d.Previous.ID, SHA256: d.Previous.SHA256}
	}
	return h, nil
}
