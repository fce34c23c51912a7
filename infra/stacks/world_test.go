package stacks_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/authz"
	"github.com/lifeboat-dr/lifeboat/pkg/world/template"
)

// One process answers for all tests.
var (
	evaluating sync.Once
	evaluator  *authz.Evaluator
	evaluation error
)

func theEvaluator(t *testing.T) *authz.Evaluator {
	t.Helper()
	evaluating.Do(func() { evaluator, evaluation = authz.Start("../..") })
	if evaluation != nil {
		t.Fatal(evaluation)
	}
	return evaluator
}

func stopEvaluator() {
	if evaluator != nil {
		_ = evaluator.Close() // the process ends with this one
	}
}

// open makes the world of a deployment. Whatever AWS would refuse in it fails the
// test.
func open(t *testing.T, folder string, change func(*template.Options)) *template.World {
	t.Helper()
	w, err := deploy(t, folder, change)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func deploy(t *testing.T, folder string, change func(*template.Options)) (*template.World, error) {
	t.Helper()
	assembly, err := cfn.ReadAssembly(folder)
	if err != nil {
		t.Fatal(err)
	}
	o := template.Options{Assembly: assembly, Evaluator: theEvaluator(t), Seed: 1, StandIns: true}
	if change != nil {
		change(&o)
	}
	return template.Open(o)
}

// object is a part of a template as JSON has it.
type object = map[string]any

// edited is a copy of an assembly with its templates changed: resources of all
// stacks by their logical ids.
func edited(t *testing.T, folder string, change func(resources object)) string {
	t.Helper()
	copied := t.TempDir()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() {
			if err := os.Symlink(filepath.Join(folder, e.Name()), filepath.Join(copied, e.Name())); err != nil {
				t.Fatal(err)
			}
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if matched, _ := filepath.Match("*.template.json", e.Name()); matched {
			text = changed(t, text, change)
		}
		if err := os.WriteFile(filepath.Join(copied, e.Name()), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return copied
}

func changed(t *testing.T, text []byte, change func(object)) []byte {
	t.Helper()
	var whole object
	if err := json.Unmarshal(text, &whole); err != nil {
		t.Fatal(err)
	}
	change(whole["Resources"].(object))
	text, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
