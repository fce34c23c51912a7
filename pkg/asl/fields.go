package asl

import (
	"fmt"
	"strings"
)

// fields hands out the fields of one object and knows, at the end, which ones
// nobody asked for: those are not implemented, and refused.
type fields struct {
	l     *loader
	n     *node
	path  string
	taken map[string]bool
}

func (l *loader) fields(n *node, path string) *fields {
	return &fields{l: l, n: n, path: path, taken: map[string]bool{}}
}

func (f *fields) take(name string) *node {
	f.taken[name] = true
	return f.n.get(name)
}

func (f *fields) at(name string) string { return join(f.path, name) }

func (f *fields) has(name string) bool { return f.n.get(name) != nil }

// done refuses what is left.
func (f *fields) done() {
	for _, key := range f.n.keys {
		if f.taken[key] {
			continue
		}
		switch {
		case jsonPathField(key):
			f.l.problem(f.at(key), "this is JSONPath, and the engine runs JSONata only", "say it with JSONata: Arguments, Output, Assign")
		default:
			f.l.problem(f.at(key), "this field is not known here, or not implemented", "remove it; nothing is silently ignored")
		}
	}
}

func jsonPathField(key string) bool {
	switch key {
	case "InputPath", "OutputPath", "ResultPath", "ResultSelector", "Parameters", "Result", "ItemsPath",
		"SecondsPath", "TimestampPath", "TimeoutSecondsPath", "HeartbeatSecondsPath", "ErrorPath", "CausePath",
		"MaxConcurrencyPath", "ToleratedFailureCountPath", "ToleratedFailurePercentagePath", "Variable", "And", "Or", "Not":
		return true
	}
	return strings.HasSuffix(key, ".$")
}

func (f *fields) text(name string) string {
	n := f.take(name)
	if n == nil {
		return ""
	}
	text, ok := n.text()
	if !ok {
		f.l.problem(f.at(name), "a text is expected, this is "+article(n.kind()), "")
	}
	return text
}

func (f *fields) requiredText(name string) string {
	if !f.has(name) {
		f.taken[name] = true
		f.l.problem(f.at(name), "this field is required", "")
		return ""
	}
	return f.text(name)
}

func (f *fields) flag(name string) bool {
	n := f.take(name)
	if n == nil {
		return false
	}
	b, ok := n.scalar.(bool)
	if !ok {
		f.l.problem(f.at(name), "true or false is expected, this is "+article(n.kind()), "")
	}
	return b
}

// seconds is a positive whole number of seconds; 0 where it is absent.
func (f *fields) seconds(name string) float64 {
	return f.whole(name, 0, 1, 99999999)
}

func (f *fields) whole(name string, absent, least, most float64) float64 {
	n := f.take(name)
	if n == nil {
		return absent
	}
	v, ok := n.number()
	if !ok || v != float64(int64(v)) || v < least || v > most {
		f.l.problem(f.at(name), fmt.Sprintf("a whole number from %.0f to %.0f is expected", least, most), "")
		return absent
	}
	return v
}

// value is a literal or one expression; check judges the literal.
func (f *fields) value(name string, check func(n *node) string) *value {
	n := f.take(name)
	if n == nil {
		return nil
	}
	if text, ok := n.text(); ok {
		if source, ok := isExpression(text); ok {
			return &value{source: source, expr: f.l.expression(source, f.at(name))}
		}
	}
	if what := check(n); what != "" {
		f.l.problem(f.at(name), what, "")
	}
	return &value{literal: n.raw()}
}

func (f *fields) template(name string) *template {
	return f.l.template(f.take(name), f.at(name))
}

// list hands each element of an array of objects to read.
func (f *fields) list(name string, read func(f *fields)) {
	n := f.take(name)
	if n == nil {
		return
	}
	if !n.array || len(n.elements) == 0 {
		f.l.problem(f.at(name), "a list with at least one entry is expected", "")
		return
	}
	for i, e := range n.elements {
		path := fmt.Sprintf("%s[%d]", f.at(name), i)
		if !e.object {
			f.l.problem(path, "an object is expected, this is "+article(e.kind()), "")
			continue
		}
		entry := f.l.fields(e, path)
		read(entry)
		entry.done()
	}
}
