package protection

import (
	"maps"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// unknown adds what the subject needs and nobody could ask. A part that is another
// account's is asked of nobody: where copies here are what survives its scenario,
// they are judged, and nothing of it is missing.
func (j *judge) unknown() {
	needs := j.s.needs()
	if _, asked := j.seen.Events[j.s.Resource]; !asked && j.s.Bucket(j.seen) {
		needs = append(needs, Buckets)
	}
	for _, part := range needs {
		gap, is := j.seen.Gaps[part]
		if !is {
			continue
		}
		if !slices.ContainsFunc(j.findings, func(f drill.Finding) bool { return f.Code == gap.Code && f.What == gap.What }) {
			j.findings = append(j.findings, gap) // one cause, said once
		}
		if gap.Code != OtherAccount || !j.s.survivesHere() {
			j.gaps = append(j.gaps, part)
		}
	}
}

// Unsaid are the gaps that no judgement has: of a vault that the plan names and none
// of its rules uses nobody would hear that it could not be asked.
func Unsaid(seen *Seen, judgements []Judgement) (list []drill.Finding) {
	for _, part := range slices.Sorted(maps.Keys(seen.Gaps)) {
		gap := seen.Gaps[part]
		same := func(f drill.Finding) bool { return f.Code == gap.Code && f.What == gap.What }
		said := slices.ContainsFunc(judgements, func(j Judgement) bool { return slices.ContainsFunc(j.Findings, same) })
		if !said && !slices.ContainsFunc(list, same) {
			list = append(list, gap)
		}
	}
	return list
}

// needs are the parts that say how the subject stands.
func (s Subject) needs() (parts []Part) {
	if len(s.Policy.Rules) > 0 {
		parts = append(parts, Jobs, BackupPoints, BackupVault, OptIns)
	}
	if s.copies() {
		parts = append(parts, CopyJobs, CopyPoints, CopyVault)
	}
	switch s.Policy.PointInTime {
	case plan.PointInTimeReplicated:
		parts = append(parts, Native, Replicated)
	case plan.PointInTimeNative:
		parts = append(parts, Native)
	}
	return parts
}

// survivesHere tells whether what its scenario leaves is judged by what lies where
// lifeboat is.
func (s Subject) survivesHere() bool {
	return s.Scenario != plan.ScenarioOperatorError && (s.copies() || s.Replicated())
}

// InPrimary tells whether a part is asked where the databases are.
func (p Part) InPrimary() bool { return slices.Contains(InPrimary, p) }
