package sim

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/functions/kinds"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
)

func exampleWorld(t *testing.T) *World {
	t.Helper()
	loaded, err := planfile.Load("../../../examples/rds/lifeboat.yaml")
	if err != nil {
		t.Fatal(err)
	}
	w, err := Open(Options{Plan: loaded.Plan, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestEveryFunctionIsWired(t *testing.T) {
	wired := slices.Sorted(maps.Keys(Wires(exampleWorld(t).openers)))
	if diff := cmp.Diff(slices.Sorted(slices.Values(deployed.Functions)), wired); diff != "" {
		t.Errorf("(-deployed +wired):\n%s", diff)
	}
}

// A function that lacks a setting says at its start which one; and a setting
// that no function lacks is one that nobody reads.
func TestMissingSettings(t *testing.T) {
	w := exampleWorld(t)
	read := map[string]bool{}
	set := w.names.of().Environment(deployed.Settings{})
	for name, wire := range Wires(w.openers) {
		for missing := range set {
			env := w.env(name, packagedPlan(w))
			found := env.Getenv
			env.Getenv = func(variable string) string {
				if variable == missing {
					return ""
				}
				return found(variable)
			}
			_, err := wire(env)
			if err == nil {
				continue
			}
			read[missing] = true
			if !strings.Contains(err.Error(), missing) {
				t.Errorf("%s without %s: %v", name, missing, err)
			}
		}
	}
	for variable := range set {
		if !read[variable] {
			t.Errorf("nobody reads %s", variable)
		}
	}
}

// Exactly those functions ask for the plan that get it.
func TestWhoReadsThePlan(t *testing.T) {
	w := exampleWorld(t)
	var asked []string
	for name, wire := range Wires(w.openers) {
		env := w.env(name, packagedPlan(w))
		packaged := env.ReadFile
		env.ReadFile = func(file string) ([]byte, error) {
			if file == deployed.PlanFile {
				asked = append(asked, name)
			}
			return packaged(file)
		}
		if _, err := wire(env); err != nil {
			t.Error(err)
		}
	}
	slices.Sort(asked)
	if diff := cmp.Diff(slices.Sorted(slices.Values(deployed.ReadPlan)), asked); diff != "" {
		t.Errorf("(-packaged +asked):\n%s", diff)
	}
}

// A kind that deployments drill can be rehearsed, has an adapter in every function
// and a way to its copies.
func TestEveryKindIsWired(t *testing.T) {
	w := exampleWorld(t)
	drilled := slices.Sorted(slices.Values(plan.KindNames(plan.DrilledOnAWS)))
	settings := w.env(deployed.ValidateData, packagedPlan(w)).Settings()
	for what, wired := range map[string][]string{
		"rehearsed": slices.Sorted(maps.Keys(simulated)),
		"adapters":  kinds.Removers(settings).Kinds(),
		"logins":    kinds.LoginMakers(settings).Kinds(),
		"openers":   w.openers(settings).Kinds(),
	} {
		if diff := cmp.Diff(drilled, wired); diff != "" {
			t.Errorf("%s (-drilled +wired):\n%s", what, diff)
		}
	}
}
