package recoverystep_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step/recovery/recoverytest"
)

var midnight = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// model is a Work: every step takes a while, and makes something.
type model struct {
	t     *testing.T
	m     *recoverytest.Machines
	takes map[string]time.Duration // default 5 minutes
	fails map[string]int           // so many attempts fail
	begun map[string]int           // by step and attempt
	live  bool                     // what it makes is no throwaway
}

type progress struct {
	Until time.Time `json:"until"`
}

func (w *model) Do(ctx context.Context, job recoverystep.Job) (recoverystep.Progress, error) {
	id := job.Step.Node.ID
	made := recovery.Resource{Kind: "thing", ID: id, Throwaway: !w.live}
	if job.State == nil {
		w.begin(ctx, job)
		if !w.live {
			w.m.Make(made)
		}
		takes, set := w.takes[id]
		if !set {
			takes = 5 * time.Minute
		}
		until := job.Now.Add(takes)
		state, err := json.Marshal(progress{until})
		return recoverystep.Progress{Next: recoverystep.Again, State: state, NextAt: &until, Result: &recovery.Result{Says: "begun", Resources: []recovery.Resource{made}}}, err
	}
	var p progress
	if err := json.Unmarshal(job.State, &p); err != nil {
		return recoverystep.Progress{}, err
	}
	if job.Now.Before(p.Until) {
		return recoverystep.Progress{Next: recoverystep.Again, State: job.State, NextAt: &p.Until}, nil
	}
	if w.fails[id] > 0 {
		w.fails[id]--
		return recoverystep.Progress{}, &drill.Error{Name: drill.RestoreFailed, What: id + " broke", Hint: "mend it"}
	}
	return recoverystep.Progress{Next: recoverystep.Done, Result: &recovery.Result{Says: "done", Resources: []recovery.Resource{made}}}, nil
}

// begin checks what must always hold: no attempt is done twice, and none before what
// it comes after.
func (w *model) begin(ctx context.Context, job recoverystep.Job) {
	key := fmt.Sprintf("%s#%d", job.Step.Node.ID, job.Step.Status.Attempt)
	w.begun[key]++
	if w.begun[key] > 1 {
		w.t.Errorf("%s was done %d times", key, w.begun[key])
	}
	steps, err := w.m.Store.Steps(ctx, job.Run.ID)
	if err != nil {
		w.t.Error(err)
	}
	for _, s := range steps {
		if slices.Contains(job.Step.Node.After, s.Node.ID) && !s.Status.State.Lets() {
			w.t.Errorf("%s began, and %s is %s", key, s.Node.ID, s.Status.State)
		}
	}
}

// planOf steps, each "a" or "b < a, c".
func planOf(after map[string][]string, order ...string) recoverystep.Planned {
	p := recoverystep.Planned{
		Deployment: "test", Workloads: []recovery.Workload{{Name: "w", RTOSeconds: 24 * 3600}}, PlanHash: "hash",
		DecisionSeconds: map[recovery.Mode]float64{recovery.Exercise: 600, recovery.Failover: 3600},
	}
	for i, name := range order {
		r := recovery.Record{
			Number: i + 1, Node: recovery.Node{ID: "w/" + name, Kind: "model"}, Status: recovery.Status{State: recovery.Waiting, Attempt: 1},
			Spec: recovery.Spec{Workload: "w", TimeoutSeconds: 3600},
		}
		for _, a := range after[name] {
			r.Node.After = append(r.Node.After, "w/"+a)
		}
		p.Steps = append(p.Steps, r)
	}
	return p
}

// diamond is a before b and c, both before d; e stands alone.
func diamond() recoverystep.Planned {
	return planOf(map[string][]string{"b": {"a"}, "c": {"a"}, "d": {"b", "c"}}, "a", "b", "c", "d", "e")
}

func newModel(t *testing.T, plan recoverystep.Planned) (*recoverytest.Machines, *model) {
	t.Helper()
	w := &model{t: t, takes: map[string]time.Duration{}, fails: map[string]int{}, begun: map[string]int{}}
	m, err := recoverytest.NewMachines(midnight, plan, recoverystep.Works{"model": w})
	if err != nil {
		t.Fatal(err)
	}
	w.m = m
	return m, w
}

func run(t *testing.T, m *recoverytest.Machines, input any) *asl.Result {
	t.Helper()
	r, err := m.Run("run-1", input)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// states of all steps, by name.
func states(t *testing.T, m *recoverytest.Machines) map[string]recovery.State {
	t.Helper()
	steps, err := m.Store.Steps(context.Background(), "run-1")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]recovery.State{}
	for _, s := range steps {
		got[s.Node.ID[2:]] = s.Status.State
	}
	return got
}

func entered(r *asl.Result) []string {
	var names []string
	for _, e := range r.Events {
		if e.IsEntered() {
			names = append(names, e.StateName())
		}
	}
	return names
}

func ending(r *asl.Result) string {
	if r.Status == asl.Succeeded {
		var out struct{ Ending, Outcome string }
		_ = json.Unmarshal(r.Output, &out)
		return out.Ending + out.Outcome
	}
	return r.Error
}
