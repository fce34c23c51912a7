package drill

import (
	"slices"
	"time"
)

// moments are the points in time that the phases are cut at; a zero one was
// not reached. Facts may be there twice, because every step may be repeated:
// the first of a kind counts, and the last check.
type moments struct {
	started      time.Time
	selected     time.Time
	waiting      time.Time // it could not be begun at once; zero: it could
	waitedUntil  time.Time // requested, or when it was asked for the last time
	requested    time.Time
	available    time.Time     // latest moment at which it may have become available
	availability time.Duration // how much earlier it may have been
	logins       []span        // in which a login was being made for the drill, before we were let in
	connected    time.Time
	gated        time.Time // gate checks had all run
	proven       time.Time // proof checks had all run
	removing     time.Time
	removed      time.Time
}

func momentsOf(c Case) moments {
	m := moments{started: c.Run.StartedAt}
	var making time.Time
	first := func(t *time.Time, at time.Time) {
		if t.IsZero() {
			*t = at
		}
	}
	for _, f := range c.Facts {
		switch f.Kind {
		case FactRecoveryPoint:
			first(&m.selected, f.At)
		case FactRestoreRequested:
			first(&m.requested, f.At)
		case FactRestoreObserved:
			if f.Status != nil && f.Status.Available && m.available.IsZero() {
				m.available, m.availability = availability(*f.Status, m.requested)
			}
		case FactPhaseStarted:
			switch f.Note {
			case PhaseWait:
				first(&m.waiting, f.At)
			case PhaseStart:
				m.waitedUntil = f.At
			case PhaseLogin:
				first(&making, f.At)
			}
		case FactPhaseEnded:
			switch f.Note {
			case PhaseStart:
				m.waitedUntil = f.At
			case PhaseLogin:
				if m.connected.IsZero() {
					m.logins = m.makingLogin(making, f.At)
				}
				making = time.Time{}
			case PhaseConnect:
				first(&m.connected, f.At)
			}
		case FactRemovalRequested:
			first(&m.removing, f.At)
		case FactRemovalObserved:
			if len(f.Remaining) == 0 {
				first(&m.removed, f.At)
			}
		}
	}
	if !m.requested.IsZero() {
		m.waitedUntil = m.requested
	}
	m.gated, m.proven = m.connected, time.Time{}
	for _, f := range c.Facts {
		if f.Kind != FactCheckFinished || f.Check == nil {
			continue
		}
		if f.Check.Stage == Gate {
			m.gated = f.At
		} else {
			m.proven = f.At
		}
	}
	return m
}

// asked is when asking for the restore was over: it was answered, or there was
// nothing for it but to ask again later.
func (m moments) asked() time.Time {
	if m.waiting.IsZero() {
		return m.requested
	}
	return m.waiting
}

// availability turns the last observation that said no and the first that
// said yes into a moment and its uncertainty. The provider's own timestamp
// counts only where it falls between the two: clocks differ, and some
// providers stamp the request.
func availability(s RestoreStatus, requested time.Time) (at time.Time, earlierBy time.Duration) {
	no := s.UnavailableAt
	if no.IsZero() {
		no = requested
	}
	if !s.AvailableAt.IsZero() && s.AvailableAt.After(no) && !s.AvailableAt.After(s.ObservedAt) {
		return s.AvailableAt, 0
	}
	if no.IsZero() || no.After(s.ObservedAt) {
		return s.ObservedAt, 0
	}
	return s.ObservedAt, s.ObservedAt.Sub(no)
}

// Phases cuts the run into its phases; the ones that were not completed are
// left out, but for a wait that was in vain: most of the run may be in it. Those that count toward the RTO follow each other without a gap but
// for the login.
func Phases(c Case) []Phase {
	m := momentsOf(c)
	all := []cut{
		{PhaseSelect, m.started, m.selected, true, 0},
		{PhaseStart, m.selected, m.asked(), true, 0},
		{PhaseWait, m.waiting, m.waiting.Add(m.waited()), true, m.unsure(c.Facts)},
		{PhaseRestore, m.requested, m.available, true, m.availability},
	}
	all = append(all, m.connecting()...)
	all = append(all, []cut{
		{PhaseValidate, m.connected, m.gated, true, 0},
		{PhaseProof, m.gated, m.proven, false, 0},
		{PhaseRemove, m.removing, m.removed, false, 0},
	}...)
	phases := []Phase{}
	for _, p := range all {
		if p.from.IsZero() || p.to.IsZero() || p.name == PhaseWait && !p.to.After(p.from) {
			continue
		}
		phases = append(phases, Phase{
			Phase: p.name, StartedAt: p.from.UTC(), Seconds: p.to.Sub(p.from).Seconds(),
			InRTO: p.inRTO, UncertaintySeconds: p.unsure.Seconds(),
		})
	}
	return phases
}

// checksOf returns one result per check, in the order in which they ran; of a
// check that ran twice the last result counts.
func checksOf(facts []Fact) []CheckResult {
	results := []CheckResult{}
	for _, f := range facts {
		if f.Kind != FactCheckFinished || f.Check == nil {
			continue
		}
		same := func(r CheckResult) bool { return r.Name == f.Check.Name }
		if i := slices.IndexFunc(results, same); i >= 0 {
			results[i] = *f.Check
			continue
		}
		results = append(results, *f.Check)
	}
	return results
}
