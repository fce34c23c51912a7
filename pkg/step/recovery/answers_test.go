package recoverystep_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step/recovery/recoverytest"
)

// asking is a Work that asks everybody there is, one after the other.
type asking struct{ heard []recoverystep.Answered }

func (w *asking) Do(_ context.Context, job recoverystep.Job) (recoverystep.Progress, error) {
	asks := []recoverystep.Progress{
		{Next: recoverystep.Call, Function: "arn:aws:lambda:eu-central-1:111122223333:function:warm", Payload: json.RawMessage(`{"to":"function"}`)},
		{Next: recoverystep.AskCopy, Payload: json.RawMessage(`{"to":"copy"}`)},
		{Next: recoverystep.AskThere, Payload: json.RawMessage(`{"to":"recovered"}`)},
	}
	var at int
	if job.State != nil {
		var answer recoverystep.Answered
		if err := json.Unmarshal(job.State, &answer); err != nil {
			return recoverystep.Progress{}, err
		}
		if err := json.Unmarshal(answer.Before, &at); err != nil {
			return recoverystep.Progress{}, err
		}
		answer.Before = nil
		w.heard = append(w.heard, answer)
	}
	if at == len(asks) {
		return recoverystep.Progress{Next: recoverystep.Done, Result: &recovery.Result{Says: "asked"}}, nil
	}
	next := asks[at]
	next.State, _ = json.Marshal(at + 1)
	return next, nil
}

func asked(t *testing.T, answer func(json.RawMessage) (json.RawMessage, error)) []recoverystep.Answered {
	t.Helper()
	w := &asking{}
	m, err := recoverytest.NewMachines(midnight, planOf(nil, "a"), recoverystep.Works{"model": w})
	if err != nil {
		t.Fatal(err)
	}
	m.Function = answer
	m.Query = func(_ context.Context, payload json.RawMessage) (json.RawMessage, error) { return answer(payload) }
	if r := run(t, m, map[string]any{}); ending(r) != "Passed" {
		t.Fatalf("%s: %s", ending(r), r.Cause)
	}
	return w.heard
}

// What a step asks comes back to it, with what it knew before.
func TestAnswers(t *testing.T) {
	got := asked(t, func(payload json.RawMessage) (json.RawMessage, error) { return payload, nil })
	want := []recoverystep.Answered{
		{Answer: json.RawMessage(`{"to":"function"}`)}, {Answer: json.RawMessage(`{"to":"copy"}`)}, {Answer: json.RawMessage(`{"to":"recovered"}`)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// That nobody answered is an answer too.
func TestNoAnswer(t *testing.T) {
	for _, a := range asked(t, func(json.RawMessage) (json.RawMessage, error) {
		return nil, &drill.Error{Name: drill.ValidationImpossible, What: "nobody is there", Err: errors.New("connection refused")}
	}) {
		if string(a.Answer) != "null" || a.Error != string(drill.ValidationImpossible) || a.Cause == "" {
			t.Errorf("heard %+v", a)
		}
	}
}

// An exercise leaves out what the plan says, and does not look like a proof.
func TestLeftOutOfExercises(t *testing.T) {
	plan := planOf(nil, "a")
	plan.Steps[0].Spec.NotInExercise = true
	for mode, input := range map[recovery.Mode]any{
		recovery.Exercise: map[string]any{}, recovery.Failover: map[string]any{"mode": "failover", "confirm": "test"},
	} {
		m, w := newModel(t, plan)
		w.live = true
		run(t, m, input)
		unproven := m.Reports[0].Steps[0].Status.Result.Unproven
		if left := mode == recovery.Exercise; left != (unproven != "") || left != (len(w.begun) == 0) {
			t.Errorf("%s: unproven %q, begun %v", mode, unproven, w.begun)
		}
	}
}

// A failover that nobody can follow any more goes on by itself, and a person looks.
func TestFailoverIsLost(t *testing.T) {
	m, w := newModel(t, planOf(nil, "a"))
	w.live = true
	w.takes["w/a"] = 50 * time.Minute
	broken := m.Steps()
	broken.StartReady.Store = &deafAfter{Store: m.Store, m: m, at: midnight.Add(10 * time.Minute)}
	m.Wire(broken)
	r := run(t, m, map[string]any{"mode": "failover", "confirm": "test"})
	if ending(r) != "FailureDirty" {
		t.Errorf("%s: %s", ending(r), r.Cause)
	}
	if got := states(t, m)["a"]; got != recovery.Succeeded {
		t.Errorf("the step is %s", got)
	}
	m.Wire(m.Steps())
	again, err := m.Run("again", recovery.Request{Resume: "run-1"})
	if err != nil {
		t.Fatal(err)
	}
	if ending(again) != "Passed" {
		t.Errorf("resumed: %s: %s", ending(again), again.Cause)
	}
}

type deafAfter struct {
	recoverystep.Store
	m  *recoverytest.Machines
	at time.Time
}

func (d *deafAfter) Run(ctx context.Context, id string) (recovery.Run, error) {
	if d.m.Clock.Now().After(d.at) {
		return recovery.Run{}, errors.New("no answer")
	}
	return d.Store.Run(ctx, id)
}

// halfway makes something, and fails.
type halfway struct{ hint string }

func (w halfway) Do(context.Context, recoverystep.Job) (recoverystep.Progress, error) {
	result := recovery.Result{Says: "half of it", Resources: []recovery.Resource{{Kind: "cloudwatch:alarm", ID: "one"}}, Checks: []recovery.CheckResult{{Name: "first", Passed: true}}}
	return recoverystep.Progress{Result: &result}, &drill.Error{Name: drill.ProtectionFailed, What: "the second cannot be made", Err: errors.New("denied"), Hint: w.hint}
}

// What a step had made and found when it failed is in the record, though an error
// carries nothing but words.
func TestWhatWasMadeBeforeAFailureIsOnRecord(t *testing.T) {
	m, err := recoverytest.NewMachines(midnight, planOf(nil, "a"), recoverystep.Works{"model": halfway{"mend it"}})
	if err != nil {
		t.Fatal(err)
	}
	r := run(t, m, map[string]any{"mode": "failover", "confirm": "test"})
	status := m.Reports[0].Steps[0].Status
	if status.State != recovery.Failed || status.Result == nil || len(status.Result.Resources) != 1 || len(status.Result.Checks) != 1 {
		t.Fatalf("%+v", status)
	}
	if f := status.Failure; f == nil || f.Error != string(drill.ProtectionFailed) || f.Hint != "mend it" || f.Cause == "" {
		t.Errorf("%+v", f)
	}
	if ending(r) != "FailureDirty" {
		t.Errorf("an alarm was made: %s", ending(r))
	}
}
