package main

import (
	"encoding/json"
	"io"
)

// printJSON writes one document, indented for people and valid for scripts.
func printJSON(w io.Writer, document any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(document)
}
