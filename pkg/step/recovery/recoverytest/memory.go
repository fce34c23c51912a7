// Package recoverytest has what tests of recoveries share: a store in memory, whose
// writes can be made to fail before or after they have their effect, the suite that
// every store passes, and executions of the two machines in virtual time.
package recoverytest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// Memory is a store of recoveries in memory. What it returns is shared: nobody may
// change what a pointer in it points to.
type Memory struct {
	// Before is called before each write, which fails with its error and has no
	// effect; After once it has had its effect: the write's answer is the error. nil:
	// nothing goes wrong. They must not call the store.
	Before, After func(write string) error
	// Conflicts counts the writes that came second.
	Conflicts int

	mu     sync.Mutex
	runs   map[string]*kept
	claims map[string]string
	order  []string // of creation
}

type kept struct {
	run       recovery.Run
	steps     []recovery.Record // in the order of the plan
	databases map[string]drill.RecoveredDatabase
}

// NewMemory is an empty store.
func NewMemory() *Memory {
	return &Memory{runs: map[string]*kept{}, claims: map[string]string{}}
}

func (m *Memory) write(name string, do func() error) error {
	if m.Before != nil {
		if err := m.Before(name); err != nil {
			return err
		}
	}
	m.mu.Lock()
	err := do()
	if errors.Is(err, recovery.ErrConflict) {
		m.Conflicts++
	}
	m.mu.Unlock()
	if err != nil {
		return err
	}
	if m.After != nil {
		return m.After(name)
	}
	return nil
}

// Create writes a run. See recoverystep.Store.
func (m *Memory) Create(_ context.Context, run recovery.Run, steps []recovery.Record, databases []drill.RecoveredDatabase) error {
	return m.write("Create "+run.ID, func() error {
		if m.runs[run.ID] != nil {
			return nil
		}
		k := &kept{run: run, steps: slices.Clone(steps), databases: map[string]drill.RecoveredDatabase{}}
		slices.SortStableFunc(k.steps, func(a, b recovery.Record) int { return cmp.Compare(a.Number, b.Number) })
		for _, d := range databases {
			k.databases[d.Name] = d
		}
		m.runs[run.ID] = k
		m.order = append(m.order, run.ID)
		return nil
	})
}

func (m *Memory) kept(id string) (*kept, error) {
	if k := m.runs[id]; k != nil {
		return k, nil
	}
	return nil, fmt.Errorf("recovery %s: %w", id, recovery.ErrNoRun)
}

// Run reads the head of a run.
func (m *Memory) Run(_ context.Context, id string) (recovery.Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, err := m.kept(id)
	if err != nil {
		return recovery.Run{}, err
	}
	return k.run, nil
}

// Steps reads all steps of a run.
func (m *Memory) Steps(_ context.Context, id string) ([]recovery.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, err := m.kept(id)
	if err != nil {
		return nil, err
	}
	return slices.Clone(k.steps), nil
}

// Step reads one.
func (m *Memory) Step(_ context.Context, id string, number int) (recovery.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, err := m.kept(id)
	if err != nil {
		return recovery.Record{}, err
	}
	i, err := k.at(number)
	if err != nil {
		return recovery.Record{}, err
	}
	return k.steps[i], nil
}

func (k *kept) at(number int) (int, error) {
	i := slices.IndexFunc(k.steps, func(r recovery.Record) bool { return r.Number == number })
	if i < 0 {
		return 0, fmt.Errorf("recovery %s has no step %d: %w", k.run.ID, number, recovery.ErrNoRun)
	}
	return i, nil
}

// Database reads a database of a run.
func (m *Memory) Database(_ context.Context, id, name string) (drill.RecoveredDatabase, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, err := m.kept(id)
	if err != nil {
		return drill.RecoveredDatabase{}, err
	}
	d, found := k.databases[name]
	if !found {
		return drill.RecoveredDatabase{}, fmt.Errorf("recovery %s has no database %s: %w", id, name, recovery.ErrNoRun)
	}
	return d, nil
}

// PutRun writes on condition of the revision.
func (m *Memory) PutRun(_ context.Context, run recovery.Run) error {
	return m.write("PutRun "+run.ID, func() error {
		k, err := m.kept(run.ID)
		if err != nil {
			return err
		}
		if k.run.Revision != run.Revision {
			return fmt.Errorf("recovery %s: %w", run.ID, recovery.ErrConflict)
		}
		run.Revision++
		k.run = run
		return nil
	})
}

// PutStep writes on condition of the revision.
func (m *Memory) PutStep(_ context.Context, id string, step recovery.Record) error {
	return m.write(fmt.Sprintf("PutStep %s %s", step.Node.ID, step.Status.State), func() error {
		k, err := m.kept(id)
		if err != nil {
			return err
		}
		i, err := k.at(step.Number)
		if err != nil {
			return err
		}
		if k.steps[i].Revision != step.Revision {
			return fmt.Errorf("step %s of recovery %s: %w", step.Node.ID, id, recovery.ErrConflict)
		}
		step.Revision++
		k.steps[i] = step
		return nil
	})
}

// Claim takes a name for a run.
func (m *Memory) Claim(_ context.Context, name, run, instead string) (string, error) {
	holder := ""
	err := m.write("Claim "+name, func() error {
		if had := m.claims[name]; had == "" || had == instead {
			m.claims[name] = run
		}
		holder = m.claims[name]
		return nil
	})
	return holder, err
}

// Runs are the newest, newest first.
func (m *Memory) Runs(_ context.Context, atMost int) ([]recovery.Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var runs []recovery.Run
	for _, id := range m.order {
		runs = append(runs, m.runs[id].run)
	}
	slices.SortStableFunc(runs, func(a, b recovery.Run) int { return b.StartedAt.Compare(a.StartedAt) })
	return runs[:min(len(runs), atMost)], nil
}
