package plan

import (
	"fmt"
	"math"
)

// Sum of what is declared and not measured; what is longer than a Duration can be is
// the longest one: a sum that wrapped around would leave all of the RTO.
func (a Allowances) Sum() (sum Duration) {
	for _, part := range [...]Duration{a.Detection, a.Decision, a.DNS} {
		if part > math.MaxInt64-sum {
			return math.MaxInt64
		}
		sum += part
	}
	return sum
}

// allowances refuses those that leave nothing of the RTO: no restore, however
// quick, could meet it.
func (v *validator) allowances(path string, w Workload) {
	sum, rto := w.Allowances.Sum(), w.Objectives.RTO
	if rto <= 0 || sum < rto {
		return
	}
	v.add(path+".allowances", fmt.Sprintf("the allowances reach the RTO: together they are %s of %s", sum, rto),
		"the RTO is the service's, so nothing is left for the restore, and no drill could meet it",
		"shorten detection, decision or dns, or declare an RTO that the whole recovery can meet")
}
