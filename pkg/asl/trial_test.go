package asl

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
)

const tried = `{"QueryLanguage":"JSONata","StartAt":"Begin","States":{
	"Begin":{"Type":"Pass","Assign":{"n":1,"until":"2026-01-01T00:01:00Z"},"Next":"Ask"},
	"Ask":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Arguments":{"FunctionName":"f","Payload":{"id":"{% $states.context.Execution.Id %}","n":"{% $n %}"}},
		"Retry":[{"ErrorEquals":["Busy"],"IntervalSeconds":2,"MaxAttempts":2,"BackoffRate":2}],
		"Catch":[{"ErrorEquals":["Gone"],"Assign":{"why":"{% $states.errorOutput.Cause %}"},"Output":{"lost":true},"Next":"Work"},{"ErrorEquals":["States.TaskFailed"],"Next":"Stop"}],
		"Assign":{"answer":"{% $states.result.Payload.a %}"},"Output":"{% $states.result.Payload %}","Next":"Work"},
	"Work":{"Type":"Parallel","Arguments":{"x":1},"Catch":[{"ErrorEquals":["States.ALL"],"Next":"Stop"}],"Assign":{"got":"{% $states.result[0].v %}"},"Next":"Stop",
		"Branches":[{"StartAt":"Pause","States":{
			"Pause":{"Type":"Wait","Timestamp":"{% $until %}","Next":"Pick"},
			"Pick":{"Type":"Choice","Choices":[{"Condition":"{% $states.input.x = 1 %}","Assign":{"picked":"one"},"Next":"Each"}],"Default":"Odd"},
			"Each":{"Type":"Map","Items":"{% [1,2] %}","ItemProcessor":{"StartAt":"One","States":{"One":{"Type":"Pass","Output":"{% $states.context.Map.Item.Index %}","End":true}}},"End":true},
			"Odd":{"Type":"Fail","Error":"Odd","Cause":"{% 'of ' & $string($states.input.x) %}"}}}]},
	"Stop":{"Type":"Succeed"}}}`

func TestTry(t *testing.T) {
	m, err := Load([]byte(tried))
	if err != nil {
		t.Fatal(err)
	}
	raw := func(text string) json.RawMessage { return json.RawMessage(text) }
	vars := map[string]json.RawMessage{"n": raw("1")}
	none := func(of Tried) Tried { of.Retrier, of.Catcher = -1, -1; return of }
	tests := map[string]struct {
		reason string
		trial  Trial
		want   Tried
	}{
		"result": {
			"assigns and goes on",
			Trial{State: "Ask", Variables: vars, Context: raw(`{"Execution":{"Id":"x"}}`), Mock: &Mock{Result: raw(`{"Payload":{"a":7}}`)}},
			none(Tried{Status: TrialSucceeded, Next: "Work", Output: raw(`{"a":7}`), Arguments: raw(`{"FunctionName":"f","Payload":{"id":"x","n":1}}`), Variables: map[string]json.RawMessage{"n": raw("1"), "answer": raw("7")}}),
		},
		"retried": {
			"the second of two retries waits twice as long",
			Trial{State: "Ask", Variables: vars, Retries: 1, Mock: &Mock{Failure: &Failure{"Busy", "b"}}},
			Tried{Status: TrialRetriable, Error: "Busy", Cause: "b", Retrier: 0, Catcher: -1, RetryIn: 4 * time.Second, Variables: vars},
		},
		"no retries left": {
			"the second catcher takes it",
			Trial{State: "Ask", Variables: vars, Retries: 2, Mock: &Mock{Failure: &Failure{"Busy", "b"}}},
			Tried{Status: TrialCaught, Next: "Stop", Output: raw(`{"Error":"Busy","Cause":"b"}`), Error: "Busy", Cause: "b", Retrier: -1, Catcher: 1, Variables: vars},
		},
		"caught": {
			"with what the catcher assigns",
			Trial{State: "Ask", Variables: vars, Mock: &Mock{Failure: &Failure{"Gone", "g"}}},
			Tried{Status: TrialCaught, Next: "Work", Output: raw(`{"lost":true}`), Error: "Gone", Cause: "g", Retrier: -1, Catcher: 0, Variables: map[string]json.RawMessage{"n": raw("1"), "why": raw(`"g"`)}},
		},
		"parallel": {
			"its branches are the mock's",
			Trial{State: "Work", Mock: &Mock{Result: raw(`[{"v":2}]`)}},
			none(Tried{Status: TrialSucceeded, Next: "Stop", Output: raw(`[{"v":2}]`), Arguments: raw(`{"x":1}`), Variables: map[string]json.RawMessage{"got": raw("2")}}),
		},
		"too much data": {
			"States.ALL does not stand for it",
			Trial{State: "Work", Mock: &Mock{Failure: &Failure{Error: "States.DataLimitExceeded"}}},
			none(Tried{Status: TrialFailed, Error: "States.DataLimitExceeded", Arguments: raw(`{"x":1}`)}),
		},
		"nested wait": {
			"it takes no time, and says how long it would",
			Trial{State: "Pause", Now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Variables: map[string]json.RawMessage{"until": raw(`"2026-01-01T00:00:30Z"`)}},
			none(Tried{Status: TrialSucceeded, Next: "Pick", Output: raw(`{}`), Waits: 30 * time.Second, Variables: map[string]json.RawMessage{"until": raw(`"2026-01-01T00:00:30Z"`)}}),
		},
		"choice": {
			"has its own Assign",
			Trial{State: "Pick", Input: raw(`{"x":1}`)},
			none(Tried{Status: TrialSucceeded, Next: "Each", Output: raw(`{"x":1}`), Variables: map[string]json.RawMessage{"picked": raw(`"one"`)}}),
		},
		"fail":      {"says what", Trial{State: "Odd", Input: raw(`{"x":3}`)}, none(Tried{Status: TrialFailed, Error: "Odd", Cause: "of 3"})},
		"in a map":  {"is the first item", Trial{State: "One", Input: raw(`5`)}, none(Tried{Status: TrialSucceeded, Output: raw(`0`)})},
		"map":       {"its items are the mock's", Trial{State: "Each", Mock: &Mock{Result: raw(`[8,9]`)}}, none(Tried{Status: TrialSucceeded, Output: raw(`[8,9]`)})},
		"succeeded": {"ends", Trial{State: "Stop", Input: raw(`{"a":1}`)}, none(Tried{Status: TrialSucceeded, Output: raw(`{"a":1}`)})},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := m.Try(c.trial)
			if err != nil {
				t.Fatal(err)
			}
			if c.want.Arguments == nil {
				got.Arguments = nil
			}
			if diff := cmp.Diff(c.want, got, cmpopts.EquateEmpty(), readable); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.reason, diff)
			}
		})
	}
	for name, c := range map[string]struct {
		trial Trial
		want  error
	}{
		"no such state":   {Trial{State: "Nowhere"}, ErrNoSuchState},
		"task, no mock":   {Trial{State: "Ask"}, ErrMockNeeded},
		"map, no mock":    {Trial{State: "Each"}, ErrMockNeeded},
		"choice and mock": {Trial{State: "Pick", Mock: &Mock{Result: raw(`1`)}}, ErrNoMock},
	} {
		if _, err := m.Try(c.trial); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if diff := cmp.Diff([]string{"Begin", "Ask", "Work", "Pause", "Pick", "Each", "One", "Odd", "Stop"}, m.States()); diff != "" {
		t.Error(diff)
	}
	about, ok := m.About("Ask")
	if diff := cmp.Diff(About{Type: "Task", Mockable: true, Resource: "arn:aws:states:::lambda:invoke", Retriers: [][]string{{"Busy"}}, Catchers: []Catcher{{[]string{"Gone"}, "Work"}, {[]string{"States.TaskFailed"}, "Stop"}}}, about); !ok || diff != "" {
		t.Error(diff)
	}
}

