package account

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

// expectation is what our engine says of an attempt, at two moments and with two
// seeds: what differs between them depends on time or chance, and AWS need only
// have a value of the same kind there.
type expectation struct{ first, second asl.Tried }

func expect(m *asl.Machine, t asl.Trial) (expectation, error) {
	var e expectation
	var err error
	if e.first, err = m.Try(t); err != nil {
		return e, err
	}
	if !t.Now.IsZero() {
		t.Now = t.Now.Add(36 * time.Hour)
	} else {
		t.Now = time.Date(2027, 3, 4, 5, 6, 7, 8e6, time.UTC)
	}
	t.Seed++
	e.second, err = m.Try(t)
	return e, err
}

// evaluation is the error of an expression. Its cause is in words, which are
// AWS's.
const evaluation = "States.QueryEvaluationError"

// against says how AWS's answer differs; "" where it does not.
func (e expectation) against(got seen.Tried) string {
	want := e.first
	if got.Status != string(want.Status) || got.Next != want.Next || got.Error != want.Error {
		return fmt.Sprintf("AWS %s, our engine %s", became(got.Status, got.Next, got.Error, got.Cause), became(string(want.Status), want.Next, want.Error, want.Cause))
	}
	if want.Error == evaluation {
		return ""
	}
	if unnumbered(got.Cause) != unnumbered(want.Cause) {
		return fmt.Sprintf("AWS says the cause %s, our engine %s", shortened(got.Cause), shortened(want.Cause))
	}
	if want.Status != asl.TrialSucceeded && want.Status != asl.TrialCaught {
		return ""
	}
	if !same(e.first.Output, e.second.Output, got.Output) {
		return fmt.Sprintf("AWS goes to %s with the output %s, our engine with %s", orEnd(got.Next), shortened(string(got.Output)), shortened(string(want.Output)))
	}
	first, _ := json.Marshal(e.first.Variables) // valid JSON by name: always encodes
	second, _ := json.Marshal(e.second.Variables)
	if len(e.first.Variables) == 0 && len(got.Variables) == 0 {
		return ""
	}
	if !same(first, second, got.Variables) {
		return fmt.Sprintf("AWS goes to %s with the variables %s, our engine with %s", orEnd(got.Next), shortened(string(got.Variables)), shortened(string(first)))
	}
	return ""
}

func became(status, next, name, cause string) string {
	switch status {
	case string(asl.TrialSucceeded):
		return "goes to " + orEnd(next)
	case string(asl.TrialCaught):
		return "catches " + name + " and goes to " + orEnd(next)
	case string(asl.TrialRetriable):
		return "tries again after " + name
	}
	return "fails with " + name + ": " + shortened(cause)
}

func orEnd(next string) string {
	if next == "" {
		return "the end"
	}
	return next
}

func shortened(text string) string {
	const most = 300
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "..."
	}
	return text
}

var eventRE = regexp.MustCompile(`event id #[0-9]+`)

// unnumbered leaves out the number of an event, which no attempt alone has.
func unnumbered(text string) string { return eventRE.ReplaceAllString(text, "event") }

// same compares a JSON value with what is expected, which may be of two values.
func same(first, second, got json.RawMessage) bool {
	var a, b, c any
	if json.Unmarshal(first, &a) != nil || json.Unmarshal(second, &b) != nil || json.Unmarshal(got, &c) != nil {
		return len(first) == 0 && len(got) == 0
	}
	return alikeValues(a, b, c)
}

func alikeValues(first, second, got any) bool {
	if object, is := first.(map[string]any); is {
		other, _ := second.(map[string]any)
		its, _ := got.(map[string]any)
		if len(object) != len(its) {
			return false
		}
		for name, value := range object {
			found, is := its[name]
			if !is || !alikeValues(value, other[name], found) {
				return false
			}
		}
		return true
	}
	if list, is := first.([]any); is {
		other, _ := second.([]any)
		its, is := got.([]any)
		if !is || len(list) != len(its) {
			return false
		}
		for i, value := range list {
			var twin any
			if i < len(other) {
				twin = other[i]
			}
			if !alikeValues(value, twin, its[i]) {
				return false
			}
		}
		return true
	}
	if !reflect.DeepEqual(first, second) {
		return reflect.TypeOf(first) == reflect.TypeOf(got)
	}
	text, isText := first.(string)
	its, also := got.(string)
	if isText && also {
		return unnumbered(text) == unnumbered(its)
	}
	return reflect.DeepEqual(first, got)
}
