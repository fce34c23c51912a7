package manifest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// longestToken of a manifest: a path has at most 1024 bytes, six for each where
// they are escaped.
const longestToken = 64 << 10

var errLongToken = errors.New("a text in it is longer than any path")

// tokens passes a manifest on and ends it at a token that is longer than any of
// PostgreSQL's, because a JSON decoder holds a token as a whole.
type tokens struct {
	in     io.Reader
	quoted bool
	escape bool
	since  int // bytes since a token ended
}

func (t *tokens) Read(p []byte) (int, error) {
	n, err := t.in.Read(p)
	for _, c := range p[:n] {
		t.since++
		switch {
		case t.escape:
			t.escape = false
		case t.quoted && c == '\\':
			t.escape = true
		case c == '"':
			t.quoted, t.since = !t.quoted, 0
		case !t.quoted && (c == ',' || c == ':' || c == '{' || c == '}' || c == '[' || c == ']' || c == '\n'):
			t.since = 0
		}
		if t.since > longestToken {
			return 0, errLongToken
		}
	}
	return n, err
}

// skipValue passes over the value that follows, token by token.
func skipValue(dec *json.Decoder) error {
	for depth := 0; ; {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

// readEntry reads one file's object; keys that it does not know are passed over.
func readEntry(dec *json.Decoder) (e entry, err error) {
	if err := expect(dec, json.Delim('{')); err != nil {
		return e, err
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return e, err
		}
		var field any
		switch key {
		case "Path":
			field = &e.Path
		case "Encoded-Path":
			field = &e.EncodedPath
		case "Size":
			field = &e.Size
		case "Last-Modified":
			field = &e.LastModified
		case "Checksum-Algorithm":
			field = &e.Algorithm
		case "Checksum":
			field = &e.Checksum
		default:
			if err := skipValue(dec); err != nil {
				return e, err
			}
			continue
		}
		token, err := dec.Token()
		if err != nil {
			return e, err
		}
		if err := set(field, token); err != nil {
			return e, fmt.Errorf("%.100q: %w", key, err)
		}
	}
	return e, expect(dec, json.Delim('}'))
}

func set(field any, token json.Token) error {
	switch field := field.(type) {
	case *string:
		if text, ok := token.(string); ok {
			*field = text
			return nil
		}
	case *int64:
		if n, ok := token.(float64); ok && n == float64(int64(n)) { // exact up to 8 PiB
			*field = int64(n)
			return nil
		}
	}
	return errors.New("another type than it should have")
}
