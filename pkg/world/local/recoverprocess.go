package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// lookEvery is how often the record is looked at: for whoever watches, and for what
// another process wrote into it.
const lookEvery = 100 * time.Millisecond

// stillEvery is how often whoever watches is told though nothing has changed.
const stillEvery = time.Second

// process is what this process does for one run: its executions are those of both
// machines, several children at once.
type process struct {
	*recoveryWorld
	id      string // of the run
	observe func(world.Recovery)

	mu       sync.Mutex
	children map[string]*asl.Execution // by name
	parents  map[string]*asl.Execution // by name
	newest   string                    // of the parents
	ended    chan struct{}             // gets a word when a parent ends
}

var _ recoverystep.Executions = (*process)(nil)

func (r *recoveryWorld) process(id string) *process {
	return &process{recoveryWorld: r, id: id, children: map[string]*asl.Execution{}, parents: map[string]*asl.Execution{}, ended: make(chan struct{}, 64)}
}

// run starts a parent, and works until all is done.
func (p *process) run(ctx context.Context, name string, request recoverystep.Request) (*world.RecoveryOutcome, error) {
	first := recoveryPrefix + p.id
	if err := p.running.open(first); err != nil {
		return nil, err
	}
	defer p.commands.stop()
	if request.Resume != "" && !request.Abort {
		if err := p.again(ctx); err != nil {
			return nil, errors.Join(err, p.running.abandon(first))
		}
	}
	if err := p.StartParent(ctx, name, request); err != nil {
		return nil, errors.Join(err, p.running.abandon(first))
	}
	last, err := p.follow(ctx)
	if err != nil {
		return nil, err
	}
	outcome := p.outcome(last)
	if outcome.Recovery != nil && outcome.Recovery.Run.ReportedAt == nil {
		return outcome, p.running.abandon(first) // it can be resumed
	}
	return outcome, p.running.settle(first)
}

// again starts the children of the steps that were under way when their process died:
// their work finds what was done, or begins anew.
func (p *process) again(ctx context.Context) error {
	steps, err := p.store.Steps(ctx, p.id)
	if err != nil {
		return err
	}
	for _, s := range steps {
		if s.Status.State != recovery.Running {
			continue
		}
		if err := p.StartStep(ctx, recovery.ChildName(p.id, s), recoverystep.ChildInput{Run: p.id, Step: s.Number, Attempt: s.Status.Attempt}); err != nil {
			return err
		}
	}
	return nil
}

// follow waits until no parent runs any more, tells how the run stands, and hands on
// what another process wrote. It returns what became of the newest parent. Where the
// record disappears it cleans up, and the error says so: see lost.
func (p *process) follow(ctx context.Context) (*asl.Result, error) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var seen seen
	stopped := ctx.Done()
	for {
		p.look(&seen)
		if result := p.over(); result != nil {
			p.look(&seen)
			if seen.trouble != nil {
				return nil, p.lost(context.WithoutCancel(ctx), seen)
			}
			return result, nil
		}
		if seen.trouble != nil && p.w.clock.Now().Sub(seen.since) >= lostAfter {
			return nil, p.lost(context.WithoutCancel(ctx), seen)
		}
		select {
		case <-p.ended:
		case <-tick.C:
		case <-stopped:
			stopped = nil
			p.abort(context.Cause(ctx))
		}
	}
}

// seen is what was looked at last.
type seen struct {
	told      time.Time
	record    string
	decisions int
	now       world.Recovery
	trouble   error     // why the record, which was there, cannot be read; nil: it can
	since     time.Time // since when
}

// look tells how the run stands, and wakes the parent where somebody decided.
func (p *process) look(last *seen) {
	now, err := look(context.Background(), p.store, p.id)
	switch {
	case err != nil && last.now.Run.ID == "":
		return // it has not begun; what else is wrong with it, the machine says
	case err != nil:
		if last.trouble == nil {
			last.since = p.w.clock.Now()
		}
		last.trouble = err
		return
	}
	last.now, last.trouble = now, nil
	p.commands.over(p.id, now.Steps)
	if len(now.Run.Decisions) != last.decisions {
		last.decisions = len(now.Run.Decisions)
		// Both are done by themselves, within a minute: what was under way when another
		// process died has nobody who sees that it was aborted.
		_ = p.again(context.Background())
		_ = p.Wake(context.Background(), now.Run.Token)
	}
	record := fmt.Sprint(now.Run.Revision)
	for _, s := range now.Steps {
		record += fmt.Sprint(" ", s.Revision)
	}
	if p.observe == nil || record == last.record && now.Seen.Sub(last.told) < stillEvery {
		return
	}
	last.record, last.told = record, now.Seen
	p.observe(now)
}

