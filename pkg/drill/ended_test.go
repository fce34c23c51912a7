package drill

import "testing"

func TestEndingsOfExecutions(t *testing.T) {
	for name, c := range map[string]struct {
		ended  Ended
		want   Ending
		closed bool
	}{
		"passed":         {Ended{Status: "SUCCEEDED"}, Passed, true},
		"dirty":          {Ended{Status: "FAILED", Error: "FailureDirty"}, FailureDirty, true},
		"not ours":       {Ended{Status: "FAILED", Error: "States.Runtime"}, "", true},
		"by hand":        {Ended{Status: "ABORTED", Error: "FailureDirty"}, "", true},
		"running":        {Ended{Status: "RUNNING"}, "", false},
		"no such":        {Ended{}, "", false},
		"to be redriven": {Ended{Status: "PENDING_REDRIVE"}, "", false},
	} {
		if got := c.ended.Ending(); got != c.want || c.ended.Closed() != c.closed {
			t.Errorf("%s: %q, closed %t", name, got, c.ended.Closed())
		}
	}
}
