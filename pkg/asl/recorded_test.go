package asl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
)

// recordedCase is one execution recorded on AWS Step Functions.
type recordedCase struct {
	Name       string           `json:"name"`
	Definition json.RawMessage  `json:"definition"`
	Input      json.RawMessage  `json:"input"`
	Events     []map[string]any `json:"events"`
}

// recorded reads a file of recordings in place, or skips.
func recorded(t *testing.T, file string) map[string][]recordedCase {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; root = filepath.Dir(root) {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
	}
	data, err := os.ReadFile(filepath.Join(root, "..", "shared", "asl", file))
	if err != nil {
		t.Skipf("the recorded histories are not beside this checkout: %v", err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	cases := map[string][]recordedCase{}
	for key, raw := range all {
		var list []recordedCase
		if json.Unmarshal(raw, &list) != nil {
			continue // the description
		}
		for _, c := range list {
			for _, e := range c.Events {
				if _, concurrent := e["id"].([]any); concurrent {
					e["id"] = 0.0 // the recorder's mark of an event in a concurrent branch
				}
			}
		}
		cases[key] = list
	}
	return cases
}

func shortName(name string) string { return name[strings.LastIndex(name, "::")+2:] }

// asRecorded brings our events into the form of the recordings: no
// timestamps, the placeholder of the role.
func asRecorded(t *testing.T, events []Event) []map[string]any {
	t.Helper()
	var out []map[string]any
	for _, e := range events {
		raw, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]any
		if err := json.Unmarshal(raw, &m); err != nil {
			t.Fatal(err)
		}
		delete(m, "timestamp")
		out = append(out, m)
	}
	return out
}

func TestEveryRecordedHistoryIsReproduced(t *testing.T) {
	cases := recorded(t, "aws-recorded-histories.json")["cases"]
	if len(cases) != 50 {
		t.Fatalf("50 recordings are expected, %d were read", len(cases))
	}
	for _, c := range cases {
		t.Run(shortName(c.Name), func(t *testing.T) {
			m, err := Load(c.Definition)
			if err != nil {
				t.Fatal(err)
			}
			role, _ := c.Events[0]["executionStartedEventDetails"].(map[string]any)["roleArn"].(string)
			result, err := m.Run(context.Background(), Options{
				Visited: func(v Visit) { again(t, m, v) },
				Input:   c.Input, RoleARN: role, Clock: clock.NewVirtual(time.Date(2016, 1, 1, 0, 0, 0, 0, time.UTC)),
			})
			if err != nil {
				t.Fatal(err)
			}
			got := asRecorded(t, result.Events)
			want := c.Events
			if strings.Contains(c.Name, "test_wait_timestamp_jsonata") {
				// The recorder replaced date-times inside inputs and outputs:
				// their shape is compared.
				got, want = withoutTimes(got), withoutTimes(want)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-AWS +ours):\n%s", diff)
			}
		})
	}
}

// withoutTimes keeps the shape of inputs and outputs: the keys.
func withoutTimes(events []map[string]any) []map[string]any {
	out := make([]map[string]any, len(events))
	for i, e := range events {
		out[i] = map[string]any{}
		for k, v := range e {
			if details, ok := v.(map[string]any); ok {
				copied := map[string]any{}
				for field, value := range details {
					if field == "input" || field == "output" {
						value = keysOf(value)
					}
					copied[field] = value
				}
				v = copied
			}
			out[i][k] = v
		}
	}
	return out
}

