package asl

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
)

// translate rewrites the JSONPath of the recorded machines as JSONata, without
// a change of meaning. It knows what stands in those machines and no more.
func translate(states map[string]any) {
	for _, s := range states {
		st := s.(map[string]any)
		if result, ok := st["Result"]; ok {
			st["Output"] = result
			if st["ResultPath"] == "$.arr" { // the input is {} there
				st["Output"] = map[string]any{"arr": result}
			}
		}
		if st["InputPath"] == "$.arr" {
			st["Items"] = "{% $states.input.arr %}"
		}
		if path, ok := st["ResultPath"]; ok && path == nil {
			st["Output"] = "{% $states.input %}"
		}
		if parameters, ok := st["Parameters"]; ok {
			st["Arguments"] = parameters
		}
		if iterator, ok := st["Iterator"]; ok {
			st["ItemProcessor"] = iterator
		}
		for _, field := range []string{"Result", "ResultPath", "InputPath", "Parameters", "Iterator"} {
			delete(st, field)
		}
		if choices, ok := st["Choices"].([]any); ok { // the only one: "is the number 3"
			choices[0] = map[string]any{
				"Condition": "{% $type($states.input) = 'number' and $states.input = 3 %}",
				"Next":      choices[0].(map[string]any)["Next"],
			}
		}
		if processor, ok := st["ItemProcessor"].(map[string]any); ok {
			translate(processor["States"].(map[string]any))
		}
		if branches, ok := st["Branches"].([]any); ok {
			for _, b := range branches {
				translate(b.(map[string]any)["States"].(map[string]any))
			}
		}
	}
}

func TestTranslatedMachinesTakeTheRecordedWay(t *testing.T) {
	cases := recorded(t, "aws-recorded-task-histories.json")["translate"]
	if len(cases) != 15 {
		t.Fatalf("15 recordings are expected, %d were read", len(cases))
	}
	for _, c := range cases {
		t.Run(shortName(c.Name), func(t *testing.T) {
			var definition map[string]any
			if err := json.Unmarshal(c.Definition, &definition); err != nil {
				t.Fatal(err)
			}
			definition["QueryLanguage"] = "JSONata"
			translate(definition["States"].(map[string]any))
			translated, err := json.Marshal(definition)
			if err != nil {
				t.Fatal(err)
			}
			m, err := Load(translated)
			if err != nil {
				t.Fatal(err)
			}
			result, err := m.Run(context.Background(), Options{Input: c.Input, Clock: clock.NewVirtual(time.Unix(0, 0))})
			if err != nil {
				t.Fatal(err)
			}
			compareRecorded(t, c.Events, asRecorded(t, result.Events), false)
		})
	}
}
