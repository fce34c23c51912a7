package asl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// node is a JSON value with the order of its keys, as a definition needs it:
// encoding/json would drop the order and silently keep the last of two equal
// keys.
type node struct {
	object   bool
	array    bool
	keys     []string
	members  map[string]*node
	elements []*node
	scalar   any // string, json.Number, bool or nil
}

// maxNesting bounds the depth of a JSON document; it is that of Jackson, the
// reader that AWS's own services use.
const maxNesting = 1000

// parseNode reads one JSON document. A key that stands twice in an object is
// reported with its path; the last one counts, as in JavaScript.
func parseNode(data []byte, report func(path, what string)) (*node, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	n, err := readNode(dec, "", 0, report)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", position(data, dec.InputOffset()), err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("%s: more text behind the end of the JSON document", position(data, dec.InputOffset()))
	}
	return n, nil
}

// position is the line and column of an offset, both from 1.
func position(data []byte, offset int64) string {
	before := data[:min(offset, int64(len(data)))]
	return fmt.Sprintf("line %d, column %d", bytes.Count(before, []byte("\n"))+1, len(before)-bytes.LastIndexByte(before, '\n'))
}

func readNode(dec *json.Decoder, path string, depth int, report func(path, what string)) (*node, error) {
	if depth > maxNesting {
		return nil, fmt.Errorf("nested deeper than %d", maxNesting)
	}
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	delim, isDelim := token.(json.Delim)
	if !isDelim {
		return &node{scalar: token}, nil
	}
	n := &node{}
	if delim == '{' {
		n.object, n.members = true, map[string]*node{}
	} else {
		n.array = true
	}
	for dec.More() {
		childPath := fmt.Sprintf("%s[%d]", path, len(n.elements))
		var key string
		if n.object {
			token, err := dec.Token()
			if err != nil {
				return nil, err
			}
			key = token.(string)
			childPath = join(path, key)
		}
		child, err := readNode(dec, childPath, depth+1, report)
		if err != nil {
			return nil, err
		}
		if n.array {
			n.elements = append(n.elements, child)
			continue
		}
		if n.members[key] != nil {
			report(childPath, "this key stands twice in the same object")
		} else {
			n.keys = append(n.keys, key)
		}
		n.members[key] = child
	}
	if _, err := dec.Token(); err != nil { // the closing delimiter
		return nil, err
	}
	return n, nil
}

// raw is the value as compact JSON.
func (n *node) raw() json.RawMessage {
	var out bytes.Buffer
	n.appendTo(&out)
	return out.Bytes()
}

func (n *node) appendTo(out *bytes.Buffer) {
	switch {
	case n.array:
		out.WriteByte('[')
		for i, e := range n.elements {
			if i > 0 {
				out.WriteByte(',')
			}
			e.appendTo(out)
		}
		out.WriteByte(']')
	case n.object:
		out.WriteByte('{')
		for i, k := range n.keys {
			if i > 0 {
				out.WriteByte(',')
			}
			out.Write(quote(k))
			out.WriteByte(':')
			n.members[k].appendTo(out)
		}
		out.WriteByte('}')
	default:
		raw, _ := marshal(n.scalar) // a token of encoding/json: cannot fail
		out.Write(raw)
	}
}

func (n *node) get(key string) *node {
	if n == nil || !n.object {
		return nil
	}
	return n.members[key]
}

func (n *node) text() (string, bool) {
	if n == nil || n.object || n.array {
		return "", false
	}
	s, ok := n.scalar.(string)
	return s, ok
}

func (n *node) number() (float64, bool) {
	if n == nil || n.object || n.array {
		return 0, false
	}
	num, ok := n.scalar.(json.Number)
	if !ok {
		return 0, false
	}
	f, err := num.Float64()
	return f, err == nil
}

// kind names the JSON type, for messages.
func (n *node) kind() string {
	switch {
	case n.object:
		return "object"
	case n.array:
		return "array"
	}
	switch n.scalar.(type) {
	case string:
		return "string"
	case json.Number:
		return "number"
	case bool:
		return "boolean"
	}
	return "null"
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// marshal is json.Marshal without HTML escapes: AWS shows < as <.
func marshal(v any) (json.RawMessage, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimRight(out.Bytes(), "\n"), err
}

// compact is a JSON document without white space and without two equal keys.
func compact(data json.RawMessage) (json.RawMessage, error) {
	n, err := parseNode(data, func(string, string) {})
	if err != nil {
		return nil, err
	}
	return n.raw(), nil
}

// quote writes a text as JSON.
func quote(s string) json.RawMessage {
	raw, _ := marshal(s) // of a string: cannot fail
	return raw
}
