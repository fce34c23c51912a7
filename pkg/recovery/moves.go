package recovery

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Moves are what follows from how everything stands: the same whoever asks, so
// that a Release, a Decide and the parent may all act on them, each after a crash
// of another, and whatever was done already is no move any more.
type Moves struct {
	// Changes of steps, by id: what their status becomes. Each is written on
	// condition of the record's revision; a conflict means that somebody else did.
	Changes map[string]Status
	// Order in which Changes are written. A conflict ends it: what comes after may
	// follow from what was not written, so it is to be looked at anew. (A step that was
	// to be skipped was claimed meanwhile: what waits for it must not begin.)
	Order []string
	// Start are the ids of the steps that are ready, once Changes are written: an
	// execution of each must be there. The one with the longest way ahead comes first:
	// starts are made one after the other, and what is started last has time.
	Start []string
	// DecideBy is what Run.DecideBy must become; nil: nothing is to be decided.
	DecideBy *time.Time
	// Over: nothing is to come any more, once Changes are written.
	Over bool
}

// Why a step was omitted without one that failed.
const (
	BecauseAborted = "aborted"
	BecauseOver    = "over" // nobody decided in time
)

// Moves tells what follows. The run must have been read before the records: a
// decision that came between is then seen by the write of the run, never missed.
func (g Graph) Moves(run Run, records []Record, now time.Time) Moves {
	look := g.look(run, records)
	m := Moves{Changes: map[string]Status{}}
	for _, i := range g.order {
		status, changed := look.next(i, now)
		if changed {
			look.status[i] = status
			m.Changes[g.nodes[i].ID] = status
			m.Order = append(m.Order, g.nodes[i].ID)
		}
	}
	open, failed := false, false
	for i, s := range look.status {
		open = open || s.State.Open()
		failed = failed || s.State == Failed
		if s.State == Ready {
			m.Start = append(m.Start, g.nodes[i].ID)
		}
	}
	if len(m.Start) > 1 {
		ahead := g.ahead()
		slices.SortStableFunc(m.Start, func(a, b string) int { return cmp.Compare(ahead[g.index[b]], ahead[g.index[a]]) })
	}
	switch {
	case run.OverAt != nil:
		m.Over = true
	case open:
	case !failed || look.closing != "":
		m.Over = true
	default:
		by := now.Add(seconds(run.DecisionSeconds))
		if run.DecideBy != nil {
			by = *run.DecideBy
		}
		if m.Over = !now.Before(by); !m.Over {
			m.DecideBy = &by
		}
	}
	return m
}

// standing is how the steps of a graph stand, by number.
type standing struct {
	g      Graph
	run    Run
	status []Status
	// closing: nothing begins any more, and why; "": something may.
	closing string
}

func (g Graph) look(run Run, records []Record) standing {
	s := standing{g: g, run: run, status: make([]Status, len(g.nodes))}
	for i := range s.status {
		s.status[i] = Status{State: Waiting, Attempt: 1}
	}
	for _, r := range records {
		if i, known := g.index[r.Node.ID]; known {
			s.status[i] = r.Status
		}
	}
	switch {
	case run.Aborted() != nil:
		s.closing = BecauseAborted
	case run.OverAt != nil:
		s.closing = BecauseOver
	}
	return s
}

// next is what becomes of a step when all that it comes after was looked at.
func (s standing) next(i int, now time.Time) (Status, bool) {
	is := s.status[i]
	decided := s.run.decided(s.g.nodes[i].ID, is.Attempt)
	switch is.State {
	case Succeeded, Skipped, Running:
		return is, false
	case Failed:
		switch {
		case s.run.OverAt != nil || decided == nil:
			return is, false
		case decided.Choice == Skip:
			return skipped(is, *decided, now), true
		case decided.Choice == Retry && s.closing == "":
			return again(is, now), true
		}
		return is, false
	case Waiting, Ready, Omitted:
		if decided != nil && decided.Choice == Skip && s.run.OverAt == nil {
			return skipped(is, *decided, now), true
		}
	}
	if s.closing != "" {
		if is.State == Omitted {
			return is, false
		}
		return omitted(is, s.closing, now), true
	}
	if is.State == Ready {
		return is, false
	}
	cause, lets := s.dependencies(i)
	switch {
	case cause != "" && is.State == Omitted && s.fails(is.Because):
		return is, false // still for the reason that it was
	case cause != "":
		return omitted(is, cause, now), true
	case lets:
		is.State, is.ReadyAt, is.EndedAt, is.Because = Ready, &now, nil, ""
		return is, true
	case is.State == Omitted:
		is.State, is.EndedAt, is.Because = Waiting, nil, ""
		return is, true
	}
	return is, false
}

// dependencies of a step: why it is to be omitted ("": it is not), and whether it
// may begin.
func (s standing) dependencies(i int) (cause string, lets bool) {
	lets = true
	for _, j := range s.g.before[i] {
		on := s.status[j]
		lets = lets && on.State.Lets()
		switch {
		case cause != "":
		case on.State == Failed:
			cause = s.g.nodes[j].ID
		case on.State == Omitted:
			cause = on.Because
		}
	}
	return cause, lets
}

func (s standing) fails(id string) bool {
	i, known := s.g.index[id]
	return known && s.status[i].State == Failed
}

func omitted(s Status, because string, now time.Time) Status {
	s.State, s.Because, s.EndedAt = Omitted, because, &now
	return s
}

// skipped keeps why it failed, and what it had done: the report says both.
func skipped(s Status, d Decision, now time.Time) Status {
	s.State, s.SkippedBy, s.Because, s.EndedAt = Skipped, d.By, "", &now
	return s
}

// again is the next attempt. Of what the last one did only what is still so stays.
func again(s Status, now time.Time) Status {
	next := Status{State: Ready, Attempt: s.Attempt + 1, ReadyAt: &now}
	next.Earlier = append(slices.Clone(s.Earlier), Attempt{StartedAt: s.StartedAt, EndedAt: s.EndedAt, Failure: s.Failure.brief()})
	if left := (&Result{}).Keeping(s.Result); left.PointID != "" || len(left.Resources) > 0 {
		next.Result = left
	}
	return next
}

// brief keeps a step's record small, however often it is tried again.
func (f *Failure) brief() *Failure {
	const most = 500
	if f == nil || len(f.Cause) <= most {
		return f
	}
	short := *f
	short.Cause = strings.ToValidUTF8(f.Cause[:most], "") + "..."
	return &short
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
