package asl

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
)

// group runs the fibers of one attempt of a Parallel or Map state.
type group struct {
	v     *visit
	wake  func() // nil while the parent runs
	ended []*result
}

// result is how one child came out.
type result struct {
	child  *child
	output json.RawMessage
	err    error
}

// add starts a child. It begins to run when the parent waits.
func (g *group) add(index int, item *mapItem, previous int64, run func(f *fiber) (json.RawMessage, error)) {
	x := g.v.x
	c := &child{index: index}
	c.fiber = x.fiber(g.v.f, func(f *fiber) {
		output, err := run(f)
		if errors.Is(err, errAborted) {
			return
		}
		c.done = true
		g.ended = append(g.ended, &result{c, output, err})
		if g.wake != nil {
			wake := g.wake
			g.wake = nil
			wake()
		}
	})
	c.fiber.previous = previous
	if item != nil {
		c.fiber.mapItem = item
	}
	g.v.f.state.children = append(g.v.f.state.children, c)
	x.post(func() {
		if !c.done && !x.finished {
			c.fiber.resume()
		}
	})
}

// next waits for the next child to end, in the order in which they do.
func (g *group) next() (*result, error) {
	for len(g.ended) == 0 {
		if err := g.v.f.wait(func(wake func()) func() { g.wake = wake; return nil }); err != nil {
			return nil, err
		}
	}
	r := g.ended[0]
	g.ended = g.ended[1:]
	return r, nil
}

// giveUp aborts every child that still runs. failing is the one that failed;
// note is called for each other child before its states are aborted.
func (g *group) giveUp(failing *child, note func(index int)) {
	previous := failing.fiber.previous
	g.v.f.previous = previous
	g.v.x.abortedStates(failing.fiber, previous)
	for _, c := range g.v.f.state.children {
		if c == failing || c.done && !slices.ContainsFunc(g.ended, func(r *result) bool { return r.child == c && r.err != nil }) {
			continue
		}
		note(c.index)
		g.v.x.abortedStates(c.fiber, previous)
		if !c.done {
			c.done = true
			g.v.x.abortTree(c.fiber)
		}
	}
}

// abortedStates records that the states in which a fiber stood were aborted.
// Only some types have such an event.
func (x *Execution) abortedStates(f *fiber, previous int64) {
	if f.state == nil {
		return
	}
	for _, c := range f.state.children {
		if !c.done {
			x.abortedStates(c.fiber, previous)
		}
	}
	switch f.state.kind {
	case typeTask, typeWait, typeParallel, typeMap:
		x.recordAside(previous, string(f.state.kind)+"StateAborted", "", nil)
	case typePass, typeChoice, typeSucceed, typeFail: // take no time to be aborted in
	}
}

func (v *visit) parallel() (json.RawMessage, error) {
	input := v.input
	if v.st.arguments != nil {
		var err error
		if input, err = v.st.arguments.evaluate(v.env(), "Arguments"); err != nil {
			return nil, v.evaluationFailed(err, v.before)
		}
		if len(input) > maxPayloadBytes {
			return nil, v.stateTooLarge()
		}
	}
	v.arguments = input
	if v.mock != nil {
		return v.mocked()
	}
	v.f.state.started, v.f.state.children = true, nil
	v.x.record(v.f, "ParallelStateStarted", "", nil)
	g := &group{v: v}
	for i, scope := range v.st.branches {
		g.add(i, nil, v.f.previous, func(f *fiber) (json.RawMessage, error) { return v.x.runScope(f, scope, input) })
	}
	outputs := make([]json.RawMessage, len(v.st.branches))
	for range v.st.branches {
		r, err := g.next()
		if err != nil {
			return nil, err
		}
		if r.err != nil {
			g.giveUp(r.child, func(int) {})
			v.answered(nil, r.err)
			return nil, r.err
		}
		outputs[r.child.index] = r.output
		v.f.previous = r.child.fiber.previous
	}
	v.x.recordAside(v.f.previous, "ParallelStateSucceeded", "", nil)
	v.answered(array(outputs), nil)
	return array(outputs), nil
}

func array(elements []json.RawMessage) json.RawMessage {
	var out bytes.Buffer
	out.WriteByte('[')
	for i, e := range elements {
		if i > 0 {
			out.WriteByte(',')
		}
		out.Write(e)
	}
	out.WriteByte(']')
	return out.Bytes()
}
