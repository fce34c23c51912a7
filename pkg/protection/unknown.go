package protection

import (
	"slices"

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
		j.findings = append(j.findings, gap)
		if gap.Code != OtherAccount || !j.s.survivesHere() {
			j.gaps = append(j.gaps, part)
		}
	}
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
