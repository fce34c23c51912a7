package dynamodb

import (
	"math/big"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// update is a parsed UpdateExpression: what each path becomes. All of it is
// computed from the item as it was before.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
type update []action

type action struct {
	verb string // SET, ADD, REMOVE
	path path
	to   formula // nil for REMOVE
}

// formula gives the value of a SET or an ADD.
type formula interface {
	value(item Item) (Value, error)
}

type (
	reference   struct{ operand }
	ifNotExists struct {
		path  path
		other formula
	}
	listAppend struct{ left, right formula }
	sum        struct {
		left, right formula
		minus       bool
	}
	// addTo is the verb ADD, for which a missing number is zero.
	addTo struct {
		path path
		by   Value
	}
)

func (f reference) value(item Item) (Value, error) {
	v, ok := f.of(item)
	if !ok {
		return Value{}, invalid("The provided expression refers to an attribute that does not exist in the item")
	}
	return v, nil
}

func (f ifNotExists) value(item Item) (Value, error) {
	if v, ok := item.at(f.path); ok {
		return v, nil
	}
	return f.other.value(item)
}

func (f listAppend) value(item Item) (Value, error) {
	left, right, err := both(f.left, f.right, item, "L")
	return Value{Type: "L", List: slices.Concat(left.List, right.List)}, err
}

func (f sum) value(item Item) (Value, error) {
	left, right, err := both(f.left, f.right, item, "N")
	if err != nil {
		return Value{}, err
	}
	by := right.number()
	if f.minus {
		by.Neg(by)
	}
	return numberOf(by.Add(by, left.number()))
}

func both(left, right formula, item Item, kind string) (l, r Value, err error) {
	if l, err = left.value(item); err != nil {
		return l, r, err
	}
	if r, err = right.value(item); err != nil {
		return l, r, err
	}
	if l.Type != kind || r.Type != kind {
		return l, r, invalid("An operand in the update expression has an incorrect data type")
	}
	return l, r, nil
}

func numberOf(n *big.Rat) (Value, error) {
	return Value{Type: "N", Text: formatNumber(n)}, checkNumber(n)
}

func (f addTo) value(item Item) (Value, error) {
	have, ok := item.at(f.path)
	if !ok {
		return f.by, nil
	}
	if have.Type != f.by.Type {
		return Value{}, invalid("An operand in the update expression has an incorrect data type")
	}
	if have.Type == "N" {
		return numberOf(new(big.Rat).Add(have.number(), f.by.number()))
	}
	set := slices.Clone(have.Set)
	for _, element := range f.by.Set {
		if !slices.Contains(set, element) {
			set = append(set, element)
		}
	}
	return Value{Type: have.Type, Set: set}, nil
}

// update reads an expression; nil where none is given.
func (e *expressions) update(text *string) (update, error) {
	p, err := e.parse("UpdateExpression", text)
	if p == nil {
		return nil, err
	}
	var u update
	seen := map[string]bool{}
	for !p.take("") {
		verb := p.peek().kind
		if seen[verb] {
			return nil, p.fail("The %q section can only be used once in an update expression;", verb)
		}
		seen[verb] = true
		section, err := p.section(verb)
		if err != nil {
			return nil, err
		}
		u = append(u, section...)
	}
	paths := make([]path, 0, len(u))
	for _, a := range u {
		paths = append(paths, a.path)
	}
	return u, p.overlap(paths)
}

func (p *parser) section(verb string) (update, error) {
	read := map[string]func() (action, error){"SET": p.set, "REMOVE": p.remove, "ADD": p.add}[verb]
	if verb == "DELETE" {
		return nil, wire.Unknown("dynamodb: UpdateExpression: DELETE")
	}
	if read == nil {
		return nil, p.syntax()
	}
	p.pos++
	var u update
	for {
		a, err := read()
		if err != nil {
			return nil, err
		}
		u = append(u, a)
		if !p.take(",") {
			return u, nil
		}
	}
}

func (p *parser) remove() (action, error) {
	at, err := p.path()
	return action{verb: "REMOVE", path: at}, err
}

func (p *parser) add() (action, error) {
	at, err := p.path()
	if err != nil {
		return action{}, err
	}
	by, err := p.operand()
	if err != nil {
		return action{}, err
	}
	if by.path != nil {
		return action{}, p.syntax()
	}
	if kind := by.value.Type; kind != "N" && kind != "SS" && kind != "NS" && kind != "BS" {
		return action{}, p.fail("Incorrect operand type for operator or function; operator: ADD, operand type: %s", kind)
	}
	return action{verb: "ADD", path: at, to: addTo{at, by.value}}, nil
}

func (p *parser) set() (action, error) {
	at, err := p.path()
	if err != nil {
		return action{}, err
	}
	if err := p.expect("="); err != nil {
		return action{}, err
	}
	left, err := p.formula()
	if err != nil {
		return action{}, err
	}
	minus := p.peek().kind == "-"
	if !minus && p.peek().kind != "+" {
		return action{verb: "SET", path: at, to: left}, nil
	}
	p.pos++
	right, err := p.formula()
	return action{verb: "SET", path: at, to: sum{left, right, minus}}, err
}

func (p *parser) formula() (formula, error) {
	t := p.peek()
	if t.kind != "name" || p.tokens[p.pos+1].kind != "(" {
		o, err := p.operand()
		return reference{o}, err
	}
	p.pos += 2 // the name and the parenthesis
	switch t.text {
	case "if_not_exists":
		at, err := p.path()
		if err != nil {
			return nil, err
		}
		other, err := p.lastArgument()
		return ifNotExists{at, other}, err
	case "list_append":
		left, err := p.formula()
		if err != nil {
			return nil, err
		}
		right, err := p.lastArgument()
		return listAppend{left, right}, err
	}
	return nil, p.fail("Invalid function name; function: %s", t.text)
}

func (p *parser) lastArgument() (formula, error) {
	if err := p.expect(","); err != nil {
		return nil, err
	}
	f, err := p.formula()
	if err != nil {
		return nil, err
	}
	return f, p.expect(")")
}

// apply makes the item that an update leaves behind.
func (u update) apply(before Item) (Item, error) {
	after := before.clone()
	for _, a := range u {
		if len(a.path) > 1 {
			return nil, wire.Unknown("dynamodb: an update inside a document: %s", a.path)
		}
		name := a.path[0].name
		if a.to == nil {
			delete(after, name)
			continue
		}
		v, err := a.to.value(before)
		if err != nil {
			return nil, err
		}
		after[name] = v.clone()
	}
	return after, nil
}
