package asl

import (
	"encoding/json"
	"fmt"
	"math"
)

// maxInlineConcurrency is what an inline Map runs at once:
// https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
const maxInlineConcurrency = 40

func (v *visit) mapItems() (json.RawMessage, error) {
	items, err := v.items()
	if err != nil {
		return nil, err
	}
	limits, err := v.mapLimits(len(items))
	if err != nil {
		return nil, err
	}
	if v.mock != nil {
		return v.mockedItems(items)
	}
	v.f.state.started, v.f.state.children = true, nil
	v.x.record(v.f, "MapStateStarted", "mapStateStartedEventDetails", map[string]any{"length": len(items)})
	m := &mapRun{v: v, g: &group{v: v}, items: items, outputs: make([]json.RawMessage, len(items)), failed: make([]bool, len(items))}
	result, err := m.run(limits)
	if m.ran(err) {
		v.answered(result, err)
	}
	return result, err
}

// ran tells whether it was the items that came to this, and no expression of the
// Map itself.
func (m *mapRun) ran(err error) bool { return err == nil || m.failures > 0 }

// mockedItems selects what the iterations would begin with; what they come to is
// the mock's.
func (v *visit) mockedItems(items []*node) (json.RawMessage, error) {
	if v.st.itemSelector == nil {
		return v.mocked()
	}
	for i, item := range items {
		if _, err := v.st.itemSelector.evaluate(v.envFor(&mapItem{index: i, value: item.raw()}), "ItemSelector"); err != nil {
			return nil, v.evaluationFailed(err, v.before)
		}
	}
	return v.mocked()
}

// items are those to go through: the Items field, else the state's input.
func (v *visit) items() ([]*node, error) {
	value := v.input
	if v.st.items != nil {
		var err error
		if value, err = v.st.items.evaluate(v.env(), "Items"); err != nil {
			return nil, v.evaluationFailed(err, v.before)
		}
		if kindOf(value) != "array" {
			return nil, v.evaluationFailed(wrongType(v.st.itemsSource, "Items", "array", value), v.before)
		}
	}
	n, err := parseNode(value, func(string, string) {})
	if err != nil {
		return nil, v.evaluationFailed(err, v.before)
	}
	if !n.array {
		return nil, v.evaluationFailed(&evalError{text: fmt.Sprintf("Map state input must be an array but was: %s", value)}, v.before)
	}
	return n.elements, nil
}

type mapLimits struct {
	concurrency int
	tolerated   float64 // failures
	tolerant    bool    // a tolerance was declared
}

// mapLimits evaluates the limits of a Map over count items. With both a count
// and a percentage, the smaller one holds:
// https://docs.aws.amazon.com/step-functions/latest/dg/maprun-fail-threshold.html
func (v *visit) mapLimits(count int) (mapLimits, error) {
	var limits mapLimits
	concurrency, err := v.whole(v.st.maxConcurrency, "MaxConcurrency", 0, math.MaxInt32)
	if err != nil {
		return limits, err
	}
	limits.concurrency = int(concurrency)
	if limits.concurrency == 0 || limits.concurrency > maxInlineConcurrency {
		limits.concurrency = maxInlineConcurrency
	}
	tolerated, err := v.whole(v.st.toleratedCount, "ToleratedFailureCount", 0, math.MaxInt32)
	if err != nil {
		return limits, err
	}
	percentage, err := v.number(v.st.toleratedPercentage, "ToleratedFailurePercentage", 0, 100)
	if err != nil {
		return limits, err
	}
	switch byCount, byShare := v.st.toleratedCount != nil, v.st.toleratedPercentage != nil; {
	case byCount && byShare:
		limits.tolerated = min(tolerated, percentage*float64(count)/100)
	case byCount:
		limits.tolerated = tolerated
	case byShare:
		limits.tolerated = percentage * float64(count) / 100
	}
	limits.tolerant = v.st.toleratedCount != nil || v.st.toleratedPercentage != nil
	return limits, nil
}

// mapRun is one attempt of a Map state.
type mapRun struct {
	v        *visit
	g        *group
	items    []*node
	outputs  []json.RawMessage
	failed   []bool
	started  int
	failures int
}

func (m *mapRun) run(limits mapLimits) (json.RawMessage, error) {
	v := m.v
	for m.started < len(m.items) && m.started < limits.concurrency {
		if err := m.start(v.f.previous); err != nil {
			return nil, err
		}
	}
	last := v.f.previous
	for range m.items {
		r, err := m.g.next()
		if err != nil {
			return nil, err
		}
		inner := r.child.fiber.previous
		if r.err != nil {
			m.record("Failed", inner, r.child.index)
			m.failed[r.child.index] = true
			m.failures++
			if float64(m.failures) > limits.tolerated {
				m.g.giveUp(r.child, func(index int) { m.record("Aborted", inner, index) })
				if limits.tolerant {
					return nil, &runError{Failure: Failure{errTooManyFailures, "The specified tolerated failure threshold was exceeded"}}
				}
				return nil, r.err
			}
		} else {
			last = m.record("Succeeded", inner, r.child.index)
			m.outputs[r.child.index] = r.output
		}
		if m.started < len(m.items) {
			if err := m.start(inner); err != nil {
				return nil, err
			}
		}
	}
	v.f.previous = last
	v.x.recordAside(last, "MapStateSucceeded", "", nil)
	return array(m.results()), nil
}

// results leaves out the iterations whose failure was tolerated.
func (m *mapRun) results() []json.RawMessage {
	out := []json.RawMessage{}
	for i, output := range m.outputs {
		if !m.failed[i] {
			out = append(out, output)
		}
	}
	return out
}

// start begins the next iteration, after the event previous.
func (m *mapRun) start(previous int64) error {
	v, index := m.v, m.started
	m.started++
	item := &mapItem{index: index, value: m.items[index].raw()}
	input := item.value
	id := m.record("Started", previous, index)
	if v.st.itemSelector != nil {
		var err error
		if input, err = v.st.itemSelector.evaluate(v.envFor(item), "ItemSelector"); err != nil {
			return v.evaluationFailed(err, v.before)
		}
		if len(input) > maxPayloadBytes {
			return v.stateTooLarge()
		}
	}
	m.g.add(index, item, id, func(f *fiber) (json.RawMessage, error) { return v.x.runScope(f, v.st.processor, input) })
	return nil
}

func (m *mapRun) record(what string, previous int64, index int) int64 {
	return m.v.x.recordAside(previous, "MapIteration"+what, "mapIteration"+what+"EventDetails",
		map[string]any{"index": index, "name": m.v.st.name})
}
