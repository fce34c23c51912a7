package asl

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
)

// toJSONata rewrites the JSONPath fields of the recorded machines with tasks:
// references become expressions, ResultPath is left out (outputs are not
// compared).
func toJSONata(value any) any {
	switch v := value.(type) {
	case []any:
		for i := range v {
			v[i] = toJSONata(v[i])
		}
	case map[string]any:
		out := map[string]any{}
		for key, member := range v {
			text, _ := member.(string)
			switch {
			case key == "ResultPath":
			case key == "Parameters":
				out["Arguments"] = toJSONata(member)
			case key == "InputPath":
				out["Items"] = reference(text)
			case key == "TimeoutSecondsPath" || key == "HeartbeatSecondsPath":
				out[strings.TrimSuffix(key, "Path")] = reference(text)
			case strings.HasSuffix(key, ".$"):
				out[strings.TrimSuffix(key, ".$")] = reference(text)
			default:
				out[key] = toJSONata(member)
			}
		}
		return out
	}
	return value
}

func reference(path string) string {
	if rest, ok := strings.CutPrefix(path, "$$"); ok {
		return "{% $states.context" + rest + " %}"
	}
	return "{% $states.input" + strings.TrimPrefix(path, "$") + " %}"
}

// actor does what the recorded tasks did, in order: it succeeds, fails, takes
// too long, answers too much, or has its token returned by somebody else.
type actor struct {
	clock   *clock.Virtual
	x       *Execution
	endings []map[string]any
}

func newActor(v *clock.Virtual, events []map[string]any) *actor {
	a := &actor{clock: v}
	for _, e := range events {
		switch e["type"] {
		case "TaskSucceeded", "TaskFailed", "TaskTimedOut":
			a.endings = append(a.endings, e)
		}
	}
	return a
}

func (a *actor) Handle(ctx context.Context, task Task) (json.RawMessage, error) {
	ending := a.endings[0]
	a.endings = a.endings[1:]
	var name, cause string
	if details, ok := ending["taskFailedEventDetails"].(map[string]any); ok {
		name, _ = details["error"].(string)
		cause, _ = details["cause"].(string)
	}
	switch {
	case ending["type"] == "TaskTimedOut" && task.Token == "":
		a.clock.Sleep(time.Hour)
		return nil, ctx.Err()
	case name == errDataLimit:
		return quote(strings.Repeat("é", maxPayloadBytes/2)), nil
	case task.Token != "":
		a.clock.AfterFunc(time.Second, func() { a.answer(task.Token, ending["type"], name, cause) })
		return json.RawMessage(`{}`), nil
	case ending["type"] == "TaskFailed":
		return nil, &TaskError{Name: name, Cause: cause}
	}
	return json.RawMessage(`{}`), nil
}

func (a *actor) answer(token string, ending any, name, cause string) {
	switch ending {
	case "TaskSucceeded":
		_ = a.x.SendTaskSuccess(token, json.RawMessage(`{}`))
	case "TaskFailed":
		_ = a.x.SendTaskFailure(token, name, cause)
	}
}

// TestRecordedShapes: time-outs, heartbeats, tokens, aborted branches and data
// limits leave the events that AWS recorded, in its order, with its ids.
func TestRecordedShapes(t *testing.T) {
	cases := recorded(t, "aws-recorded-task-histories.json")["shape"]
	if len(cases) != 22 {
		t.Fatalf("22 recordings are expected, %d were read", len(cases))
	}
	for _, c := range cases {
		t.Run(shortName(c.Name), func(t *testing.T) {
			var definition map[string]any
			if err := json.Unmarshal(c.Definition, &definition); err != nil {
				t.Fatal(err)
			}
			definition["QueryLanguage"] = "JSONata"
			translated, err := json.Marshal(toJSONata(definition))
			if err != nil {
				t.Fatal(err)
			}
			m, err := Load(translated)
			if strings.Contains(string(c.Definition), "DISTRIBUTED") {
				if err == nil {
					t.Error("a Distributed Map was not refused")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			v := clock.NewVirtual(epoch)
			a := newActor(v, c.Events)
			if a.x, err = m.Start(Options{Input: c.Input, Tasks: a, Clock: v}); err != nil {
				t.Fatal(err)
			}
			result, err := a.x.Wait(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			compareRecorded(t, inOrderOfItems(c.Events), asRecorded(t, result.Events), false)
		})
	}
}

// inOrderOfItems: tasks that time out at the same moment do so here in the
// order of their items. On AWS the second and the third changed places.
func inOrderOfItems(events []map[string]any) []map[string]any {
	var previous []float64
	for _, e := range events {
		if p, ok := e["previousEventId"].(float64); ok && e["type"] == "TaskTimedOut" {
			previous = append(previous, p)
		}
	}
	slices.Sort(previous)
	for _, e := range events {
		if len(previous) > 0 && e["type"] == "TaskTimedOut" {
			e["previousEventId"], previous = previous[0], previous[1:]
		}
	}
	return events
}
