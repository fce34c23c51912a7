package dynamodb

import (
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// condition of ConditionExpression, FilterExpression and
// KeyConditionExpression. The grammar is that of
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
// without IN, attribute_type, contains and size, which fail loudly.
type condition interface{ holds(item Item) bool }

type (
	and         struct{ left, right condition }
	or          struct{ left, right condition }
	not         struct{ inner condition }
	parentheses struct{ inner condition }
	exists      struct{ path path }
	comparison  struct {
		operator    string
		left, right operand
	}
	between struct {
		operand, low, high operand
	}
	beginsWith struct {
		operand, prefix operand
	}
)

func (c and) holds(item Item) bool         { return c.left.holds(item) && c.right.holds(item) }
func (c or) holds(item Item) bool          { return c.left.holds(item) || c.right.holds(item) }
func (c not) holds(item Item) bool         { return !c.inner.holds(item) }
func (c parentheses) holds(item Item) bool { return c.inner.holds(item) }

func (c exists) holds(item Item) bool {
	_, ok := item.at(c.path)
	return ok
}

// A missing attribute differs from every value, and compares to none.
func (c comparison) holds(item Item) bool {
	left, okLeft := c.left.of(item)
	right, okRight := c.right.of(item)
	equal := okLeft && okRight && left.equal(right)
	if c.operator == "=" {
		return equal
	}
	if c.operator == "<>" {
		return !equal
	}
	order, ok := left.compare(right)
	if !ok || !okLeft || !okRight {
		return false
	}
	switch c.operator {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	}
	return order >= 0
}

func (c between) holds(item Item) bool {
	return comparison{">=", c.operand, c.low}.holds(item) && comparison{"<=", c.operand, c.high}.holds(item)
}

func (c beginsWith) holds(item Item) bool {
	v, ok := c.operand.of(item)
	prefix, okPrefix := c.prefix.of(item)
	return ok && okPrefix && v.Type == prefix.Type && v.ordered() && v.Type != "N" && strings.HasPrefix(v.Text, prefix.Text)
}

// condition reads an expression; nil where none is given, which always holds.
func (e *expressions) condition(what string, text *string) (condition, error) {
	p, err := e.parse(what, text)
	if p == nil {
		return nil, err
	}
	c, err := p.either()
	if err != nil {
		return nil, err
	}
	return c, p.expect("")
}

func (p *parser) either() (condition, error) {
	left, err := p.both()
	for err == nil && p.take("OR") {
		var right condition
		right, err = p.both()
		left = or{left, right}
	}
	return left, err
}

func (p *parser) both() (condition, error) {
	left, err := p.negation()
	for err == nil && p.take("AND") {
		var right condition
		right, err = p.negation()
		left = and{left, right}
	}
	return left, err
}

func (p *parser) negation() (condition, error) {
	if p.take("NOT") {
		inner, err := p.negation()
		return not{inner}, err
	}
	if !p.take("(") {
		return p.predicate()
	}
	inner, err := p.either()
	if err != nil {
		return nil, err
	}
	if _, twice := inner.(parentheses); twice {
		return nil, p.fail("The expression has redundant parentheses;")
	}
	return parentheses{inner}, p.expect(")")
}

var comparators = []string{"=", "<>", "<", "<=", ">", ">="}

func (p *parser) predicate() (condition, error) {
	if p.peek().kind == "name" && p.tokens[p.pos+1].kind == "(" {
		return p.function()
	}
	left, err := p.operand()
	if err != nil {
		return nil, err
	}
	operator := p.peek().kind
	switch {
	case p.take("BETWEEN"):
		return p.between(left)
	case operator == "IN":
		return nil, wire.Unknown("dynamodb: %s: the operator IN", p.what)
	case !slices.Contains(comparators, operator):
		return nil, p.syntax()
	}
	p.pos++
	right, err := p.operand()
	if err != nil {
		return nil, err
	}
	if left.path != nil && slices.Equal(left.path, right.path) {
		return nil, p.fail("The first operand must be distinct from the remaining operands for this operator or function; operator: %s, first operand: %s", operator, left.path)
	}
	if operator != "=" && operator != "<>" {
		if err := p.orderable(operator, left, right); err != nil {
			return nil, err
		}
	}
	return comparison{operator, left, right}, nil
}

func (p *parser) between(left operand) (condition, error) {
	low, err := p.operand()
	if err != nil {
		return nil, err
	}
	if err := p.expect("AND"); err != nil {
		return nil, err
	}
	high, err := p.operand()
	if err != nil {
		return nil, err
	}
	if err := p.orderable("BETWEEN", left, low, high); err != nil {
		return nil, err
	}
	if low.path == nil && high.path == nil {
		if low.value.Type != high.value.Type {
			return nil, p.fail("The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {%s}, upper bound operand: AttributeValue: {%s}", low.value.Type, high.value.Type)
		}
		if order, _ := low.value.compare(high.value); order > 0 {
			return nil, p.fail("The BETWEEN operator requires upper bound to be greater than or equal to lower bound")
		}
	}
	return between{left, low, high}, nil
}

// orderable refuses values that have no order.
func (p *parser) orderable(operator string, operands ...operand) error {
	for _, o := range operands {
		if o.path == nil && !o.value.ordered() {
			return p.fail("Incorrect operand type for operator or function; operator or function: %s, operand type: %s", operator, o.value.Type)
		}
	}
	return nil
}

func (p *parser) function() (condition, error) {
	name := p.peek().text
	p.pos += 2 // the name and the parenthesis
	switch name {
	case "attribute_exists", "attribute_not_exists":
		at, err := p.path()
		if err != nil {
			return nil, err
		}
		if err := p.expect(")"); err != nil {
			return nil, err
		}
		if name == "attribute_exists" {
			return exists{at}, nil
		}
		return not{exists{at}}, nil
	case "begins_with":
		return p.beginsWith()
	case "attribute_type", "contains", "size":
		return nil, wire.Unknown("dynamodb: %s: the function %s", p.what, name)
	}
	return nil, p.fail("Invalid function name; function: %s", name)
}

func (p *parser) beginsWith() (condition, error) {
	of, err := p.operand()
	if err != nil {
		return nil, err
	}
	if err := p.expect(","); err != nil {
		return nil, err
	}
	prefix, err := p.operand()
	if err != nil {
		return nil, err
	}
	if prefix.path == nil && prefix.value.Type != "S" && prefix.value.Type != "B" {
		return nil, p.fail("Incorrect operand type for operator or function; operator or function: begins_with, operand type: %s", prefix.value.Type)
	}
	return beginsWith{of, prefix}, p.expect(")")
}
