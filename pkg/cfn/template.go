// Package cfn reads what a synthesis of the CDK wrote, the cloud assembly and its
// CloudFormation templates, without the CDK: what is deployed is what stands
// there, so whoever wants to know what a function, a role or a schedule will be
// takes it from here and sets nothing by hand.
package cfn

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
)

// Template is one stack.
type Template struct {
	Resources map[string]Resource
	Outputs   map[string]struct {
		Value  any
		Export struct{ Name any }
	}
	// Where gives the pseudo parameters their values.
	Where Where `json:"-"`
	// Exports are what other stacks of the deployment hand over, by the name of
	// the export.
	Exports map[string]string `json:"-"`
	// Name of the stack; it is part of the names that CloudFormation makes up.
	Name string `json:"-"`
	// Made is what Ref gives of resources whose name is known only when they are
	// made, by the logical id: the number of a function's version. Nil: the first.
	Made map[string]string `json:"-"`

	// Source is the text that the template was read from.
	Source []byte `json:"-"`

	// Sections that this package does not read.
	Conditions, Mappings, Transform any

	assets map[string]string // folders, by bucket/key
}

// Resource is one of a template, with its intrinsic functions.
type Resource struct {
	Type           string
	Properties     map[string]any
	DependsOn      any
	DeletionPolicy string
	// UpdateReplacePolicy is what becomes of it where another takes its place.
	UpdateReplacePolicy string
	Condition           any // not read
}

// Where a stack is deployed.
type Where struct{ Partition, Region, Account string }

// Read reads a template that was synthesized to a file.
func Read(file string, where Where) (Template, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return Template{}, fmt.Errorf("read the template: %w", err)
	}
	t := Template{Where: where, Source: text}
	if err := json.Unmarshal(text, &t); err != nil {
		return Template{}, fmt.Errorf("the template %s: %w", file, err)
	}
	return t, nil
}

// Of are the logical ids of a type's resources, in order.
func (t Template) Of(kind string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(t.Resources)), func(id string) bool { return t.Resources[id].Type != kind })
}

// Unread are the sections of the template that change what its resources are, and
// that this package does not read.
func (t Template) Unread() (list []string) {
	for name, section := range map[string]any{"Conditions": t.Conditions, "Mappings": t.Mappings, "Transform": t.Transform} {
		if section != nil {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// DependsOnIDs are the logical ids that a resource waits for.
func (r Resource) DependsOnIDs() (ids []string) {
	list, is := r.DependsOn.([]any)
	if !is {
		list = []any{r.DependsOn}
	}
	for _, each := range list {
		if id, is := each.(string); is {
			ids = append(ids, id)
		}
	}
	return ids
}

// Unfit are the outputs that cannot be resolved: CloudFormation refuses the whole
// template then.
func (t Template) Unfit() (problems []error) {
	for _, name := range slices.Sorted(maps.Keys(t.Outputs)) {
		if _, err := t.Text(t.Outputs[name].Value); err != nil {
			problems = append(problems, fmt.Errorf("the output %s: %w", name, err))
		}
	}
	return problems
}

// Exported are the values that this stack hands over, by the name of the export.
func (t Template) Exported() (map[string]string, error) {
	values := map[string]string{}
	for _, output := range t.Outputs {
		if output.Export.Name == nil {
			continue
		}
		name, err := t.Text(output.Export.Name)
		if err != nil {
			return nil, err
		}
		if values[name], err = t.Text(output.Value); err != nil {
			return nil, err
		}
	}
	return values, nil
}
