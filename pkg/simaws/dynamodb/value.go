package dynamodb

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Value is one attribute value. Which of the fields holds it, Type says: S and
// N are in Text (a number as plain decimal digits), B in Text as raw bytes,
// BOOL in Bool, SS, NS and BS in Set, L in List, M in Map.
type Value struct {
	Type string
	Text string
	Bool bool
	Set  []string
	List []Value
	Map  Item
}

// Item is attributes by their names.
type Item map[string]Value

// MarshalJSON writes a value as it goes over the wire: {"S": "text"}.
func (v Value) MarshalJSON() ([]byte, error) {
	var content any
	switch v.Type {
	case "S", "N":
		content = v.Text
	case "B":
		content = []byte(v.Text)
	case "BOOL":
		content = v.Bool
	case "NULL":
		content = true
	case "SS", "NS":
		content = v.Set
	case "BS":
		encoded := make([]string, len(v.Set))
		for i, element := range v.Set {
			encoded[i] = base64.StdEncoding.EncodeToString([]byte(element))
		}
		content = encoded
	case "L":
		content = slices.Concat([]Value{}, v.List) // never null
	case "M":
		content = v.Map
	default:
		return nil, fmt.Errorf("a value of type %q cannot be encoded", v.Type)
	}
	return json.Marshal(map[string]any{v.Type: content})
}

// UnmarshalJSON reads what MarshalJSON writes. What a value may hold is checked
// by check.
func (v *Value) UnmarshalJSON(data []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return err
	}
	if len(members) != 1 {
		return fmt.Errorf("an attribute value has exactly one type, this one %d", len(members))
	}
	for kind, content := range members {
		v.Type = kind
		return v.read(content)
	}
	return nil
}

func (v *Value) read(content json.RawMessage) error {
	switch v.Type {
	case "S", "N":
		return json.Unmarshal(content, &v.Text)
	case "B":
		var raw []byte
		err := json.Unmarshal(content, &raw)
		v.Text = string(raw)
		return err
	case "BOOL", "NULL":
		return json.Unmarshal(content, &v.Bool)
	case "SS", "NS":
		return json.Unmarshal(content, &v.Set)
	case "BS":
		var raw [][]byte
		err := json.Unmarshal(content, &raw)
		for _, element := range raw {
			v.Set = append(v.Set, string(element))
		}
		return err
	case "L":
		return json.Unmarshal(content, &v.List)
	case "M":
		v.Map = Item{}
		return json.Unmarshal(content, &v.Map)
	}
	return fmt.Errorf("the attribute type %q is not known", v.Type)
}

// check refuses what DynamoDB refuses in a value and writes its numbers as
// DynamoDB gives them back.
func (v *Value) check() error {
	switch v.Type {
	case "N":
		n, err := parseNumber(v.Text)
		if err != nil {
			return err
		}
		v.Text = formatNumber(n)
	case "NULL":
		if !v.Bool {
			return invalid("One or more parameter values were invalid: Null attribute value types must have the value of true")
		}
	case "SS", "NS", "BS":
		return v.checkSet()
	case "L":
		for i := range v.List {
			if err := v.List[i].check(); err != nil {
				return err
			}
		}
	case "M":
		return v.Map.check()
	}
	return nil
}

func (v *Value) checkSet() error {
	if len(v.Set) == 0 {
		return invalid("One or more parameter values were invalid: An %s may not be empty", map[string]string{"SS": "string set", "NS": "number set", "BS": "binary set"}[v.Type])
	}
	for i, element := range v.Set {
		if v.Type == "NS" {
			n, err := parseNumber(element)
			if err != nil {
				return err
			}
			v.Set[i] = formatNumber(n)
		}
		if slices.Contains(v.Set[:i], v.Set[i]) {
			return invalid("One or more parameter values were invalid: Input collection contains duplicates")
		}
	}
	return nil
}

func (item Item) check() error {
	for _, name := range slices.Sorted(maps.Keys(item)) {
		v := item[name]
		if err := v.check(); err != nil {
			return err
		}
		item[name] = v
	}
	return nil
}

// equal compares values of any type; sets have no order.
func (v Value) equal(w Value) bool {
	if v.Type != w.Type {
		return false
	}
	switch v.Type {
	case "SS", "NS", "BS":
		return slices.Equal(slices.Sorted(slices.Values(v.Set)), slices.Sorted(slices.Values(w.Set)))
	case "L":
		return slices.EqualFunc(v.List, w.List, Value.equal)
	case "M":
		return maps.EqualFunc(v.Map, w.Map, Value.equal)
	}
	return v.Text == w.Text && v.Bool == w.Bool
}

// compare orders two values; ok is false where they have no order: of different
// types, or not texts, numbers or bytes. Texts are ordered by their UTF-8 bytes.
func (v Value) compare(w Value) (order int, ok bool) {
	if v.Type != w.Type || !v.ordered() {
		return 0, false
	}
	if v.Type == "N" {
		return v.number().Cmp(w.number()), true
	}
	return strings.Compare(v.Text, w.Text), true
}

func (v Value) ordered() bool { return v.Type == "S" || v.Type == "N" || v.Type == "B" }

// size in bytes, as DynamoDB counts it:
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
func (v Value) size() int {
	switch v.Type {
	case "S", "B":
		return len(v.Text)
	case "N":
		return numberSize(v.Text)
	case "SS", "BS", "NS":
		total := 0
		for _, element := range v.Set {
			if v.Type == "NS" {
				total += numberSize(element)
			} else {
				total += len(element)
			}
		}
		return total
	case "L":
		total := 3
		for _, element := range v.List {
			total += 1 + element.size()
		}
		return total
	case "M":
		return 3 + len(v.Map) + v.Map.size()
	}
	return 1
}

func (item Item) size() int {
	total := 0
	for name, v := range item {
		total += len(name) + v.size()
	}
	return total
}

// clone copies deeply: what one call changes, another's answer does not show.
func (item Item) clone() Item {
	if item == nil {
		return nil
	}
	out := make(Item, len(item))
	for name, v := range item {
		out[name] = v.clone()
	}
	return out
}

func (v Value) clone() Value {
	v.Set = slices.Clone(v.Set)
	v.List = slices.Clone(v.List)
	for i := range v.List {
		v.List[i] = v.List[i].clone()
	}
	v.Map = v.Map.clone()
	return v
}

// validation is the code of all that DynamoDB finds wrong with a request.
const validation = "ValidationException"

func invalid(format string, args ...any) *wire.Error {
	return wire.Errorf(validation, format, args...)
}