// readable shows JSON as it reads.
var readable = cmp.FilterValues(func(a, b json.RawMessage) bool { return len(a)+len(b) > 0 },
	cmp.Transformer("text", func(raw json.RawMessage) string { return string(raw) }))

var eventID = regexp.MustCompile(`event id #\d+`)

// retried visits alone come to the same as in their execution.
func again(t *testing.T, m *Machine, v Visit) {
	t.Helper()
	if v.Trial.Mock == nil {
		if about, _ := m.About(v.Trial.State); about.Mockable {
			return // an expression failed before anything was asked
		}
	}
	got, err := m.Try(v.Trial)
	if err != nil {
		t.Errorf("%s: %v", v.Trial.State, err)
		return
	}
	for _, x := range []*Tried{&got, &v.Tried} {
		x.Cause, x.Output = eventID.ReplaceAllString(x.Cause, ""), json.RawMessage(eventID.ReplaceAllString(string(x.Output), ""))
		x.RetryIn, x.Waits = 0, 0 // of chance, and of when it is tried
	}
	if diff := cmp.Diff(v.Tried, got, cmpopts.EquateEmpty(), readable); diff != "" {
		t.Errorf("%s (-in its execution +alone):\n%s", v.Trial.State, diff)
	}
}

func TestAVisitCanBeMadeAgain(t *testing.T) {
	m, err := Load([]byte(tried))
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	visited := map[string]int{}
	_, err = m.Run(context.Background(), Options{
		Clock: clock.NewVirtual(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)),
		Tasks: TaskFunc(func(context.Context, Task) (json.RawMessage, error) {
			if calls++; calls == 1 {
				return nil, &TaskError{"Busy", ""}
			}
			return json.RawMessage(`{"Payload":{"a":1}}`), nil
		}),
		Visited: func(v Visit) { visited[v.Trial.State]++; again(t, m, v) },
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"Begin": 1, "Ask": 2, "Pause": 1, "Pick": 1, "One": 2, "Each": 1, "Work": 1, "Stop": 1}
	if diff := cmp.Diff(want, visited); diff != "" {
		t.Error(diff)
	}
}
