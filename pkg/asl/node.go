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
	scalar   any             // string, json.Number, bool or nil
	raw      json.RawMessage // compact
}

// parseNode reads one JSON document. A key that stands twice in an object is
// reported with its path, since one of the two would be ignored.
func parseNode(data []byte, report func(path, what string)) (*node, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	n, err := readNode(dec, "", report)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("more text behind the end of the JSON document")
	}
	return n, nil
}

func readNode(dec *json.Decoder, path string, report func(path, what string)) (*node, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	delim, isDelim := token.(json.Delim)
	if !isDelim {
		raw, err := marshal(token)
		return &node{scalar: token, raw: raw}, err
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
		child, err := readNode(dec, childPath, report)
		if err != nil {
			return nil, err
		}
		switch {
		case n.array:
			n.elements = append(n.elements, child)
		case n.members[key] != nil:
			report(childPath, "this key stands twice in the same object")
		default:
			n.keys = append(n.keys, key)
			n.members[key] = child
		}
	}
	if _, err := dec.Token(); err != nil { // the closing delimiter
		return nil, err
	}
	n.raw = n.compact()
	return n, nil
}

func (n *node) compact() json.RawMessage {
	var out bytes.Buffer
	if n.array {
		out.WriteByte('[')
		for i, e := range n.elements {
			if i > 0 {
				out.WriteByte(',')
			}
			out.Write(e.raw)
		}
		out.WriteByte(']')
		return out.Bytes()
	}
	out.WriteByte('{')
	for i, k := range n.keys {
		if i > 0 {
			out.WriteByte(',')
		}
		out.Write(quote(k))
		out.WriteByte(':')
		out.Write(n.members[k].raw)
	}
	out.WriteByte('}')
	return out.Bytes()
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

// quote writes a text as JSON.
func quote(s string) json.RawMessage {
	raw, _ := marshal(s) // of a string: cannot fail
	return raw
}
