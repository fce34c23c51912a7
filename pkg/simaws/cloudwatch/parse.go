package cloudwatch

import (
	"math"
	"strconv"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// parser reads one expression by descent: OR, AND, comparison, sum, product,
// sign, power.
type parser struct {
	lines *lines
	text  string
	at    int
}

// operator of two figures; false: the datum is dropped.
type operator func(a, b float64) (float64, bool)

func always(f func(a, b float64) float64) operator {
	return func(a, b float64) (float64, bool) { return f(a, b), true }
}

func truth(f func(a, b float64) bool) operator {
	return always(func(a, b float64) float64 {
		if f(a, b) {
			return 1
		}
		return 0
	})
}

// levels of operators, those that bind least first. Within a level, a sign that
// begins another one comes after it.
var levels = []map[string]operator{
	{
		"OR": truth(func(a, b float64) bool { return a != 0 || b != 0 }),
		"||": truth(func(a, b float64) bool { return a != 0 || b != 0 }),
	},
	{
		"AND": truth(func(a, b float64) bool { return a != 0 && b != 0 }),
		"&&":  truth(func(a, b float64) bool { return a != 0 && b != 0 }),
	},
	{
		"==": truth(func(a, b float64) bool { return a == b }),
		"!=": truth(func(a, b float64) bool { return a != b }),
		"<=": truth(func(a, b float64) bool { return a <= b }),
		">=": truth(func(a, b float64) bool { return a >= b }),
		"<":  truth(func(a, b float64) bool { return a < b }),
		">":  truth(func(a, b float64) bool { return a > b }),
	},
	{
		"+": always(func(a, b float64) float64 { return a + b }),
		"-": always(func(a, b float64) float64 { return a - b }),
	},
	{
		"*": always(func(a, b float64) float64 { return a * b }),
		"/": func(a, b float64) (float64, bool) { return a / b, b != 0 },
	},
}

func (p *parser) refuse(why string) error {
	return wire.Errorf(validation, "Alarm %s: the expression %q %s.", p.lines.alarm.Name, p.text, why)
}

func (p *parser) unknown(what string) error {
	return wire.Unknown("alarm %s: %s in the expression %q", p.lines.alarm.Name, what, p.text)
}

func (p *parser) whole() (expression, error) {
	x, err := p.level(0)
	if err == nil && p.peek() != "" {
		return x, p.refuse("has something behind its end: " + p.text[p.at:])
	}
	return x, err
}

// peek is the next token: a name, a number, an operator, or one character.
func (p *parser) peek() string {
	p.at += len(p.text[p.at:]) - len(strings.TrimLeft(p.text[p.at:], " \t\r\n"))
	rest := p.text[p.at:]
	if rest == "" {
		return ""
	}
	if n := len(rest) - len(strings.TrimLeft(rest, letters)); n > 0 {
		return rest[:n]
	}
	for _, two := range []string{"||", "&&", "==", "!=", "<=", ">="} {
		if strings.HasPrefix(rest, two) {
			return two
		}
	}
	return rest[:1]
}

// letters of names and numbers.
const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_."

func (p *parser) take(token string) bool {
	if token == "" || p.peek() != token {
		return false
	}
	p.at += len(token)
	return true
}

func (p *parser) level(n int) (expression, error) {
	if n == len(levels) {
		return p.sign()
	}
	left, err := p.level(n + 1)
	for err == nil {
		token := p.peek()
		apply, ok := levels[n][token]
		if !ok {
			break
		}
		p.take(token)
		var right expression
		if right, err = p.level(n + 1); err == nil {
			left = both(left, right, apply)
		}
	}
	return left, err
}

func (p *parser) sign() (expression, error) {
	if p.take("-") {
		x, err := p.sign()
		return both(number(0), x, func(_, b float64) (float64, bool) { return -b, true }), err
	}
	base, err := p.operand()
	if err != nil || !p.take("^") {
		return base, err
	}
	exponent, err := p.sign()
	return both(base, exponent, always(math.Pow)), err
}

func (p *parser) operand() (expression, error) {
	token := p.peek()
	if p.take("(") {
		x, err := p.level(0)
		if err == nil && !p.take(")") {
			err = p.refuse("lacks a closing bracket")
		}
		return x, err
	}
	switch {
	case token == "":
		return expression{}, p.refuse("ends too early")
	case strings.ContainsAny(token, "['\""):
		return expression{}, p.unknown("lists and texts")
	case !strings.ContainsAny(token, letters):
		return expression{}, p.refuse("has " + token + " where a metric or a number belongs")
	}
	p.take(token)
	if value, err := strconv.ParseFloat(token, 64); err == nil {
		return number(value), nil
	}
	if p.take("(") {
		return p.call(token)
	}
	return p.lines.line(token)
}

func (p *parser) call(function string) (expression, error) {
	switch function {
	case "FILL":
		return p.fill()
	case "IF":
		return p.condition()
	}
	return expression{}, p.unknown("the function " + function)
}

// fill is FILL(series, number) and FILL(series, REPEAT). A series without a
// single datum is filled as well: unproven, AWS does not say.
func (p *parser) fill() (expression, error) {
	x, err := p.level(0)
	switch {
	case err != nil:
		return x, err
	case x.scalar:
		return x, p.refuse("fills a scalar")
	case !p.take(","):
		return x, p.refuse("fills with nothing")
	case p.take("LINEAR"):
		return x, p.unknown("FILL with LINEAR")
	case p.take("REPEAT"):
		return expression{eval: func(inputs [][]float64) values { return repeated(x.eval(inputs)) }}, p.close()
	}
	filler, err := p.level(0)
	if err != nil {
		return x, err
	}
	if !filler.scalar {
		return x, p.unknown("FILL with a metric")
	}
	return expression{eval: func(inputs [][]float64) values {
		with := filler.eval(inputs).of[0]
		return x.eval(inputs).each(func(v float64) float64 {
			if math.IsNaN(v) {
				return with
			}
			return v
		})
	}}, p.close()
}

func (p *parser) close() error {
	if !p.take(")") {
		return p.refuse("lacks a closing bracket")
	}
	return nil
}

// condition is IF(condition, then) and IF(condition, then, else).
func (p *parser) condition() (expression, error) {
	var parts []expression
	for {
		x, err := p.level(0)
		if err != nil {
			return x, err
		}
		if parts = append(parts, x); !p.take(",") {
			break
		}
	}
	if err := p.close(); err != nil {
		return expression{}, err
	}
	if len(parts) < 2 || len(parts) > 3 {
		return expression{}, p.refuse("has an IF without two or three arguments")
	}
	if len(parts) == 2 {
		parts = append(parts, number(missingValue))
	}
	if parts[0].scalar && parts[1].scalar {
		return expression{}, p.refuse("has an IF of scalars")
	}
	return expression{eval: func(inputs [][]float64) values {
		return chosen(parts[0].eval(inputs), parts[1].eval(inputs), parts[2].eval(inputs))
	}}, nil
}

func number(value float64) expression {
	v := values{of: []float64{value}, scalar: true}
	return expression{scalar: true, eval: func([][]float64) values { return v }}
}

func both(left, right expression, apply operator) expression {
	return expression{scalar: left.scalar && right.scalar, eval: func(inputs [][]float64) values {
		return left.eval(inputs).with(right.eval(inputs), apply)
	}}
}

// at is the figure of one period.
func (v values) at(i int) float64 {
	if v.scalar {
		i = 0
	}
	return v.of[i]
}

func (v values) each(f func(float64) float64) values {
	out := values{of: make([]float64, len(v.of)), scalar: v.scalar}
	for i, value := range v.of {
		out.of[i] = f(value)
	}
	return out
}

// with applies an operator. Beside a datum that is there a missing one counts
// as 0; a scalar does not make one.
func (v values) with(other values, apply operator) values {
	out := values{of: make([]float64, max(len(v.of), len(other.of))), scalar: v.scalar && other.scalar}
	for i := range out.of {
		a, b := v.at(i), other.at(i)
		none := (math.IsNaN(a) || v.scalar) && (math.IsNaN(b) || other.scalar) && !out.scalar
		if math.IsNaN(a) {
			a = 0
		}
		if math.IsNaN(b) {
			b = 0
		}
		value, ok := apply(a, b)
		if none || !ok {
			value = missingValue
		}
		out.of[i] = value
	}
	return out
}

func repeated(v values) values {
	out := values{of: make([]float64, len(v.of))}
	last := missingValue
	for i := len(v.of) - 1; i >= 0; i-- {
		if !math.IsNaN(v.of[i]) {
			last = v.of[i]
		}
		out.of[i] = last
	}
	return out
}

// chosen is IF, by the tables of the user guide.
func chosen(condition, then, otherwise values) values {
	out := values{of: make([]float64, max(len(condition.of), len(then.of), len(otherwise.of)))}
	for i := range out.of {
		c := condition.at(i)
		value := missingValue
		switch {
		case math.IsNaN(c):
		case c != 0:
			if value = then.at(i); math.IsNaN(value) && !condition.scalar {
				value = 0
			}
		default:
			value = otherwise.at(i)
			if math.IsNaN(value) && !otherwise.scalar && !then.scalar && !condition.scalar {
				value = 0
			}
		}
		out.of[i] = value
	}
	return out
}
