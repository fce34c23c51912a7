package recovery_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

func TestDecide(t *testing.T) {
	records := []recovery.Record{
		record(1, "w/failed", recovery.Failed), omitted(record(2, "w/omitted", recovery.Waiting, "w/failed"), "w/failed"),
		record(3, "w/running", recovery.Running), record(4, "w/waiting", recovery.Waiting, "w/running"),
		record(5, "w/done", recovery.Succeeded), record(6, "w/ready", recovery.Ready),
	}
	possible := "possible are: retry w/failed; skip w/failed, w/running, w/waiting, w/ready; abort"
	none := "nothing is to be decided any more"
	cases := map[string]struct {
		reason string
		run    recovery.Run
		d      recovery.Decision
		hint   string // "": it is accepted
	}{
		"retry of a failed step":      {reason: "that is what it is for", d: decide(recovery.Retry, "w/failed", 1)},
		"retry, of whatever attempt":  {reason: "0 is the present one", d: decide(recovery.Retry, "w/failed", 0)},
		"retry of a running step":     {reason: "two would run", d: decide(recovery.Retry, "w/running", 1), hint: possible},
		"retry of a done step":        {reason: "it would be done twice", d: decide(recovery.Retry, "w/done", 1), hint: possible},
		"retry of another attempt":    {reason: "who decided had seen something else", d: decide(recovery.Retry, "w/failed", 2), hint: possible},
		"retry of an unknown step":    {reason: "nobody knows what is meant", d: decide(recovery.Retry, "w/fialed", 1), hint: possible},
		"skip of a failed step":       {reason: "as if it had succeeded", d: decide(recovery.Skip, "w/failed", 1)},
		"skip of a waiting step":      {reason: "it is not to be done", d: decide(recovery.Skip, "w/waiting", 1)},
		"skip of a ready step":        {reason: "it does not run yet", d: decide(recovery.Skip, "w/ready", 1)},
		"skip of a running step":      {reason: "it ends at its next look", d: decide(recovery.Skip, "w/running", 1)},
		"skip of an omitted step":     {reason: "what failed is to be decided on", d: decide(recovery.Skip, "w/omitted", 1), hint: possible},
		"skip of a done step":         {reason: "it is done", d: decide(recovery.Skip, "w/done", 1), hint: possible},
		"abort":                       {reason: "always", d: decide(recovery.Abort, "", 0)},
		"abort of a step":             {reason: "somebody means skip", d: decide(recovery.Abort, "w/failed", 1), hint: "leave the step out, or skip it"},
		"no reason":                   {reason: "the evidence has it", d: recovery.Decision{Choice: recovery.Abort, By: "ann", Reason: " "}, hint: "say why: --reason TEXT"},
		"a novel":                     {reason: "all decisions of a run are in one item", d: recovery.Decision{Choice: recovery.Abort, By: "ann", Reason: strings.Repeat("x", 501)}, hint: "say it shortly"},
		"no name":                     {reason: "a named person decides", d: recovery.Decision{Choice: recovery.Abort, Reason: "seen"}, hint: "say who decides"},
		"a reason of a megabyte":      {reason: "the run's record has it, and could not be written any more", d: recovery.Decision{Choice: recovery.Abort, By: "ann", Reason: strings.Repeat("a", 1<<20)}, hint: "say it shortly"},
		"a name of a megabyte":        {reason: "so has it this", d: recovery.Decision{Choice: recovery.Abort, By: strings.Repeat("a", 1<<20), Reason: "seen"}, hint: "say who decides"},
		"a name of two lines":         {reason: "it would write a line of its own into whatever shows it", d: recovery.Decision{Choice: recovery.Abort, By: "ann\ndecided by bob", Reason: "seen"}, hint: "say who decides"},
		"no such choice":              {reason: "there are three", d: recovery.Decision{Choice: "redo", By: "ann", Reason: "seen"}, hint: "decide retry, skip or abort"},
		"after the end":               {reason: "the evidence is being written", run: recovery.Run{OverAt: ptr(5)}, d: decide(recovery.Retry, "w/failed", 1), hint: none},
		"after an abort":              {reason: "nothing begins any more", run: recovery.Run{Decisions: []recovery.Decision{decide(recovery.Abort, "", 0)}}, d: decide(recovery.Retry, "w/failed", 1), hint: none},
		"another after one":           {reason: "one decision of one attempt", run: recovery.Run{Decisions: []recovery.Decision{decide(recovery.Retry, "w/failed", 1)}}, d: decide(recovery.Skip, "w/failed", 1), hint: "possible are: skip w/running"},
		"the same from somebody else": {reason: "they are told who did", run: recovery.Run{Decisions: []recovery.Decision{{Choice: recovery.Abort, By: "bob", Reason: "seen"}}}, d: decide(recovery.Abort, "", 0), hint: none},
	}
	g, err := recovery.GraphOf(records)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			c.run.DecideBy = ptr(100)
			got, err := g.Decide(c.run, records, c.d)
			var refused *recovery.Refused
			if errors.As(err, &refused) {
				if c.hint == "" || !strings.HasPrefix(refused.Hint, c.hint) {
					t.Errorf("%s: refused: %s\nhint: %s\nwant: %q", c.reason, refused.What, refused.Hint, c.hint)
				}
				return
			}
			if err != nil || c.hint != "" {
				t.Fatalf("%s: %v, want it refused with %q", c.reason, err, c.hint)
			}
			if c.d.Try == 0 && c.d.Choice != recovery.Abort {
				c.d.Try = 1
			}
			want := recovery.Run{Decisions: []recovery.Decision{c.d}} // and no deadline any more
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.reason, diff)
			}
			// The answer was lost: asking again changes nothing, even when it had its effect.
			after := written(records, g.Moves(got, records, at(10)).Changes)
			if again, err := g.Decide(got, after, c.d); err != nil || len(again.Decisions) != 1 {
				t.Errorf("asked again: %v, %d decisions", err, len(again.Decisions))
			}
		})
	}
}
