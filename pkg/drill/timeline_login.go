package drill

import "time"

// span is a time in which something went on.
type span struct{ from, to time.Time }

// cut is a phase, or a part of one.
type cut struct {
	name     string
	from, to time.Time
	inRTO    bool
	unsure   time.Duration
}

// makingLogin is the logins with one more, as far as it lies after the restore and
// after the one before.
func (m moments) makingLogin(from, to time.Time) []span {
	earliest := m.available
	if n := len(m.logins); n > 0 {
		earliest = m.logins[n-1].to
	}
	if from.IsZero() || m.available.IsZero() {
		return m.logins
	}
	if from.Before(earliest) {
		from = earliest
	}
	if !to.After(from) {
		return m.logins
	}
	return append(m.logins, span{from, to})
}

// loginTook is the time that is left out of the RTO, since no recovery would need a
// login that is made for the drill. What else passes until the copy lets us in is
// recovery.
func (m moments) loginTook() (all time.Duration) {
	for _, l := range m.logins {
		all += l.to.Sub(l.from)
	}
	return all
}

// connecting is what lies between the restore and the checks: the logins, and
// connecting around them.
func (m moments) connecting() (parts []cut) {
	from := m.available
	for _, l := range m.logins {
		if l.from.After(from) {
			parts = append(parts, cut{PhaseConnect, from, l.from, true, 0})
		}
		parts = append(parts, cut{PhaseLogin, l.from, l.to, false, 0})
		from = l.to
	}
	return append(parts, cut{PhaseConnect, from, m.connected, true, 0})
}
