package asl

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
)

func TestLoadRefusesByPath(t *testing.T) {
	const pass = `"P":{"Type":"Pass","End":true}`
	cases := map[string]struct {
		reason string
		states string // of a machine that starts at P
		path   string
		what   string
	}{
		"unknown field":      {"it would be ignored", `{"P":{"Type":"Pass","Colour":1,"End":true}}`, "States.P.Colour", "not known"},
		"JSONPath field":     {"another language", `{"P":{"Type":"Pass","ResultPath":"$.x","End":true}}`, "States.P.ResultPath", "JSONPath"},
		"unknown type":       {"no such state", `{"P":{"Type":"Sleep","End":true}}`, "States.P.Type", "does not exist"},
		"no next":            {"it leads nowhere", `{"P":{"Type":"Pass"}}`, "States.P", "exactly one"},
		"next and end":       {"one of them is wrong", `{"P":{"Type":"Pass","End":true,"Next":"P"}}`, "States.P", "exactly one"},
		"missing target":     {"there is no such state", `{"P":{"Type":"Pass","Next":"Q"}}`, "States.P.Next", "no state"},
		"unreachable":        {"it would never run", `{` + pass + `,"Q":{"Type":"Pass","End":true}}`, "States.Q", "no transition"},
		"duplicate key":      {"one of the two would be ignored", `{"P":{"Type":"Pass","End":true,"End":true}}`, "States.P.End", "twice"},
		"bad expression":     {"it could never be evaluated", `{"P":{"Type":"Pass","Output":{"a":["{% 1 + %}"]},"End":true}}`, "States.P.Output.a[0]", "S0207"},
		"all before others":  {"the others would never be used", `{"P":{` + task + `,"Retry":[{"ErrorEquals":["States.ALL"]},{"ErrorEquals":["E"]}],"End":true}}`, "States.P.Retry[0]", "last"},
		"all beside others":  {"it matches them anyway", `{"P":{` + task + `,"Retry":[{"ErrorEquals":["States.ALL","E"]}],"End":true}}`, "States.P.Retry[0].ErrorEquals", "alone"},
		"heartbeat too long": {"it could never be missed", `{"P":{` + task + `,"TimeoutSeconds":5,"HeartbeatSeconds":5,"End":true}}`, "States.P.HeartbeatSeconds", "shorter"},
		"sync":               {"not implemented", `{"P":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync","End":true}}`, "States.P.Resource", "not implemented"},
		"distributed map":    {"not implemented", `{"P":{"Type":"Map","ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED"},"StartAt":"X","States":{"X":{"Type":"Succeed"}}},"End":true}}`, "States.P.ItemProcessor.ProcessorConfig.Mode", "not implemented"},
		"item reader":        {"not implemented", `{"P":{"Type":"Map","ItemReader":{},"ItemProcessor":{"StartAt":"X","States":{"X":{"Type":"Succeed"}}},"End":true}}`, "States.P.ItemReader", "not implemented"},
		"inside a branch":    {"the path leads there", `{"P":{"Type":"Parallel","Branches":[{"StartAt":"X","States":{"X":{"Type":"Pass","Nope":1,"End":true}}}],"End":true}}`, "States.P.Branches[0].States.X.Nope", "not known"},
		"two waits":          {"which one?", `{"P":{"Type":"Wait","Seconds":1,"Timestamp":"{% $now() %}","End":true}}`, "States.P", "exactly one"},
		"reserved variable":  {"$states is the engine's", `{"P":{"Type":"Pass","Assign":{"states":1},"End":true}}`, "States.P.Assign.states", "reserved"},
		"items no list":      {"there is nothing to go through", `{"P":{"Type":"Map","Items":"abc","ItemProcessor":{"StartAt":"X","States":{"X":{"Type":"Succeed"}}},"End":true}}`, "States.P.Items", "array"},
		"JSONPath machine":   {"another language", `{"P":{"QueryLanguage":"JSONPath","Type":"Pass","End":true}}`, "States.P", "JSONata only"},
		"substitution":       {"it has no value", `{"P":{` + task + `,"Arguments":{"FunctionName":"${Missing}"},"End":true}}`, "", "Missing"},
		"max delay":          {"it would never be reached", `{"P":{` + task + `,"Retry":[{"ErrorEquals":["E"],"IntervalSeconds":5,"MaxDelaySeconds":5}],"End":true}}`, "States.P.Retry[0].MaxDelaySeconds", "greater"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Load([]byte(`{"QueryLanguage":"JSONata","StartAt":"P","States":` + c.states + `}`))
			var problems *LoadError
			if !errors.As(err, &problems) {
				t.Fatalf("%s: loaded, error %v", c.reason, err)
			}
			for _, p := range problems.Problems {
				if p.Path == c.path && strings.Contains(p.What, c.what) {
					return
				}
			}
			t.Errorf("%s: no problem %q at %s: %v", c.reason, c.what, c.path, err)
		})
	}
}

