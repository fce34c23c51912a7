package account

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
)

// way is one in which a state is left.
type way struct {
	trial asl.Trial
	tried asl.Tried // by the engine
}

// ways of a machine, by state: those that rehearsals went, those that its Retries
// and Catches lead, and from there on those of states that no rehearsal came to.
type ways struct {
	machine *asl.Machine
	list    map[string][]way
}

// waysOf a machine, from the visits of rehearsals.
func waysOf(machine *asl.Machine, visits []asl.Visit) ways {
	w := ways{machine, map[string][]way{}}
	for _, v := range visits {
		w.add(v.Trial)
	}
	for _, state := range machine.States() {
		w.unhappy(state)
	}
	for again := true; again; {
		again = false
		for _, state := range machine.States() {
			for _, each := range w.list[state] {
				if next := each.tried.Next; next != "" && len(w.list[next]) == 0 {
					again = w.borrow(next, each.tried.Output, each.tried.Variables, each.trial.Context) || again
				}
			}
		}
	}
	return w
}

// add a way, unless the like is there, or the engine cannot go it alone: then an
// expression failed before anything was asked.
func (w *ways) add(t asl.Trial) bool {
	tried, err := w.machine.Try(t)
	if err != nil {
		return false
	}
	one := asl.Visit{Trial: t, Tried: tried}
	if slices.ContainsFunc(w.list[t.State], func(known way) bool { return alike(asl.Visit{Trial: known.trial, Tried: known.tried}, one) }) {
		return false
	}
	w.list[t.State] = append(w.list[t.State], way{t, tried})
	return true
}

// unhappy adds what each Retry and each Catch of a state does that no rehearsal
// needed.
func (w *ways) unhappy(state string) {
	about, _ := w.machine.About(state)
	if len(w.list[state]) == 0 || !about.Mockable {
		return
	}
	base := w.list[state][0].trial
	for i, names := range about.Retriers {
		for _, name := range names {
			t := failing(base, about, name)
			if tried, err := w.machine.Try(t); err == nil && tried.Retrier == i {
				w.add(t)
				break
			}
		}
	}
	for i, c := range about.Catchers {
		if slices.ContainsFunc(w.list[state], func(known way) bool { return known.tried.Catcher == i }) {
			continue
		}
		for _, name := range c.Errors {
			if t, is := w.caught(failing(base, about, name), i); is {
				w.add(t)
				break
			}
		}
	}
}

// caught is the attempt after whose retries a catcher takes the error.
func (w *ways) caught(t asl.Trial, catcher int) (asl.Trial, bool) {
	for ; t.Retries < 100; t.Retries++ {
		tried, err := w.machine.Try(t)
		if err != nil {
			break
		}
		if tried.Status != asl.TrialRetriable {
			return t, tried.Catcher == catcher
		}
	}
	return t, false
}

// anError stands for whatever no other name does.
const anError = "LifeboatDoctorAsks"

// failing is a trial with an error that a list of names stands for.
func failing(base asl.Trial, about asl.About, name string) asl.Trial {
	if name == "States.ALL" || name == "States.TaskFailed" {
		name = anError
	}
	base.Retries, base.Mock = 0, &asl.Mock{Failure: &asl.Failure{Error: name, Cause: "asked by lifeboat doctor"}}
	if len(about.Inner) > 0 {
		base.Mock.CausedBy = about.Inner[0]
	}
	return base
}

// borrow tries a state that no rehearsal came to, with what another hands on.
func (w *ways) borrow(state string, input json.RawMessage, variables map[string]json.RawMessage, context json.RawMessage) bool {
	about, _ := w.machine.About(state)
	t := asl.Trial{State: state, Input: input, Variables: variables, Context: context}
	switch {
	case about.Type == "Task":
		t.Mock = &asl.Mock{Result: json.RawMessage(`{"Payload":{},"StatusCode":200}`)}
	case about.Mockable:
		return false // what its branches come to is not known
	}
	if !w.add(t) {
		return false
	}
	w.unhappy(state)
	return true
}

// lend gives states that nothing leads to what the visit with the most variables
// had: that of a state whose choice this plan never makes.
func (w *ways) lend() {
	var richest *asl.Trial
	for _, state := range w.machine.States() {
		for i := range w.list[state] {
			if t := &w.list[state][i].trial; t.Mock != nil && (richest == nil || len(t.Variables) > len(richest.Variables)) {
				richest = t
			}
		}
	}
	if richest == nil {
		return
	}
	for _, state := range w.machine.States() {
		if len(w.list[state]) == 0 {
			w.borrow(state, richest.Input, richest.Variables, richest.Context)
		}
	}
}

// statesIn are the states of a definition as they are written, by name.
func statesIn(definition string) map[string]json.RawMessage {
	found := map[string]json.RawMessage{}
	var walk func(raw json.RawMessage)
	walk = func(raw json.RawMessage) {
		var members map[string]json.RawMessage
		var elements []json.RawMessage
		if json.Unmarshal(raw, &members) == nil {
			var states map[string]json.RawMessage
			if _, is := members["StartAt"]; is && json.Unmarshal(members["States"], &states) == nil {
				for name, state := range states {
					found[name] = state
				}
			}
			for _, member := range members {
				walk(member)
			}
		} else if json.Unmarshal(raw, &elements) == nil {
			for _, element := range elements {
				walk(element)
			}
		}
	}
	walk(json.RawMessage(definition))
	return found
}

var variableRE = regexp.MustCompile(`\$([A-Za-z_][A-Za-z0-9_]*)`)

// using keeps the variables that a state's text names: what it does not look at
// need not be told.
func using(variables map[string]json.RawMessage, state json.RawMessage) map[string]json.RawMessage {
	kept := map[string]json.RawMessage{}
	for _, m := range variableRE.FindAllStringSubmatch(string(state), -1) {
		if value, is := variables[m[1]]; is {
			kept[m[1]] = value
		}
	}
	return kept
}

var momentRE = regexp.MustCompile(`"[0-9]{4}(-[0-9]{2}-[0-9]{2}T)`)

// past moves every moment into the year 2000, which has all days: a Wait until
// then is over.
func past(raw json.RawMessage) json.RawMessage {
	return momentRE.ReplaceAll(raw, []byte(`"2000$1`))
}

// inThePast is a trial of a Wait that is over at once.
func inThePast(t asl.Trial) asl.Trial {
	t.Input = past(t.Input)
	moved := map[string]json.RawMessage{}
	for name, value := range t.Variables {
		moved[name] = past(value)
	}
	t.Variables = moved
	return t
}

// summary of ways: each with what leads there.
func summary(list []way) string {
	var texts []string
	for _, w := range list {
		texts = append(texts, strings.TrimSpace(cause(w.tried)+" -> "+end(w.tried)))
	}
	return strings.Join(texts, ", ")
}

// notLed says to which states none of the ways led: a choice that no rehearsal
// made.
func (w *ways) notLed(state string) string {
	about, _ := w.machine.About(state)
	var not []string
	for _, next := range about.Leads {
		if !slices.ContainsFunc(w.list[state], func(known way) bool { return known.tried.Next == next }) {
			not = append(not, next)
		}
	}
	if len(not) == 0 {
		return ""
	}
	return "; none led to " + strings.Join(not, ", ")
}

func cause(t asl.Tried) string {
	if t.Error == anError {
		return "any other error"
	}
	return t.Error
}

func end(t asl.Tried) string {
	switch {
	case t.Status == asl.TrialRetriable:
		return "again"
	case t.Status == asl.TrialFailed:
		return "failed"
	case t.Next == "":
		return "end"
	}
	return t.Next
}