func keysOf(value any) any {
	object, ok := value.(map[string]any)
	if !ok {
		return fmt.Sprintf("%T", value)
	}
	var keys []string
	for k := range object {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// replay answers tasks with what AWS recorded, in order.
type replay struct {
	t       *testing.T
	answers []map[string]any
}

func replayOf(t *testing.T, events []map[string]any) *replay {
	r := &replay{t: t}
	for _, e := range events {
		switch e["type"] {
		case "TaskSucceeded", "TaskFailed", "TaskTimedOut":
			r.answers = append(r.answers, e)
		}
	}
	return r
}

func (r *replay) Handle(context.Context, Task) (json.RawMessage, error) {
	if len(r.answers) == 0 {
		return nil, errors.New("more tasks ran than AWS recorded")
	}
	answer := r.answers[0]
	r.answers = r.answers[1:]
	switch answer["type"] {
	case "TaskSucceeded":
		return asText(r.t, answer["taskSucceededEventDetails"].(map[string]any)["output"]), nil
	case "TaskTimedOut":
		return nil, &TaskError{Name: "States.Timeout"}
	}
	details := answer["taskFailedEventDetails"].(map[string]any)
	name, _ := details["error"].(string)
	return nil, &TaskError{Name: name, Cause: causeText(r.t, details["cause"])}
}

func asText(t *testing.T, decoded any) json.RawMessage {
	if s, ok := decoded.(string); ok {
		return json.RawMessage(s)
	}
	raw, err := json.Marshal(decoded)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// causeText is a cause as it was before the recorder decoded it.
func causeText(t *testing.T, cause any) string {
	if s, ok := cause.(string); ok {
		return s
	}
	if cause == nil {
		return ""
	}
	return string(asText(t, cause))
}

func TestTasksAreReplayedAsRecorded(t *testing.T) {
	cases := recorded(t, "aws-recorded-task-histories.json")["replay"]
	if len(cases) != 11 {
		t.Fatalf("11 recordings are expected, %d were read", len(cases))
	}
	for _, c := range cases {
		t.Run(shortName(c.Name), func(t *testing.T) {
			m, err := Load(c.Definition)
			if err != nil {
				t.Fatal(err)
			}
			tasks := replayOf(t, c.Events)
			role, _ := c.Events[0]["executionStartedEventDetails"].(map[string]any)["roleArn"].(string)
			result, err := m.Run(context.Background(), Options{
				Visited: func(v Visit) { again(t, m, v) },
				Input:   c.Input, RoleARN: role, Tasks: tasks, ARN: "arn:aws:states:<region>:1:execution:m:e",
				Clock: clock.NewVirtual(time.Date(2016, 1, 1, 0, 0, 0, 0, time.UTC)),
			})
			if err != nil {
				t.Fatal(err)
			}
			compareRecorded(t, c.Events, asRecorded(t, result.Events), true)
			if len(tasks.answers) != 0 {
				t.Errorf("%d recorded task results were not asked for", len(tasks.answers))
			}
		})
	}
}

// compareRecorded compares histories in which the recorder may have set ids of
// events inside concurrent branches to 0, sorted them, and dropped the end of
// the Parallel states around them.
func compareRecorded(t *testing.T, want, got []map[string]any, full bool) {
	t.Helper()
	concurrent := slices.ContainsFunc(want, func(e map[string]any) bool { return e["id"] == 0.0 })
	if !concurrent {
		if diff := cmp.Diff(simplify(want, full), simplify(got, full)); diff != "" {
			t.Errorf("(-AWS +ours):\n%s", diff)
		}
		return
	}
	if len(got) != int(want[len(want)-1]["id"].(float64)) {
		t.Errorf("AWS recorded %v events, ours are %d", want[len(want)-1]["id"], len(got))
		return
	}
	unused := slices.Clone(got)
	for _, w := range want {
		found := slices.IndexFunc(unused, func(g map[string]any) bool {
			a, b := simplify([]map[string]any{w}, full), simplify([]map[string]any{g}, full)
			if w["id"] == 0.0 {
				delete(b[0], "id")
				delete(b[0], "previousEventId")
				delete(a[0], "id")
				delete(a[0], "previousEventId")
			}
			return cmp.Equal(a, b)
		})
		if found < 0 {
			t.Errorf("no event of ours is %v", w)
			continue
		}
		unused = slices.Delete(unused, found, found+1)
	}
	for _, g := range unused {
		if !strings.HasPrefix(g["type"].(string), "ParallelState") {
			t.Errorf("AWS has no event %v", g)
		}
	}
}

// alwaysCompared are the fields of details that no translation changes.
var alwaysCompared = map[string]bool{
	"error": true, "name": true, "index": true, "length": true,
	"resource": true, "resourceType": true, "timeoutInSeconds": true, "heartbeatInSeconds": true,
}

// simplify leaves what can be compared: without full, types, ids, names and
// errors only. ARNs are placeholders in the recordings.
func simplify(events []map[string]any, full bool) []map[string]any {
	var out []map[string]any
	for _, e := range events {
		s := map[string]any{"id": e["id"], "previousEventId": e["previousEventId"], "type": e["type"]}
		for k, v := range e {
			details, ok := v.(map[string]any)
			if !ok {
				continue
			}
			kept := map[string]any{}
			for field, value := range details {
				switch {
				case alwaysCompared[field]:
					kept[field] = value
				case field == "roleArn" || !full:
				default:
					kept[field] = decoded(value)
				}
			}
			if len(kept) > 0 {
				s[k] = kept
			}
		}
		out = append(out, s)
	}
	return out
}

// decoded undoes the text form of JSON in causes, outputs and variables, at
// any depth: the recorder decoded some and not others.
func decoded(value any) any {
	switch v := value.(type) {
	case string:
		var inner any
		if json.Unmarshal([]byte(v), &inner) == nil {
			return decoded(inner)
		}
		return v
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			out[k] = decoded(e)
			if k == "FunctionName" { // a placeholder, not always the same one
				out[k] = "function"
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = decoded(e)
		}
		return out
	}
	return value
}
