package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
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
		return Document{}, fmt.Errorf("not an evidence document: %w", err)
	}
	switch {
	case d.SchemaVersion == 0 || d.ID == "":
		return Document{}, fmt.Errorf("not an evidence document: schemaVersion or id is missing")
	case d.SchemaVersion > SchemaVersion:
		return Document{}, fmt.Errorf("evidence %s has schema version %d: this lifeboat reads up to %d", d.ID, d.SchemaVersion, SchemaVersion)
	}
	return d, nil
}

// SHA256 of a document's file, in hexadecimal.
func SHA256(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
