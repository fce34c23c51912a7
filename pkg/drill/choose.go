package drill

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Bounds of the findings about candidates that were passed over, so that a
// folder of 10,000 broken backups does not fill the evidence: each reason is one
// finding, and names so many of those that it is true of.
const (
	maxReasons = 20
	maxNamed   = 50
)

// maxOthers bounds what is tried instead of the chosen one: each takes some calls.
const maxOthers = 3

// Choice is the recovery point to restore, and what stood beside it.
type Choice struct {
	// Point is nil where none is usable.
	Point *RecoveryPoint
	// Others are the next freshest that are usable, a few at most.
	Others []RecoveryPoint
	// Findings has a warning for every candidate that is newer than Point, or
	// may be, and cannot be used, with its reason; for one that is still being
	// made, or that is no backup of its own, a note. What is of another source that
	// had the name before is a warning whatever its age, and so is a Point that
	// nothing newer will follow, or that does not say whose it is.
	Findings []Finding
	Counts   Candidates
}

// Candidates counts what a choice was made from.
type Candidates struct {
	Seen int `json:"seen"`
	// PassedOver are newer than the chosen one and cannot be used, InProgress
	// are still being made.
	PassedOver int `json:"passedOver"`
	InProgress int `json:"inProgress"`
}

// Choose picks the freshest usable recovery point. Of two equally fresh ones it
// takes the one whose time is known better, then the first by id, so that a
// repeated choice is the same. A broken newest backup is the very failure that
// a drill exists for, so nothing newer is passed over in silence, nor what has
// no time at all: it may be newer.
func Choose(candidates []RecoveryPoint) Choice {
	sorted := slices.SortedFunc(slices.Values(candidates), func(a, b RecoveryPoint) int {
		return cmp.Or(
			b.TakenAt.Compare(a.TakenAt),
			cmp.Compare(a.UncertaintySeconds, b.UncertaintySeconds),
			cmp.Compare(a.ID, b.ID),
		)
	})
	choice := Choice{Counts: Candidates{Seen: len(candidates)}}
	for _, p := range candidates {
		if p.Standing == Unasked {
			choice.Counts.Seen--
		}
	}
	if chosen := slices.IndexFunc(sorted, func(p RecoveryPoint) bool { return p.Usable }); chosen >= 0 {
		choice.Point = &sorted[chosen]
		for _, p := range sorted[chosen+1:] {
			if p.Usable && len(choice.Others) < maxOthers {
				choice.Others = append(choice.Others, p)
			}
		}
	}
	newer := byReason{}
	for _, p := range sorted {
		if p.Usable || p.Standing != Replaced && !mayBeNewer(p, choice.Point) {
			continue
		}
		newer.add(p)
		switch p.Standing {
		case InProgress:
			choice.Counts.InProgress++
		case Companion, OutOfScope, Replaced, Unasked:
		case Ordinary, Foreign, Retained, Unattributed:
			choice.Counts.PassedOver++
		default: // of a newer version: what it means for the choice is not known
			choice.Counts.PassedOver++
		}
	}
	choice.Findings = newer.findings(choice.Point)
	if choice.Point != nil && choice.Point.Standing == Retained {
		choice.Findings = append(choice.Findings, Finding{
			Severity: Warning, Code: "BackupRetained", Hint: choice.Point.Hint,
			What: fmt.Sprintf("backup %s is the freshest, and none will follow it: %s", choice.Point.ID, cmp.Or(choice.Point.Reason, "it was retained")),
		})
	}
	if choice.Point != nil && choice.Point.Standing == Unattributed {
		choice.Findings = append(choice.Findings, Finding{
			Severity: Warning, Code: "BackupUnattributed", Hint: choice.Point.Hint,
			What: fmt.Sprintf("backup %s is the freshest, and may be another source's: %s", choice.Point.ID, cmp.Or(choice.Point.Reason, "it does not say whose it is")),
		})
	}
	return choice
}

