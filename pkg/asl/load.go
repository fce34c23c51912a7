package asl

import (
	"fmt"
	"regexp"
	"strings"
)

// LoadOption changes how Load reads a definition.
type LoadOption func(*loader)

// WithSubstitutions fills in ${Name}, as a deployment does. A name that is
// used and not given is a problem.
func WithSubstitutions(values map[string]string) LoadOption {
	return func(l *loader) { l.substitutions = values }
}

// WithOpenSubstitutions leaves ${Name} as it stands: the definition is only
// checked, drawn, or run without the tasks that need it.
func WithOpenSubstitutions() LoadOption {
	return func(l *loader) { l.open = true }
}

// Load reads and checks a definition in Amazon States Language with JSONata.
// The error is a *LoadError with every problem: whatever AWS would refuse, and
// every field and state type that this engine does not implement, by its path.
// Nothing is silently ignored.
func Load(definition []byte, options ...LoadOption) (*Machine, error) {
	l := &loader{}
	for _, option := range options {
		option(l)
	}
	if len(definition) > maxDefinitionBytes {
		l.problem("", fmt.Sprintf("the definition has %d bytes: AWS takes %d at most", len(definition), maxDefinitionBytes), "")
		return nil, &LoadError{l.problems}
	}
	text := l.substitute(string(definition))
	top, err := parseNode([]byte(text), func(path, what string) { l.problem(path, what, "keep one of them") })
	if err != nil {
		l.problem("", "not a JSON document: "+err.Error(), "")
		return nil, &LoadError{l.problems}
	}
	machine := l.machine(top)
	if machine != nil {
		l.names(machine.scope, "", map[string]string{}, map[string]string{})
	}
	if len(l.problems) > 0 {
		return nil, &LoadError{l.problems}
	}
	return machine, nil
}

const (
	maxDefinitionBytes = 1 << 20 // https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
	maxStateName       = 80      // characters; Amazon States Language
)

type loader struct {
	substitutions map[string]string
	open          bool
	problems      []Problem
}

func (l *loader) problem(path, what, hint string) {
	l.problems = append(l.problems, Problem{Path: path, What: what, Hint: hint})
}

var substitutionRE = regexp.MustCompile(`\$\{([A-Za-z0-9_]+)\}`)

// Substitute fills in ${Name} in a definition, as a deployment does before Step
// Functions sees it; what has no value stays.
func Substitute(definition string, values map[string]string) string {
	return (&loader{substitutions: values}).substitute(definition)
}

func (l *loader) substitute(text string) string {
	if l.open {
		return text
	}
	missing := map[string]bool{}
	filled := substitutionRE.ReplaceAllStringFunc(text, func(use string) string {
		name := use[2 : len(use)-1]
		if value, ok := l.substitutions[name]; ok {
			quoted := string(quote(value))
			return quoted[1 : len(quoted)-1]
		}
		if !missing[name] {
			missing[name] = true
			l.problem("", fmt.Sprintf("the substitution ${%s} has no value", name), "pass one, or correct the name")
		}
		return use
	})
	return filled
}

func (l *loader) machine(top *node) *Machine {
	if !top.object {
		l.problem("", "a state machine is a JSON object, this is "+article(top.kind()), "")
		return nil
	}
	f := l.fields(top, "")
	m := &Machine{comment: f.text("Comment"), timeoutSeconds: f.seconds("TimeoutSeconds")}
	language := f.text("QueryLanguage")
	f.text("Version")
	if v := top.get("Version"); v != nil && string(v.raw()) != `"1.0"` {
		l.problem("Version", "the version of Amazon States Language must be \"1.0\"", "")
	}
	if language == "" {
		language = "JSONPath" // as AWS has it
	}
	m.scope = l.scope(f, "", language)
	f.done()
	return m
}

// scope reads StartAt and States, which f may hold beside other fields.
func (l *loader) scope(f *fields, path, language string) *stateScope {
	s := &stateScope{startAt: f.requiredText("StartAt"), states: map[string]*state{}}
	states := f.take("States")
	if states == nil || !states.object || len(states.keys) == 0 {
		l.problem(join(path, "States"), "at least one state is needed, as an object with the states by name", "")
		return s
	}
	for _, name := range states.keys {
		statePath := join(join(path, "States"), name)
		if len([]rune(name)) > maxStateName {
			l.problem(statePath, fmt.Sprintf("the name of a state may have %d characters", maxStateName), "shorten it")
		}
		if st := l.state(states.members[name], name, statePath, language); st != nil {
			s.states[name] = st
		}
		s.order = append(s.order, name)
	}
	l.connected(s, path, states)
	return s
}

// connected checks every transition of a scope, and that every state can be
// reached.
func (l *loader) connected(s *stateScope, path string, states *node) {
	target := func(at, name string) {
		if name != "" && states.members[name] == nil {
			l.problem(at, fmt.Sprintf("there is no state %q in this scope", name), "the states are: "+strings.Join(s.order, ", "))
		}
	}
	target(join(path, "StartAt"), s.startAt)
	reached := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		st := s.states[name]
		if reached[name] || st == nil {
			reached[name] = true
			return
		}
		reached[name] = true
		for _, next := range st.targets() {
			visit(next.name)
		}
	}
	visit(s.startAt)
	for _, name := range s.order {
		statePath := join(join(path, "States"), name)
		if st := s.states[name]; st != nil {
			for _, next := range st.targets() {
				target(join(statePath, next.field), next.name)
			}
		}
		if !reached[name] {
			l.problem(statePath, "no transition leads to this state", "remove it, or name it in a Next")
		}
	}
}

type transition struct{ field, name string }

// targets are the transitions out of a state, in the order of the fields.
func (st *state) targets() []transition {
	var out []transition
	if st.next != "" {
		out = append(out, transition{"Next", st.next})
	}
	for i, c := range st.choices {
		out = append(out, transition{fmt.Sprintf("Choices[%d].Next", i), c.next})
	}
	if st.fallback != "" {
		out = append(out, transition{"Default", st.fallback})
	}
	for i, c := range st.catch {
		out = append(out, transition{fmt.Sprintf("Catch[%d].Next", i), c.next})
	}
	return out
}

func article(kind string) string {
	if kind == "array" || kind == "object" {
		return "an " + kind
	}
	return "a " + kind
}
