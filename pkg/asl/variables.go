package asl

import "encoding/json"

// variables are those of one scope. An inner scope sees the outer ones and
// cannot change them; what it assigns itself is gone with it:
// https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
type variables struct {
	outer  *variables
	values map[string]json.RawMessage
}

func (v *variables) assign(name string, value json.RawMessage) {
	if v.values == nil {
		v.values = map[string]json.RawMessage{}
	}
	v.values[name] = value
}

// all returns every visible variable by name.
func (v *variables) all() map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	for scope := v; scope != nil; scope = scope.outer {
		for name, value := range scope.values {
			if _, hidden := out[name]; !hidden {
				out[name] = value
			}
		}
	}
	return out
}
