package asl

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/asl/jsonata"
)

// template is a JSON value in whose texts {% expressions %} may stand, at any
// depth: Arguments, Output, Assign, Items and the like.
type template struct {
	literal  json.RawMessage     // no expression anywhere below
	expr     *jsonata.Expression // the whole value is one expression
	source   string              // of the expression, as it stands in the cause texts
	keys     []string            // an object, in its order
	members  map[string]*template
	elements []*template // an array
}

// isExpression reports whether a text is an expression, and returns what
// stands between the marks. The marks must be the very first and last signs.
func isExpression(text string) (string, bool) {
	if len(text) < 4 || !strings.HasPrefix(text, "{%") || !strings.HasSuffix(text, "%}") {
		return "", false
	}
	return strings.TrimSpace(text[2 : len(text)-2]), true
}

func (l *loader) template(n *node, path string) *template {
	if n == nil {
		return nil
	}
	if text, ok := n.text(); ok {
		if source, ok := isExpression(text); ok {
			return &template{source: source, expr: l.expression(source, path)}
		}
		return &template{literal: n.raw()}
	}
	t := &template{}
	literal := true
	for _, k := range n.keys {
		if t.members == nil {
			t.members = map[string]*template{}
		}
		t.keys = append(t.keys, k)
		t.members[k] = l.template(n.members[k], join(path, k))
		literal = literal && t.members[k].literal != nil
	}
	for i, e := range n.elements {
		element := l.template(e, fmt.Sprintf("%s[%d]", path, i))
		t.elements = append(t.elements, element)
		literal = literal && element.literal != nil
	}
	if literal {
		return &template{literal: n.raw()}
	}
	return t
}

func (l *loader) expression(source, path string) *jsonata.Expression {
	x, err := jsonata.Compile(source)
	if err != nil {
		l.problem(path, "the JSONata expression cannot be compiled: "+err.Error(), "")
	}
	return x
}

// evalError is a failed evaluation: States.QueryEvaluationError with the
// field in which it happened.
type evalError struct {
	location string // "Output/result"; "" where AWS gives none
	text     string // the cause without its beginning, which names the state
}

func (e *evalError) Error() string { return e.text }

// evaluate fills in a template. location is the field, as AWS names it:
// "Output/result" for a member, "Items[0]" for an element.
func (t *template) evaluate(env jsonata.Env, location string) (json.RawMessage, error) {
	switch {
	case t.literal != nil:
		return t.literal, nil
	case t.expr != nil:
		return evaluateExpression(t.expr, t.source, env, location)
	}
	var out bytes.Buffer
	if t.members != nil {
		out.WriteByte('{')
		for i, k := range t.keys {
			value, err := t.members[k].evaluate(env, location+"/"+k)
			if err != nil {
				return nil, err
			}
			if i > 0 {
				out.WriteByte(',')
			}
			out.Write(quote(k))
			out.WriteByte(':')
			out.Write(value)
		}
		out.WriteByte('}')
		return out.Bytes(), nil
	}
	out.WriteByte('[')
	for i, e := range t.elements {
		value, err := e.evaluate(env, fmt.Sprintf("%s[%d]", location, i))
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out.WriteByte(',')
		}
		out.Write(value)
	}
	out.WriteByte(']')
	return out.Bytes(), nil
}

func evaluateExpression(x *jsonata.Expression, source string, env jsonata.Env, location string) (json.RawMessage, error) {
	value, err := x.Evaluate(env)
	if err == nil {
		return value, nil
	}
	what := fmt.Sprintf("The JSONata expression '%s' specified for the field '%s' ", source, location)
	switch {
	case errors.Is(err, jsonata.ErrUndefined):
		what += "returned nothing (undefined)."
	case errors.Is(err, jsonata.ErrUnsupported):
		what += "returned an unsupported result type."
	default:
		what += "threw an error during evaluation. " + err.Error()
	}
	return nil, &evalError{location: location, text: what}
}

// wrongType is the error of an expression whose result has the wrong type.
func wrongType(source, location, expected string, value json.RawMessage) error {
	return &evalError{location: location, text: fmt.Sprintf(
		"The JSONata expression '%s' specified for the field '%s' returned an unexpected result type. Expected '%s', but was '%s' for value: %s",
		source, location, expected, kindOf(value), value)}
}

// kindOf names the JSON type of a compact value.
func kindOf(value json.RawMessage) string {
	if len(value) == 0 {
		return "undefined"
	}
	switch value[0] {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "number"
}
