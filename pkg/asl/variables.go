package asl

import (
	"encoding/json"
	"fmt"
)

// Limits of variables:
// https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
const (
	maxAssignBytes    = 256 << 10 // all variables of one Assign, so each one too
	maxVariablesBytes = 10 << 20  // all that an execution holds
)

// variables are those of one scope. An inner scope sees the outer ones and
// cannot change them; what it assigns itself is gone with it:
// https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
type variables struct {
	outer  *variables
	values map[string]json.RawMessage
	total  *int // bytes of all variables of the execution
}

func (v *variables) assign(a assignedValue) {
	if v.values == nil {
		v.values = map[string]json.RawMessage{}
	}
	*v.total += len(a.value) - len(v.values[a.name])
	v.values[a.name] = a.value
}

// drop gives up the variables of a scope that has ended.
func (v *variables) drop() {
	for _, value := range v.values {
		*v.total -= len(value)
	}
	v.values = nil
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

// variablesFit checks values that are about to be assigned. The cause is ours:
// no recording shows AWS's.
func (v *visit) variablesFit(assigned []assignedValue) error {
	vars := v.f.vars
	size, total := 0, *vars.total
	for _, a := range assigned {
		size += len(a.value)
		total += len(a.value) - len(vars.values[a.name])
	}
	var what string
	switch {
	case size > maxAssignBytes:
		what = fmt.Sprintf("assigns variables of %d bytes, and %d is the limit of one state", size, maxAssignBytes)
	case total > maxVariablesBytes:
		what = fmt.Sprintf("brings the variables of the execution to %d bytes, and %d is the limit", total, maxVariablesBytes)
	default:
		return nil
	}
	return &runError{terminal: true, Failure: Failure{errDataLimit, fmt.Sprintf("The state '%s' %s.", v.st.name, what)}}
}