// mayBeNewer: without a time nobody knows, and a time may be off by what it is
// unsure of. One that is as old as the chosen counts as newer: times inside
// backups have whole seconds.
func mayBeNewer(p RecoveryPoint, chosen *RecoveryPoint) bool {
	if chosen == nil || p.TakenAt.IsZero() {
		return true
	}
	latest := p.TakenAt.Add(Seconds(p.UncertaintySeconds))
	if !p.NewestAt.IsZero() {
		latest = p.NewestAt
	}
	return !latest.Before(chosen.TakenAt.Add(-Seconds(chosen.UncertaintySeconds)))
}

func reasonOf(p RecoveryPoint) string { return cmp.Or(p.Reason, "it cannot be used") }

// byReason gathers candidates of one standing and reason, in the order in which
// they come.
type byReason struct {
	order  []group
	points map[group][]RecoveryPoint
}

type group struct {
	standing     Standing
	reason, hint string
}

func (r *byReason) add(p RecoveryPoint) {
	g := group{p.Standing, reasonOf(p), p.Hint}
	if r.points == nil {
		r.points = map[group][]RecoveryPoint{}
	}
	if _, known := r.points[g]; !known {
		r.order = append(r.order, g)
	}
	r.points[g] = append(r.points[g], p)
}

// findings has the troubles first, backups of the database itself before those
// of others.
func (r *byReason) findings(chosen *RecoveryPoint) []Finding {
	rank := func(g group) int {
		switch g.standing {
		case Foreign, Replaced:
			return 1
		case InProgress:
			return 2
		case Companion, OutOfScope:
			return 3
		case Ordinary, Retained, Unattributed, Unasked:
			return 0
		}
		return 0
	}
	slices.SortStableFunc(r.order, func(a, b group) int { return cmp.Compare(rank(a), rank(b)) })
	var findings []Finding
	for i, g := range r.order {
		if i == maxReasons {
			return append(findings, r.rest(r.order[i:]))
		}
		findings = append(findings, g.finding(r.points[g], chosen))
	}
	return findings
}

func (g group) finding(points []RecoveryPoint, chosen *RecoveryPoint) Finding {
	subject := "backup " + points[0].ID
	certain := chosen == nil || !points[0].TakenAt.IsZero() && !points[0].TakenAt.Before(chosen.TakenAt)
	verb, is, may := "was", "is", ", which may be newer,"
	if len(points) > 1 {
		subject, verb, is, may = fmt.Sprintf("%d backups (%s)", len(points), named(points)), "were", "are", ", some of which may be newer only,"
	}
	if !certain && g.standing == Ordinary {
		subject += may
	}
	f := Finding{Severity: Info, Hint: g.hint}
	switch g.standing {
	case InProgress:
		f.Code, f.What = "BackupInProgress", subject+" "+is+" still being made: "+g.reason
	case Companion:
		f.Code, f.What = "NoBackupOfItsOwn", strings.TrimPrefix(subject, "backup ")+" "+is+" no backup: "+g.reason
	case OutOfScope:
		f.Code, f.What = "BackupNotCounted", subject+" "+verb+" not counted: "+g.reason
	case Replaced:
		f.Severity, f.Code, f.What = Warning, "SourceReplaced", subject+" "+verb+" not counted: "+g.reason
	case Unasked:
		f.Severity, f.Code, f.What = Warning, "RegionUnknown", g.reason
	case Ordinary, Foreign, Retained, Unattributed:
		f.Severity, f.Code, f.What = Warning, "BackupPassedOver", subject+" "+verb+" passed over: "+g.reason
	default:
		f.Severity, f.Code, f.What = Warning, "BackupPassedOver", subject+" "+verb+" passed over: "+g.reason
	}
	if len(points) > 1 {
		f.Figure = len(points)
	}
	return f
}

// rest is what goes beyond the bound, whatever its reasons.
func (r *byReason) rest(groups []group) Finding {
	var points []RecoveryPoint
	for _, g := range groups {
		points = append(points, r.points[g]...)
	}
	return Finding{
		Severity: Warning, Code: "BackupPassedOver", Figure: len(points),
		What: fmt.Sprintf("%d more were passed over, for other reasons: %s", len(points), named(points)),
	}
}

func named(points []RecoveryPoint) string {
	names := make([]string, 0, maxNamed)
	for _, p := range points[:min(len(points), maxNamed)] {
		names = append(names, p.ID)
	}
	if more := len(points) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}
