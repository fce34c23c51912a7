package drillevidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

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

// Decode reads a document. Fields that it does not know are passed over, so
// that an older lifeboat reads what a newer one added; a schema version that
// it does not know is an error.
func Decode(text []byte) (Document, error) {
	var d Document
	if err := json.Unmarshal(text, &d); err != nil {
		return Document{}, notEvidence(err)
	}
	if err := checkSchema(d.SchemaVersion, d.ID); err != nil {
		return Document{}, err
	}
	return d, ofADrill(text)
}

// ofADrill refuses the evidence of anything else, which says what it is of: that of a
// drill never did.
func ofADrill(text []byte) error {
	var d struct {
		EvidenceOf string `json:"evidenceOf"`
	}
	if err := json.Unmarshal(text, &d); err != nil {
		return notEvidence(err)
	}
	if d.EvidenceOf != "" {
		return notEvidence(fmt.Errorf("it is evidence of a %s", d.EvidenceOf))
	}
	return nil
}

// DecodeAs reads the document that lies under an ID, wherever that is. One of
// another ID is record.Another: whoever asked for this one would take that for it.
func DecodeAs(id string, text []byte) (Document, error) {
	d, err := Decode(text)
	if err == nil && d.ID != id {
		return Document{}, record.Another{ID: d.ID}
	}
	return d, err
}

func notEvidence(err error) error { return fmt.Errorf("not an evidence document: %w", err) }

func checkSchema(version int, id string) error {
	switch {
	case version == 0 || id == "":
		return errors.New("not an evidence document: schemaVersion or id is missing")
	case version > SchemaVersion:
		return fmt.Errorf("evidence %s has schema version %d: this lifeboat reads up to %d", id, version, SchemaVersion)
	}
	return nil
}

// SHA256 of a document's file, in hexadecimal.
func SHA256(text []byte) string { return record.SHA256(text) }
