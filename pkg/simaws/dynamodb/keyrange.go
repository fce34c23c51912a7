package dynamodb

// keyRange is a KeyConditionExpression: one partition, and maybe a condition on
// the sort key.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
type keyRange struct {
	pk   string
	sort condition // nil: all
}

func (k keyRange) holds(item Item) bool { return k.sort == nil || k.sort.holds(item) }

func (t *table) keyRange(c condition) (keyRange, error) {
	var out keyRange
	found := false
	for _, part := range conjuncts(c) {
		name, values, equal := keyCondition(part)
		switch {
		case name == "":
			return out, invalid("Query key condition not supported")
		case name == t.pk && equal && !found:
			out.pk, found = values[0].Text, true
		case name == t.sk && t.sk != "" && out.sort == nil:
			out.sort = part
		case name == t.pk || name == t.sk:
			return out, invalid("Query key condition not supported")
		default:
			return out, invalid("Query condition missed key schema element: %s", t.missing(found))
		}
		for _, v := range values {
			if v.Type != "S" {
				return out, invalid("One or more parameter values were invalid: Condition parameter type does not match schema type")
			}
		}
	}
	if !found {
		return out, invalid("Query condition missed key schema element: %s", t.pk)
	}
	return out, nil
}

func (t *table) missing(found bool) string {
	if found {
		return t.sk
	}
	return t.pk
}

// conjuncts takes a condition apart at its ANDs and parentheses.
func conjuncts(c condition) []condition {
	switch c := c.(type) {
	case parentheses:
		return conjuncts(c.inner)
	case and:
		return append(conjuncts(c.left), conjuncts(c.right)...)
	}
	return []condition{c}
}

// keyCondition is what a condition on one attribute compares it with; name is
// "" where it is no such condition.
func keyCondition(c condition) (name string, values []Value, equal bool) {
	var attribute operand
	var rest []operand
	switch c := c.(type) {
	case comparison:
		if c.operator == "<>" {
			return "", nil, false
		}
		attribute, rest, equal = c.left, []operand{c.right}, c.operator == "="
	case between:
		attribute, rest = c.operand, []operand{c.low, c.high}
	case beginsWith:
		attribute, rest = c.operand, []operand{c.prefix}
	}
	if len(attribute.path) != 1 {
		return "", nil, false
	}
	for _, o := range rest {
		if o.path != nil {
			return "", nil, false
		}
		values = append(values, o.value)
	}
	return attribute.path[0].name, values, equal
}

// attributes are the names at the top of all paths in a condition.
func attributes(c condition) []string {
	operands := func(list ...operand) (names []string) {
		for _, o := range list {
			if o.path != nil {
				names = append(names, o.path[0].name)
			}
		}
		return names
	}
	switch c := c.(type) {
	case and:
		return append(attributes(c.left), attributes(c.right)...)
	case or:
		return append(attributes(c.left), attributes(c.right)...)
	case not:
		return attributes(c.inner)
	case parentheses:
		return attributes(c.inner)
	case exists:
		return []string{c.path[0].name}
	case comparison:
		return operands(c.left, c.right)
	case between:
		return operands(c.operand, c.low, c.high)
	case beginsWith:
		return operands(c.operand, c.prefix)
	}
	return nil
}
