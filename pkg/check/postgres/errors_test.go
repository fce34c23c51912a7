package pgcheck

import (
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

func TestWhatAnErrorMeans(t *testing.T) {
	for code, want := range map[string]drill.CheckOutcome{
		"42P01": drill.CheckFailed, "42703": drill.CheckFailed, "3F000": drill.CheckFailed, "XX001": drill.CheckFailed, "58P01": drill.CheckFailed,
		"57014": drill.CheckError, "42601": drill.CheckError, "22012": drill.CheckError, "53200": drill.CheckError,
	} {
		var r drill.CheckResult
		judgeError(&r, pgError(code), "")
		if r.Outcome != want || r.Code != code || strings.Contains(r.Reason, "row text") {
			t.Errorf("%s: %s %s %q, want %s", code, r.Outcome, r.Code, r.Reason, want)
		}
	}
}
