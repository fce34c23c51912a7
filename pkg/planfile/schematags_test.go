package planfile

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/dop251/goja"
	"go.yaml.in/yaml/v3"
)

// judge is as much of JSON Schema as tags need; a keyword that it does not know
// fails the test.
type judge struct {
	t  *testing.T
	js *goja.Runtime // patterns are ECMAScript's
}

func (j judge) takes(schema map[string]any, n *yaml.Node) bool {
	types := map[string]string{"!!str": "string", "!!timestamp": "string", "!!int": "number", "!!float": "number", "!!bool": "boolean", "!!map": "object", "!!seq": "array", "!!null": "null"}
	is := types[n.Tag]
	ok := true
	for keyword, limit := range schema {
		switch keyword {
		case "description":
		case "type":
			ok = ok && limit == is
		case "minLength":
			ok = ok && (is != "string" || utf8.RuneCountInString(n.Value) >= int(limit.(float64)))
		case "maxLength":
			ok = ok && (is != "string" || utf8.RuneCountInString(n.Value) <= int(limit.(float64)))
		case "pattern":
			ok = ok && (is != "string" || j.matches(limit.(string), n.Value))
		case "anyOf":
			ok = ok && slices.ContainsFunc(limit.([]any), func(s any) bool { return j.takes(s.(map[string]any), n) })
		case "maxProperties":
			ok = ok && (is != "object" || len(n.Content)/2 <= int(limit.(float64)))
		case "propertyNames", "additionalProperties":
			for i := 0; is == "object" && i < len(n.Content); i += 2 {
				inner := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: n.Content[i].Value}
				if keyword == "additionalProperties" {
					inner = n.Content[i+1]
				}
				ok = ok && j.takes(limit.(map[string]any), inner)
			}
		default:
			j.t.Fatalf("the keyword %s is not known here", keyword)
		}
	}
	return ok
}

func (j judge) matches(pattern, text string) bool {
	for name, value := range map[string]string{"pattern": pattern, "text": text} {
		if err := j.js.Set(name, value); err != nil {
			j.t.Fatal(err)
		}
	}
	result, err := j.js.RunString(`new RegExp(pattern, "u").test(text)`)
	if err != nil {
		j.t.Fatal(err)
	}
	return result.ToBoolean()
}

// An editor says of tags what lifeboat plan says.
func TestSchemaTakesTheTagsThatThePlanTakes(t *testing.T) {
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Defs map[string]struct{ Properties map[string]map[string]any } `json:"$defs"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	j := judge{t, goja.New()}
	both := map[string]bool{ // whether the plan's own may be so
		`{CostCenter: 4711}`: true, `{CostCenter: 0815}`: true, `{Keep: true}`: true, `{A: 1.5}`: true, `{A: -1e3}`: true, `{A: 2026-11-26}`: true, `{4711: x}`: true,
		`{A: 2026-11-26T17:00:00Z}`: true, `{}`: true, `{Kostenträger Nr.: Zahlung/Köln = 4711+1@x_y-z:.}`: true, `{Abteilung: ÿ¼ª}`: true, `{a: b c}`: true, `{awsome: awsome}`: true,
		`{A: "lifeboat:x"}`: true, `{"x aws:": "x aws:"}`: true,
		`{A: }`: false, `{A: ~}`: false, `{A: [x]}`: false, `{A: {b: c}}`: false, `[A]`: false, `{"": x}`: false, `{A: "a,b"}`: false, `{"a,b": x}`: false,
		`{A: "😀"}`: false, `{"😀": x}`: false, `{A: 中文 Ökonomie}`: false, `{Ā: x}`: false, `{A: "×"}`: false, `{A: " x"}`: false, `{A: "x "}`: false, `{" A": x}`: false, `{"A ": x}`: false,
		`{"aws:x": y}`: false, `{"AWS:x": y}`: false, `{"Rds:x": y}`: false, `{"lifeBoat:x": y}`: false, `{A: "aws:x"}`: false, `{A: "RDS:x"}`: false, `{A: "a\nb"}`: false, `{A: "a\n"}`: false,
		`{A: "a\u00a0b"}`: false, `{A: " "}`: false, "{" + strings.Repeat("k", 127) + ": " + strings.Repeat("v", 256) + "}": true, "{" + strings.Repeat("ü", 128) + ": x}": false,
		"{A: " + strings.Repeat("ü", 257) + "}": false, many(43): true, many(46): false, `{A: ""}`: false,
	}
	for _, at := range []struct{ def, old string }{
		{"Plan", `{CostCenter: "4711", Team: payments}`}, {"Drill", `{CostCenter: "4712", Purpose: drill}`},
	} {
		for tags, want := range both {
			if tags == `{A: ""}` {
				want = at.def == "Drill" // a copy may have a tag without a value
			}
			file := strings.Replace(goodTags, at.old, tags, 1)
			var root yaml.Node
			if err := yaml.Unmarshal([]byte(tags), &root); err != nil {
				t.Fatal(fmt.Errorf("%s: %w", tags, err))
			}
			_, err := Parse("p", []byte(file))
			if schema := j.takes(schema.Defs[at.def].Properties["tags"], root.Content[0]); schema != want || (err == nil) != want {
				t.Errorf("%s of %s: the schema takes it: %t, the plan says %v, wanted %t", tags, at.def, schema, err, want)
			}
		}
	}
}
