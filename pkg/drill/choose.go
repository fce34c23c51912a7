package drill

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxPassedOver bounds the findings about candidates that were passed over,
// and maxNamed the names in the one about the rest, so that a folder of 10,000
// broken backups does not fill the evidence.
const (
	maxPassedOver = 10
	maxNamed      = 100
)

// Choice is the recovery point to restore, and what stood beside it.
type Choice struct {
	// Point is nil where none is usable.
	Point *RecoveryPoint
	// Findings has a warning for every candidate that is newer than Point, or
	// may be, and cannot be used, with its reason; for one that is still being
	// made, or that is no backup of its own, a note.
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
	if chosen := slices.IndexFunc(sorted, func(p RecoveryPoint) bool { return p.Usable }); chosen >= 0 {
		choice.Point = &sorted[chosen]
	}
	var broken []RecoveryPoint
	for _, p := range sorted {
		if p.Usable || !mayBeNewer(p, choice.Point) {
			continue
		}
		switch p.Standing {
		case InProgress:
			choice.Counts.InProgress++
			choice.Findings = append(choice.Findings, note("BackupInProgress", "backup "+p.ID+" is still being made: "+reasonOf(p), p.Hint))
		case Companion:
			choice.Findings = append(choice.Findings, note("NoBackupOfItsOwn", p.ID+" is no backup of its own: "+reasonOf(p), p.Hint))
		case Ordinary:
			broken = append(broken, p)
		default: // of a newer version: what it means for the choice is not known
			broken = append(broken, p)
		}
	}
	choice.Counts.PassedOver = len(broken)
	choice.Findings = append(passedOver(broken), bounded(choice.Findings)...)
	return choice
}

// mayBeNewer: without a time nobody knows. Times of one source share its error
// (a missing zone), so they are compared as they are; others may differ by what
// both are unsure of. One that is as old as the chosen counts as newer: times
// inside backups have whole seconds.
func mayBeNewer(p RecoveryPoint, chosen *RecoveryPoint) bool {
	if chosen == nil || p.TakenAt.IsZero() || !p.TakenAt.Before(chosen.TakenAt) {
		return true
	}
	if p.TimeSource == chosen.TimeSource {
		return false
	}
	return p.TakenAt.Add(Seconds(p.UncertaintySeconds)).After(chosen.TakenAt.Add(-Seconds(chosen.UncertaintySeconds)))
}

func reasonOf(p RecoveryPoint) string { return cmp.Or(p.Reason, "it cannot be used") }

func note(code, what, hint string) Finding {
	return Finding{Severity: Info, Code: code, What: what, Hint: hint}
}

func passedOver(points []RecoveryPoint) []Finding {
	var findings []Finding
	for _, p := range points[:min(len(points), maxPassedOver)] {
		findings = append(findings, Finding{
			Severity: Warning, Code: "BackupPassedOver",
			What: fmt.Sprintf("backup %s was passed over: %s", p.ID, reasonOf(p)),
			Hint: p.Hint,
		})
	}
	if len(points) <= maxPassedOver {
		return findings
	}
	rest := points[maxPassedOver:]
	names := make([]string, 0, maxNamed)
	for _, p := range rest[:min(len(rest), maxNamed)] {
		names = append(names, p.ID)
	}
	more := ""
	if len(rest) > maxNamed {
		more = ", ..."
	}
	return append(findings, Finding{
		Severity: Warning, Code: "BackupPassedOver", Figure: len(rest),
		What: fmt.Sprintf("%d more backups were passed over: %s%s", len(rest), strings.Join(names, ", "), more),
	})
}

// bounded keeps the first notes.
func bounded(notes []Finding) []Finding {
	if len(notes) <= maxPassedOver {
		return notes
	}
	return append(notes[:maxPassedOver:maxPassedOver], note("BackupPassedOver", fmt.Sprintf("%d more were noted", len(notes)-maxPassedOver), ""))
}
