package ui

import (
	"encoding/json"
	"io"
)

// PrintJSON writes one document, indented for people and valid for scripts.
func PrintJSON(w io.Writer, document any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(document)
}
