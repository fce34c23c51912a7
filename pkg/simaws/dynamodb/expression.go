package dynamodb

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// expressions are those of one request: they share its placeholders, each of
// which must be used.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
type expressions struct {
	names  map[string]string
	values Item
	used   map[string]bool
	any    bool // one was given
}

func newExpressions(names map[string]string, values Item) (*expressions, error) {
	if names != nil && len(names) == 0 {
		return nil, invalid("ExpressionAttributeNames must not be empty")
	}
	if values != nil && len(values) == 0 {
		return nil, invalid("ExpressionAttributeValues must not be empty")
	}
	return &expressions{names: names, values: values, used: map[string]bool{}}, values.check()
}

// done refuses placeholders that no expression used.
func (e *expressions) done() error {
	for _, given := range []struct {
		what string
		keys []string
	}{
		{"ExpressionAttributeNames", slices.Sorted(maps.Keys(e.names))},
		{"ExpressionAttributeValues", slices.Sorted(maps.Keys(e.values))},
	} {
		if len(given.keys) > 0 && !e.any {
			return invalid("%s can only be specified when using expressions", given.what)
		}
		unused := slices.DeleteFunc(given.keys, func(key string) bool { return e.used[key] })
		if len(unused) > 0 {
			return invalid("Value provided in %s unused in expressions: keys: {%s}", given.what, strings.Join(unused, ", "))
		}
	}
	return nil
}

// parser reads one expression.
type parser struct {
	*expressions
	what   string // ConditionExpression, ...
	text   string
	tokens []token
	pos    int
}

// parse opens an expression; nil where none is given.
func (e *expressions) parse(what string, text *string) (*parser, error) {
	if text == nil {
		return nil, nil
	}
	e.any = true
	p := &parser{expressions: e, what: what, text: *text}
	tokens, ok := lex(*text)
	p.tokens = tokens
	if !ok {
		p.pos = len(tokens) - 1
		return nil, p.syntax()
	}
	if len(tokens) == 1 {
		return nil, p.fail("The expression can not be empty;")
	}
	return p, nil
}

func (p *parser) peek() token { return p.tokens[p.pos] }

// take moves on over a token of this kind.
func (p *parser) take(kind string) bool {
	if p.peek().kind != kind {
		return false
	}
	p.pos++
	return true
}

func (p *parser) expect(kind string) error {
	if !p.take(kind) {
		return p.syntax()
	}
	return nil
}

func (p *parser) fail(format string, args ...any) *wire.Error {
	return invalid("Invalid "+p.what+": "+format, args...)
}

// syntax is the error at the current token.
func (p *parser) syntax() *wire.Error {
	t := p.peek()
	if t.text == "" {
		t.text = "<EOF>"
	}
	from, to := max(0, t.at-10), min(len(p.text), t.at+10)
	return p.fail("Syntax error; token: %q, near: %q", t.text, p.text[from:to])
}

// path is where a value stands in an item: a name, then names and indexes.
type path []step

type step struct {
	name  string
	index int // where name is ""
}

func (s path) String() string {
	parts := make([]string, 0, len(s))
	for _, step := range s {
		if step.name == "" {
			parts = append(parts, "["+strconv.Itoa(step.index)+"]")
			continue
		}
		parts = append(parts, step.name)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func (p *parser) path() (path, error) {
	first, err := p.name()
	if err != nil {
		return nil, err
	}
	out := path{first}
	for {
		switch {
		case p.take("."):
			step, err := p.name()
			if err != nil {
				return nil, err
			}
			out = append(out, step)
		case p.take("["):
			index, err := strconv.Atoi(p.peek().text)
			if err != nil || p.expect("number") != nil || p.expect("]") != nil {
				return nil, p.syntax()
			}
			out = append(out, step{index: index})
		default:
			return out, nil
		}
	}
}

// name is one attribute name, maybe behind a placeholder.
func (p *parser) name() (step, error) {
	t := p.peek()
	switch {
	case p.take("#"):
		name, ok := p.names[t.text]
		if !ok {
			return step{}, p.fail("An expression attribute name used in the document path is not defined; attribute name: %s", t.text)
		}
		p.used[t.text] = true
		return step{name: name}, nil
	case isReserved(t.text) && (t.kind == "name" || keywords[t.kind]):
		return step{}, p.fail("Attribute name is a reserved keyword; reserved keyword: %s", t.text)
	case p.take("name"):
		return step{name: t.text}, nil
	}
	return step{}, p.syntax()
}

// operand is a path or a value.
type operand struct {
	path  path // nil for a value
	value Value
}

func (p *parser) operand() (operand, error) {
	t := p.peek()
	if p.take(":") {
		value, ok := p.values[t.text]
		if !ok {
			return operand{}, p.fail("An expression attribute value used in expression is not defined; attribute value: %s", t.text)
		}
		p.used[t.text] = true
		return operand{value: value}, nil
	}
	at, err := p.path()
	return operand{path: at}, err
}

// of is what the operand stands for in an item.
func (o operand) of(item Item) (Value, bool) {
	if o.path == nil {
		return o.value, true
	}
	return item.at(o.path)
}

// at follows a path; the bool is false where it leads nowhere.
func (item Item) at(p path) (Value, bool) {
	v := Value{Type: "M", Map: item}
	for _, step := range p {
		ok := false
		switch {
		case step.name != "" && v.Type == "M":
			v, ok = v.Map[step.name]
		case step.name == "" && v.Type == "L" && step.index < len(v.List):
			v, ok = v.List[step.index], true
		}
		if !ok {
			return Value{}, false
		}
	}
	return v, true
}

// projection reads the paths that a read returns; nil: all.
func (e *expressions) projection(text *string) ([]path, error) {
	p, err := e.parse("ProjectionExpression", text)
	if p == nil {
		return nil, err
	}
	var paths []path
	for {
		at, err := p.path()
		if err != nil {
			return nil, err
		}
		paths = append(paths, at)
		if !p.take(",") {
			break
		}
	}
	if err := p.expect(""); err != nil {
		return nil, err
	}
	return paths, p.overlap(paths)
}

// overlap refuses paths of which one holds the other.
func (p *parser) overlap(paths []path) error {
	for i, one := range paths {
		for _, two := range paths[:i] {
			n := min(len(one), len(two))
			if slices.Equal(one[:n], two[:n]) {
				return p.fail("Two document paths overlap with each other; must remove or rewrite one of these paths; path one: %s, path two: %s", two, one)
			}
		}
	}
	return nil
}

// project keeps the given paths of an item. Elements of lists move together.
func project(item Item, paths []path) (Item, error) {
	if paths == nil {
		return item.clone(), nil
	}
	out := Item{}
	for _, p := range paths {
		if len(p) > 1 {
			return nil, wire.Unknown("dynamodb: a projection into a document: %s", p)
		}
		if v, ok := item.at(p); ok {
			out[p[0].name] = v.clone()
		}
	}
	return out, nil
}
