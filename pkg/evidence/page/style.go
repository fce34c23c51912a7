package page

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"strings"
)

//go:embed page.css
var style string

// Style is the one style sheet.
func Style() template.CSS { return template.CSS(style) }

// Policy lets a page load nothing and run nothing: its style sheet is allowed by
// its hash.
func Policy() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
}

// Write writes what a template gave, with the characters made visible that turn the
// direction of what follows: in a name they would make the text after it read as
// something else.
func Write(w io.Writer, text string) error {
	_, err := directions.WriteString(w, text)
	return err
}

var directions = strings.NewReplacer(
	"\u202a", "\ufffd", "\u202b", "\ufffd", "\u202c", "\ufffd", "\u202d", "\ufffd", "\u202e", "\ufffd",
	"\u2066", "\ufffd", "\u2067", "\ufffd", "\u2068", "\ufffd", "\u2069", "\ufffd", "\u200e", "\ufffd", "\u200f", "\ufffd",
)
