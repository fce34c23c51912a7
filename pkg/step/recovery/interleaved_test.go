package recoverystep_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
)

// Every write takes a while, so that all functions run into each other between what
// they read and what they write; some answers are lost; some steps fail and are
// retried. No step is done twice, none too early, none is forgotten.
func TestFunctionsRunIntoEachOther(t *testing.T) {
	conflicts := 0
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 15)) //nolint:gosec // repeatable on purpose
			m, w := newModel(t, randomPlan(r))
			for _, s := range m.Plan.Steps {
				w.takes[s.Node.ID] = time.Duration(1+r.IntN(60)) * time.Second
				if r.IntN(8) == 0 {
					w.fails[s.Node.ID] = 1
				}
			}
			m.Store.Before = func(string) error {
				m.Clock.Sleep(time.Duration(r.IntN(1500)) * time.Millisecond)
				if r.IntN(60) == 0 {
					return &drill.Error{Name: drill.Transient, What: "no answer"}
				}
				return nil
			}
			m.Store.After = func(string) error {
				m.Clock.Sleep(time.Duration(r.IntN(500)) * time.Millisecond)
				if r.IntN(60) == 0 {
					return &drill.Error{Name: drill.Transient, What: "its answer was lost"}
				}
				return nil
			}
			x, err := m.Start("run-1", map[string]any{})
			if err != nil {
				t.Fatal(err)
			}
			finished(t, m, x)
			conflicts += m.Store.Conflicts
			for name, s := range states(t, m) {
				if s != recovery.Succeeded {
					t.Errorf("%s is %s", name, s)
				}
			}
			if len(m.Left) != 0 || len(m.Reports) == 0 {
				t.Errorf("left %v, %d reports", m.Left, len(m.Reports))
			}
		})
	}
	if conflicts == 0 {
		t.Error("no two wrote the same: nothing was tested")
	}
	t.Logf("%d conflicts", conflicts)
}

func randomPlan(r *rand.Rand) recoverystep.Planned {
	n := 5 + r.IntN(16)
	after := map[string][]string{}
	var names []string
	for i := range n {
		name := fmt.Sprintf("s%02d", i)
		for _, earlier := range names {
			if r.IntN(n) < 3 {
				after[name] = append(after[name], earlier)
			}
		}
		names = append(names, name)
	}
	return planOf(after, names...)
}
