package drill

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// ThrowawayName is the name of whatever a run creates: "lifeboat-", the
// deployment and 12 hex digits of the execution's hash. It is a function of
// its arguments, so that a repeated call finds what an earlier one made, and
// clean-up needs no memory of it.
func ThrowawayName(deployment, executionID string) string {
	return "lifeboat-" + deployment + "-" + hash12(executionID)
}

// RunID names the record and the evidence of an execution: the last part of
// its ARN, which is the execution's name. Characters that are not safe in a
// file name become "-"; then, and when the name is long, 12 hex digits of the
// whole id keep it unique.
func RunID(executionID string) string {
	const maxLength = 100 // leaves room for suffixes in a 255-byte file name
	name := executionID[strings.LastIndexByte(executionID, ':')+1:]
	safe := strings.Map(func(r rune) rune {
		if strings.ContainsRune("-_.", r) || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, name)
	safe = strings.TrimLeft(safe, ".-")
	if safe == name && safe != "" && len(safe) <= maxLength {
		return safe
	}
	return strings.TrimLeft(safe[:min(len(safe), maxLength-13)]+"-"+hash12(executionID), "-")
}

func hash12(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}

// IsThrowawayName tells whether a name is one that ThrowawayName gives for the
// deployment: nothing else is ever removed. "lifeboat-prod-eu-<hex>" is not of
// deployment "prod".
func IsThrowawayName(deployment, name string) bool {
	id, ours := strings.CutPrefix(name, "lifeboat-"+deployment+"-")
	if !ours || deployment == "" || len(id) != 12 {
		return false
	}
	return strings.Trim(id, "0123456789abcdef") == ""
}
