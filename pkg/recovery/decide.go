package recovery

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Refused is a decision that cannot be.
type Refused struct {
	What string // what: why
	Hint string // what is possible
}

func (r *Refused) Error() string { return r.What }

// Aborted is the decision that aborted the run; nil: nobody did.
func (r Run) Aborted() *Decision {
	for i := range r.Decisions {
		if r.Decisions[i].Choice == Abort {
			return &r.Decisions[i]
		}
	}
	return nil
}

// SkipOf is the decision to skip the present attempt of a step; nil: there is none.
// One that runs asks at every look, and ends as skipped: see Skipping.
func (r Run) SkipOf(step Record) *Decision {
	d := r.decided(step.Node.ID, step.Status.Attempt)
	if d == nil || d.Choice != Skip {
		return nil
	}
	return d
}

// Skipping is the status of a step that ends by a decision to skip it.
func Skipping(s Status, d Decision, now time.Time) Status { return skipped(s, d, now) }

// decided is the decision about an attempt of a step: there is one at most.
func (r Run) decided(step string, attempt int) *Decision {
	for i := range r.Decisions {
		if d := &r.Decisions[i]; d.Step == step && d.Try == attempt && d.Choice != Abort {
			return d
		}
	}
	return nil
}

// longestReason keeps all decisions of a run in its one item of 400 KB: a full one
// would take no further decision, and could not be over.
const longestReason = 1000

// Decide checks a decision and returns the run as it is to be written, on condition
// of its revision: with the decision, and without a deadline, for what follows sets
// another. Try 0 is the present attempt. One that is there already is no error, so
// that asking again after a lost answer is none. Errors: *Refused.
func (g Graph) Decide(run Run, records []Record, d Decision) (Run, error) {
	d.By, d.Reason = strings.TrimSpace(d.By), strings.TrimSpace(d.Reason)
	switch {
	case !slices.Contains([]Choice{Retry, Skip, Abort}, d.Choice):
		return Run{}, &Refused{fmt.Sprintf("%q is no decision", d.Choice), "decide retry, skip or abort"}
	case d.By == "":
		return Run{}, &Refused{"nobody decides: " + string(d.Choice) + " needs a name", "say who decides"}
	case d.Reason == "":
		return Run{}, &Refused{"no reason: the evidence says why somebody decided so", "say why: --reason TEXT"}
	case len(d.Reason) > longestReason || len(d.By) > longestReason:
		return Run{}, &Refused{fmt.Sprintf("the reason has %d characters, and the name %d", len(d.Reason), len(d.By)), fmt.Sprintf("%d at most: name a ticket that says the rest", longestReason)}
	}
	step, err := g.about(run, records, &d)
	if err != nil {
		return Run{}, err
	}
	if known(run, d) {
		return run, nil
	}
	if err := g.possible(run, records, step, d); err != nil {
		return Run{}, err
	}
	run.Decisions = append(slices.Clone(run.Decisions), d)
	run.DecideBy = nil
	return run, nil
}

// about is the step that a decision is about; of an abort none.
func (g Graph) about(run Run, records []Record, d *Decision) (Record, error) {
	if d.Choice == Abort {
		if d.Step != "" {
			return Record{}, &Refused{"abort is of the whole recovery, not of step " + d.Step, "leave the step out, or skip it"}
		}
		d.Try = 0
		return Record{}, nil
	}
	i := slices.IndexFunc(records, func(r Record) bool { return r.Node.ID == d.Step })
	if i < 0 {
		return Record{}, &Refused{fmt.Sprintf("recovery %s has no step %q", run.ID, d.Step), options(run, records)}
	}
	if d.Try == 0 {
		d.Try = records[i].Status.Attempt
	}
	return records[i], nil
}

func known(run Run, d Decision) bool {
	return slices.ContainsFunc(run.Decisions, func(o Decision) bool {
		return o.Choice == d.Choice && o.Step == d.Step && o.Try == d.Try && o.By == d.By && o.Reason == d.Reason
	})
}

func (g Graph) possible(run Run, records []Record, step Record, d Decision) error {
	refused := func(format string, args ...any) error {
		return &Refused{fmt.Sprintf("%s of %s: ", d.Choice, subject(run, d)) + fmt.Sprintf(format, args...), options(run, records)}
	}
	if run.OverAt != nil {
		return refused("the recovery is over since %s", run.OverAt.UTC().Format(time.RFC3339))
	}
	if a := run.Aborted(); a != nil {
		return refused("%s aborted the recovery at %s", a.By, a.At.UTC().Format(time.RFC3339))
	}
	if d.Choice == Abort {
		return nil
	}
	if step.Status.Attempt != d.Try {
		return refused("it is about attempt %d, and this is attempt %d (%s)", d.Try, step.Status.Attempt, step.Status.State)
	}
	if o := run.decided(d.Step, d.Try); o != nil {
		return refused("%s decided %s at %s", o.By, o.Choice, o.At.UTC().Format(time.RFC3339))
	}
	if lets(d.Choice, step.Status.State) {
		return nil
	}
	if step.Status.State == Omitted {
		return refused("it is omitted, because of %s", step.Status.Because)
	}
	return refused("it is %s", step.Status.State)
}

func subject(run Run, d Decision) string {
	if d.Choice == Abort {
		return "recovery " + run.ID
	}
	return "step " + d.Step
}

// lets tells of which states a choice can be made.
func lets(c Choice, s State) bool {
	switch c {
	case Retry:
		return s == Failed
	case Skip:
		return s == Failed || s.Open()
	case Abort:
		return true
	}
	return false
}

// options say what can be decided of a run.
func options(run Run, records []Record) string {
	if run.OverAt != nil {
		return "nothing is to be decided any more: start another recovery"
	}
	if run.Aborted() != nil {
		return "nothing is to be decided any more: what runs ends, and the recovery with it"
	}
	var retry, skip []string
	for _, r := range records {
		if run.decided(r.Node.ID, r.Status.Attempt) != nil {
			continue
		}
		if lets(Retry, r.Status.State) {
			retry = append(retry, r.Node.ID)
		}
		if lets(Skip, r.Status.State) {
			skip = append(skip, r.Node.ID)
		}
	}
	var said []string
	if retry != nil {
		said = append(said, "retry "+some(retry))
	}
	if skip != nil {
		said = append(said, "skip "+some(skip))
	}
	return "possible are: " + strings.Join(append(said, "abort"), "; ")
}

// some of many names: a line of a terminal holds no more.
func some(ids []string) string {
	const most = 10
	if len(ids) <= most {
		return strings.Join(ids, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(ids[:most], ", "), len(ids)-most)
}
