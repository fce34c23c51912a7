package drillevidence

import (
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Identity is what the restored backup said of itself, and what the last good
// drill of the database had seen.
type Identity struct {
	Said Said `json:"said"`
	// ComparedWith is null where no good drill is on record.
	ComparedWith *Seen `json:"comparedWith" jsonschema:"nullable"`
	// Reference is what the next drill is compared with; absent where this one
	// was not good.
	Reference *Said `json:"reference,omitempty"`
}

// Said is what a backup says of itself; what its format does not say is
// absent.
type Said struct {
	Database         string `json:"database,omitempty"`
	SystemIdentifier string `json:"systemIdentifier,omitempty"` // PostgreSQL's; RDS's DbiResourceId
	ServerVersion    string `json:"serverVersion,omitempty"`
	Encoding         string `json:"encoding,omitempty"`
}

// Seen is what earlier drills saw; the run is the newest of them.
type Seen struct {
	Said
	RunID      string    `json:"runId"`
	RecordedAt time.Time `json:"recordedAt"`
}

// Candidates counts what the recovery point was chosen from.
type Candidates struct {
	Seen       int `json:"seen"`
	PassedOver int `json:"passedOver"` // newer than the chosen one, or perhaps so, and not usable
	InProgress int `json:"inProgress"` // still being made
}

func identityOf(in drill.EvidenceInput) *Identity {
	v, ref := in.Verdict, in.Spec.Reference
	if v.RecoveryPoint == nil {
		return nil
	}
	i := Identity{Said: Said(v.Said)}
	next := v.Said
	if ref != nil {
		i.ComparedWith = &Seen{Said: Said(ref.Identity), RunID: ref.RunID, RecordedAt: ref.RecordedAt.UTC()}
		next = next.Or(ref.Identity)
	}
	if v.Good() {
		said := Said(next)
		i.Reference = &said
	}
	return &i
}

func candidatesOf(v drill.Verdict) *Candidates {
	if v.Candidates == nil {
		return nil
	}
	c := Candidates(*v.Candidates)
	return &c
}

// saw is what the drill leaves for the next one to compare with.
func (d Document) saw() *drill.Identity {
	if d.Identity == nil || d.Identity.Reference == nil {
		return nil
	}
	switch drill.Ending(d.Ending) {
	case drill.Passed, drill.ObjectivesMissed:
	case drill.FailureClean, drill.FailureDirty:
		return nil
	default: // whether it was good is not known
		return nil
	}
	saw := drill.Identity(*d.Identity.Reference)
	return &saw
}
