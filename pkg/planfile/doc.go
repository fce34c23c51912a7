// Package planfile reads lifeboat.yaml: strictly, with the position of every
// problem, and all of them in one go. What is not part of the plan's grammar
// (the yaml tags of pkg/plan's types) is refused, never ignored.
package planfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	_ "time/tzdata" // time zones are checked on machines without the zone files, too
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// maxBytes bounds a plan file; ten thousand databases take about 5 MiB.
const maxBytes = 64 << 20

// Problem is a plan's problem with its position. Line and Column count from 1;
// 0 means the file as a whole.
type Problem struct {
	plan.Problem
	File         string
	Line, Column int
}

func (p Problem) String() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s", p.File, p.Problem)
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Problem)
}

// Problems is the error of a plan that cannot be used: every problem, in the
// order of the file.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Loaded is a plan that can be used.
type Loaded struct {
	Plan plan.Plan // normalised, and with its paths as they are written
	Hash string    // the same wherever the file lies
	// Folder is the absolute folder of the file: relative paths of the plan
	// start there. Empty for a plan from memory.
	Folder string
	// Warnings are what is allowed, and most likely not meant.
	// Those behind the first Declared are the budget's.
	Warnings Problems
	Declared int
	// Budget is how much data and time a loss would cost at worst, by the plan
	// alone: see Judge.
	Budget budget.Report

	places *decoder
}

// Load reads a plan file. The error is Problems where the file can be read.
func Load(path string) (*Loaded, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	loaded, err := Parse(path, data)
	if err != nil {
		return nil, err
	}
	loaded.Folder, err = filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("find the folder of the plan: %w", err)
	}
	return loaded, nil
}

// readFile reads a little more than a plan may have, and no more.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	return data, nil
}

// Parse reads a plan from memory; name stands in front of the problems.
func Parse(name string, data []byte) (*Loaded, error) {
	p, d, err := read(name, data)
	if err != nil {
		return nil, err
	}
	d.warnOfFlatKeys(d.flatKeys())
	for _, warning := range p.Warnings() {
		d.semantic(warning)
	}
	loaded := &Loaded{Plan: p.Normalised(), Hash: p.Hash(), places: d}
	declared := d.taken()
	loaded.Budget, loaded.Warnings, err = loaded.Judge(nil)
	if err != nil {
		return nil, err
	}
	loaded.Warnings, loaded.Declared = append(declared, loaded.Warnings...), len(declared)
	return loaded, nil
}

// read gives a plan that can be used, and where its parts stand.
func read(name string, data []byte) (plan.Plan, *decoder, error) {
	var p plan.Plan
	whole := func(what, why, hint string) (plan.Plan, *decoder, error) {
		return p, nil, Problems{{File: name, Problem: plan.Problem{What: what, Why: why, Hint: hint}}}
	}
	switch {
	case len(data) > maxBytes:
		return whole(fmt.Sprintf("the file is larger than %d MiB", maxBytes>>20), "no plan is", "is it the right file?")
	case !utf8.Valid(data):
		return whole("the file is not UTF-8 text", "", "save it as UTF-8")
	}
	root, err := readNode(data)
	if err != nil {
		return whole(err.Error(), "", "lifeboat.yaml is YAML, one document")
	}
	if root == nil {
		return whole("the file is empty", "", "start with examples/local/lifeboat.yaml")
	}
	d := newDecoder(name)
	d.decode(root, &p)
	d.bothForms()
	for _, problem := range p.Validate() {
		d.semantic(problem)
	}
	if problems := d.taken(); len(problems) > 0 {
		return p, nil, problems
	}
	return p, d, nil
}

// readNode parses exactly one YAML document; nil for an empty one.
func readNode(data []byte) (root *yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil { // the parser should not, and a plan must never crash it
			root, err = nil, fmt.Errorf("the YAML cannot be read: %v", p)
		}
	}()
	dec := yaml.NewDecoder(strings.NewReader(string(data)))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one YAML document")
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	return doc.Content[0], nil
}
