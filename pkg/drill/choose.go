package drill

import (
	"cmp"
	"fmt"
	"slices"
)

// maxPassedOver bounds the findings about candidates that were passed over, so
// that a folder of 10,000 broken backups does not fill the evidence.
const maxPassedOver = 10

// Choose returns the freshest usable recovery point, or nil where none is
// usable, and a finding for every fresher candidate that was passed over, with
// its reason. Of two equally fresh ones it takes the one whose time is known
// better, then the first by id, so that a repeated choice is the same.
func Choose(candidates []RecoveryPoint) (*RecoveryPoint, []Finding) {
	sorted := slices.SortedFunc(slices.Values(candidates), func(a, b RecoveryPoint) int {
		return cmp.Or(
			b.TakenAt.Compare(a.TakenAt),
			cmp.Compare(a.UncertaintySeconds, b.UncertaintySeconds),
			cmp.Compare(a.ID, b.ID),
		)
	})
	chosen := slices.IndexFunc(sorted, func(p RecoveryPoint) bool { return p.Usable })
	if chosen < 0 {
		return nil, passedOver(sorted)
	}
	return &sorted[chosen], passedOver(sorted[:chosen])
}

func passedOver(points []RecoveryPoint) []Finding {
	var findings []Finding
	for i, p := range points {
		if i == maxPassedOver {
			return append(findings, Finding{
				Severity: Warning, Code: "BackupPassedOver",
				What: fmt.Sprintf("%d more backups were passed over", len(points)-i),
			})
		}
		findings = append(findings, Finding{
			Severity: Warning, Code: "BackupPassedOver",
			What: fmt.Sprintf("backup %s was passed over: %s", p.ID, cmp.Or(p.Reason, "it cannot be used")),
			Hint: p.Hint,
		})
	}
	return findings
}
