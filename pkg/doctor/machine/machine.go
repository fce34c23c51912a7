// Package machine is what a doctor asks of the machine that lifeboat runs on, one
// check a file, read-only: nothing is made, nothing is started but programs that
// are asked for their version. Each is a function that makes a doctor.Check over
// functions that it is given, so that a test can be in every kind of trouble.
//
// Only what decides about a drill is asked. What a drill finds in the backup by
// restoring it, a drill must find.
package machine

import (
	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Areas of this machine, in the order in which they are looked at.
const (
	AreaPlan      = "plan"
	AreaSandbox   = "sandbox"
	AreaState     = "state"
	AreaBackups   = "backups"
	AreaPrograms  = "programs"
	AreaSpace     = "space"
	AreaLeftovers = "leftovers"
	AreaClock     = "clock"
	AreaTools     = "tools"
)

// Planned is the plan whose drills this machine is looked at for.
type Planned struct {
	File string // as it was named
	Hash string // "": there is no plan
	// Local are the databases that are drilled here, OnAWS the names of those that a
	// deployment drills.
	Local []drill.Spec
	OnAWS []string
	// Refused are databases of this machine that no drill begins of, and why.
	Refused map[string]error
	// Warnings of the plan, one a line.
	Warnings []string
}

// There tells whether there is a plan.
func (p Planned) There() bool { return p.Hash != "" }

// nothingLocal is the line of what only drills on this machine need, where the
// plan has none: nil where it has, or where nobody knows.
func (p Planned) nothingLocal(subject string) []doctor.Line {
	if !p.There() || len(p.Local)+len(p.Refused) > 0 {
		return nil
	}
	return []doctor.Line{ok(subject, "not needed: every database of the plan is on AWS")}
}

func ok(subject, what string) doctor.Line {
	return doctor.Line{Subject: subject, State: doctor.OK, What: what, Basis: doctor.Asked}
}

func wrong(subject, what, command string) doctor.Line {
	return doctor.Line{Subject: subject, State: doctor.Wrong, What: what, Command: command, Basis: doctor.Asked}
}

func unknown(subject, what, command string) doctor.Line {
	return doctor.Line{Subject: subject, State: doctor.Unknown, What: what, Command: command, Basis: doctor.Asked}
}

// judged marks a line that lifeboat concluded from what it read.
func judged(l doctor.Line) doctor.Line {
	l.Basis = doctor.Judged
	return l
}

// because is an error, with what to do about it.
func because(err error) string { return hinted(err.Error(), drill.HintOf(err)) }

func hinted(what, hint string) string {
	if hint == "" {
		return what
	}
	return what + "; " + hint
}
