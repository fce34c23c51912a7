package drillevidence

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// factsOf keeps when what happened to what. What a fact says at length stands
// elsewhere in the document. Facts of the recording itself are left out: a
// step that is repeated must build the same document again.
func factsOf(facts []drill.Fact) []Fact {
	list := make([]Fact, 0, len(facts))
	for _, f := range facts {
		switch f.Kind {
		case drill.FactEvidenceRecorded, drill.FactMetricsPublished, drill.FactSlotReleased:
			continue
		}
		fact := Fact{At: f.At.UTC(), State: f.State, Kind: string(f.Kind)}
		switch {
		case f.Kind == drill.FactPhaseStarted || f.Kind == drill.FactPhaseEnded:
			fact.Subject = f.Note
			if f.Failure != nil { // of start: refused
				fact.Result = f.Failure.Error
			}
		case f.RecoveryPoint != nil:
			fact.Subject = f.RecoveryPoint.ID
		case f.Resource != nil:
			fact.Subject = f.Resource.ID
		case f.Status != nil:
			fact.Result = f.Status.Status
			fact.ObservedAt, fact.AvailableAt = known(f.Status.ObservedAt), known(f.Status.AvailableAt)
			fact.UnavailableAt = known(f.Status.UnavailableAt)
			fact.ToldByEvent = f.Status.ToldByEvent
		case f.Check != nil:
			fact.Subject, fact.Result = f.Check.Name, string(f.Check.Outcome)
		case f.Failure != nil:
			fact.Result = f.Failure.Error
		case f.Finding != nil:
			fact.Result = f.Finding.Code
		case f.Kind == drill.FactRemovalObserved || f.Kind == drill.FactRemovalAbandoned:
			fact.Result = fmt.Sprintf("%d left", len(f.Remaining))
		}
		list = append(list, fact)
	}
	return list
}

// made is what the record says of the run's creations and their removal.
type made struct {
	resources []drill.Resource // in the order of their first mention
	answered  map[key]time.Time
	intended  bool // a restore was asked for, and not refused
	asked     *time.Time
	absent    *time.Time // nothing was left
	left      map[key]bool
}

type key struct{ kind, id string }

func keyOf(r drill.Resource) key { return key{r.Kind, r.ID} }

func madeBy(in drill.EvidenceInput) made {
	m := made{answered: map[key]time.Time{}, left: map[key]bool{}, intended: drill.AskedOf(in.Facts).Open}
	mention := func(r drill.Resource) {
		same := func(known drill.Resource) bool { return keyOf(known) == keyOf(r) }
		if !slices.ContainsFunc(m.resources, same) {
			m.resources = append(m.resources, r)
		}
	}
	for _, f := range in.Facts {
		switch f.Kind {
		case drill.FactRestoreRequested, drill.FactKept:
			if f.Resource == nil {
				continue
			}
			mention(*f.Resource)
			if k := keyOf(*f.Resource); f.Kind == drill.FactRestoreRequested && m.answered[k].IsZero() {
				m.answered[k] = f.At
			}
		case drill.FactRemovalRequested:
			if m.asked == nil {
				m.asked = known(f.At)
			}
		case drill.FactRemovalObserved:
			if len(f.Remaining) == 0 && m.absent == nil {
				m.absent = known(f.At)
			}
		}
	}
	for _, r := range lastSeen(in) {
		mention(r)
		m.left[keyOf(r)] = true
	}
	if len(m.resources) == 0 && m.intended {
		m.resources = []drill.Resource{{Kind: "unknown", ID: cmp.Or(in.Run.Throwaway, in.Run.ID), Detail: "its request was never answered"}}
	}
	return m
}

// lastSeen is what was still there at the last look; the record has all of
// it, the execution only the first.
func lastSeen(in drill.EvidenceInput) []drill.Resource {
	for _, f := range slices.Backward(in.Facts) {
		if f.Kind == drill.FactRemovalAbandoned && len(f.Remaining) > 0 {
			return f.Remaining
		}
	}
	return in.Removal.Remaining
}

func resourcesOf(in drill.EvidenceInput) []Resource {
	m := madeBy(in)
	list := make([]Resource, 0, len(m.resources))
	for _, r := range m.resources {
		resource := Resource{Kind: r.Kind, ID: r.ID, Detail: r.Detail, RequestedAt: known(m.answered[keyOf(r)]), Proof: r.Proof}
		switch {
		case in.Removal.Kept:
			resource.State, resource.Proof = Kept, "left in place on request"
		case in.Removal.Clean:
			resource.State, resource.RemovedAt = Removed, known(r.RemovedAt)
			if resource.RemovedAt == nil {
				resource.RemovedAt = m.absent
			}
			resource.Proof = cmp.Or(resource.Proof, proofOf(in, m))
		case m.left[keyOf(r)]:
			resource.State, resource.Proof = Remaining, "it was still there at the last look"
		default:
			resource.State, resource.Proof = Remaining, "its absence was not confirmed"
		}
		list = append(list, resource)
	}
	return list
}

func removalOf(in drill.EvidenceInput) Removal {
	m := madeBy(in)
	r := Removal{
		Clean: in.Removal.Clean, Kept: in.Removal.Kept, RequestedAt: m.asked,
		Proof: proofOf(in, m), Trouble: failureOf(in.Removal.Failure),
	}
	if r.Clean && !r.Kept {
		r.ConfirmedAt = m.absent
	}
	return r
}

func proofOf(in drill.EvidenceInput, m made) string {
	switch r := in.Removal; {
	case r.Kept:
		return "kept on request: nothing was removed"
	case !r.Clean:
		return fmt.Sprintf("still there at the last look: %d", len(m.left))
	case len(m.resources) == 0:
		return "nothing was created"
	case m.absent == nil:
		return fmt.Sprintf("everything named %s was looked for, and nothing was left; the moment could not be recorded", in.Run.Throwaway)
	}
	return fmt.Sprintf("everything named %s was looked for, and nothing was left", in.Run.Throwaway)
}