// over is what became of the newest parent, once none runs and no child does.
func (p *process) over() *asl.Result {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, all := range []map[string]*asl.Execution{p.parents, p.children} {
		for x := range maps.Values(all) {
			select {
			case <-x.Done():
			default:
				return nil
			}
		}
	}
	result, _ := p.parents[p.newest].Wait(context.Background()) // it has ended
	return result
}

// abort has the run end as soon as it can, because this process was asked to stop.
func (p *process) abort(why error) {
	_, err := p.steps(p).DecideStep.Handle(context.Background(), recoverystep.DecideStepIn{
		Run: p.id, Choice: recovery.Abort, By: currentUser(), Reason: "lifeboat was asked to stop: " + why.Error(),
	})
	p.commands.stop()
	if err == nil {
		return
	}
	// It has not begun, or is over: then stopping what runs leaves nothing undone that
	// resuming it would not do.
	if _, err := p.store.Run(context.Background(), p.id); err == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for x := range maps.Values(p.parents) {
		x.Abort("Aborted", why.Error())
	}
}

// StartStep implements recoverystep.Executions.
func (p *process) StartStep(_ context.Context, name string, in recoverystep.ChildInput) error {
	return p.start(p.child, p.children, "recovery-step", name, in)
}

// StartParent implements recoverystep.Executions.
func (p *process) StartParent(_ context.Context, name string, in recoverystep.Request) error {
	if err := p.start(p.parent, p.parents, "recovery", name, in); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.newest = name
	return nil
}

func (p *process) start(machine *asl.Machine, all map[string]*asl.Execution, kind, name string, in any) error {
	input, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if all[name] != nil {
		return nil
	}
	x, err := machine.Start(asl.Options{
		Input: input, ARN: strings.TrimSuffix(recoveryPrefix, "recovery:") + kind + ":" + name, Name: name, Clock: p.w.clock,
		Seed:  p.w.clock.Now().UnixNano() + int64(len(all)), // of tokens, and of the jitter of retries
		Tasks: p.w.tasks(p.handlers(p)),
	})
	if err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	all[name] = x
	go func() {
		<-x.Done()
		select {
		case p.ended <- struct{}{}:
		default: // the next tick sees it
		}
	}()
	return nil
}

// RunningSteps implements recoverystep.Executions.
func (p *process) RunningSteps(context.Context, string) (map[string]bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	running := map[string]bool{}
	for name, x := range p.children {
		if state(x) == asl.Running {
			running[name] = true
		}
	}
	return running, nil
}

// StepState implements recoverystep.Executions.
func (p *process) StepState(_ context.Context, name string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	x := p.children[name]
	if x == nil {
		return "", nil
	}
	return string(state(x)), nil
}

func state(x *asl.Execution) asl.Status {
	select {
	case <-x.Done():
		result, _ := x.Wait(context.Background())
		return result.Status
	default:
		return asl.Running
	}
}

// Wake implements recoverystep.Executions.
func (p *process) Wake(_ context.Context, token string) error {
	if token == "" {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, x := range p.parents {
		err := x.SendTaskSuccess(token, json.RawMessage("{}"))
		if err != nil && !errors.Is(err, asl.ErrTaskTimedOut) {
			return err
		}
	}
	return nil
}

// outcome reads how the run ended.
func (p *process) outcome(last *asl.Result) *world.RecoveryOutcome {
	o := &world.RecoveryOutcome{Error: last.Error, Cause: last.Cause, Ending: drill.Ending(last.Error), Hint: p.w.options.RecoverCommand("resume", p.id)}
	if last.Status == asl.Succeeded {
		var output struct {
			Ending  drill.Ending `json:"ending"`
			Outcome string       `json:"outcome"`
			Says    string       `json:"says"`
		}
		if json.Unmarshal(last.Output, &output) == nil {
			o.Ending, o.Other, o.Cause = output.Ending, output.Outcome, output.Says
		}
	}
	if now, err := look(context.Background(), p.store, p.id); err == nil {
		o.Recovery = &now
	}
	if document, err := p.evidence.Read(p.id); err == nil {
		o.Document, o.Evidence, o.Report = &document, p.evidence.Path(p.id), p.evidence.ReportPath(p.id)
	}
	return o
}

// elsewhere are the executions of a process that only decides: whoever works on the
// run finds in the record what is to be started.
type elsewhere struct{}

var _ recoverystep.Executions = elsewhere{}

func (elsewhere) StartStep(context.Context, string, recoverystep.ChildInput) error { return nil }

func (elsewhere) RunningSteps(context.Context, string) (map[string]bool, error) { return nil, nil }

func (elsewhere) StepState(context.Context, string) (string, error) { return string(asl.Running), nil }

func (elsewhere) StartParent(context.Context, string, recoverystep.Request) error { return nil }

func (elsewhere) Wake(context.Context, string) error { return nil }