func TestAllProblemsOfADefinitionAtOnce(t *testing.T) {
	_, err := Load([]byte(`{"QueryLanguage":"JSONata","StartAt":"Nope","Extra":1,"States":{"A":{"Type":"Pass","X":1,"Next":"B"}}}`))
	var problems *LoadError
	if !errors.As(err, &problems) || len(problems.Problems) < 4 {
		t.Errorf("four mistakes: %v", err)
	}
}

func TestMermaidIsStableAndNamesEveryState(t *testing.T) {
	m := machineOf(t, "A", `{"A":{"Type":"Choice","Choices":[{"Condition":"{% $x = \"<b>\" %}","Next":"B"}],"Default":"C"},"B":{"Type":"Parallel","Branches":[{"StartAt":"Inner","States":{"Inner":{"Type":"Succeed"}}}],"Catch":[{"ErrorEquals":["E"],"Next":"C"}],"Next":"C"},"C":{"Type":"Succeed"}}`)
	first := m.Mermaid()
	for _, part := range []string{"flowchart TD", `"A"`, `"B"`, `"C"`, `"Inner"`, `-. "E" .->`, "otherwise", "#lt;b#gt;"} {
		if !strings.Contains(first, part) {
			t.Errorf("%q is missing in\n%s", part, first)
		}
	}
	if first != m.Mermaid() {
		t.Error("drawn twice, it differs")
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(`{"QueryLanguage":"JSONata","StartAt":"P","States":{"P":{"Type":"Pass","Output":"{% 1 %}","End":true}}}`))
	f.Add([]byte(`{"StartAt":"M","States":{"M":{"Type":"Map","QueryLanguage":"JSONata","ItemProcessor":{"StartAt":"X","States":{"X":{"Type":"Fail"}}},"End":true}}}`))
	f.Add([]byte(`[{"a":`))
	f.Fuzz(func(_ *testing.T, definition []byte) {
		m, err := Load(definition, WithOpenSubstitutions())
		if err == nil {
			_ = m.Mermaid()
		}
	})
}

// BenchmarkDrillShapedMachine is the engine's own share of a drill: fifteen
// tasks that answer at once, with a Parallel, choices and waits between.
func BenchmarkDrillShapedMachine(b *testing.B) {
	step := func(name, next string) string {
		return `"` + name + `":{` + task + `,"Arguments":{"FunctionName":"f","Payload":{"run":"{% $states.input %}"}},"Assign":{"v` + name + `":"{% $states.result %}"},"Output":"{% $states.input %}","Next":"` + next + `"}`
	}
	var inner strings.Builder
	for _, n := range []string{"A", "B", "C", "D", "E", "F", "G", "H"} {
		inner.WriteString(step(n, string(n[0]+1)) + ",")
	}
	m := machineOf(b, "P", `{"P":{"Type":"Parallel","Branches":[{"StartAt":"A","States":{`+inner.String()+`"I":{"Type":"Succeed"}}}],"Output":"{% $states.result[0] %}","Next":"K"},`+
		step("K", "L")+`,`+step("L", "M")+`,`+step("M", "Z")+`,"Z":{"Type":"Choice","Choices":[{"Condition":"{% $exists($vK) %}","Next":"End"}],"Default":"End"},"End":{"Type":"Succeed"}}`)
	input := json.RawMessage(`{"database":"orders/orders-db","spec":{"checks":[1,2,3],"limits":{"restoreSeconds":3600}}}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Run(context.Background(), Options{Input: input, Tasks: failing(), Clock: clock.Real{}}); err != nil {
			b.Fatal(err)
		}
	}
}
