package plan

import (
	"strings"
	"testing"
)

// TestURLThatIsNoneIsNotTold: what refuses a URL goes to logs of CI.
func TestURLThatIsNoneIsNotTold(t *testing.T) {
	for _, text := range []string{"shop.example.com/?token=geheim", "http://me:geheim@ho st/", "ftp://shop.example.com/?token=geheim"} {
		var v validator
		v.httpStep("url", Workload{}, Step{URL: text})
		if len(v.problems) != 1 || strings.Contains(v.problems[0].What, "geheim") {
			t.Errorf("%s: %+v", text, v.problems)
		}
	}
}
