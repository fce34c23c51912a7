package rounds

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/notice"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// Endings knows how executions of the drill machine ended.
type Endings interface {
	// Ended lists those that failed, were aborted or timed out at since or later; it
	// may leave out inputs, errors and causes.
	Ended(ctx context.Context, machine string, since time.Time) ([]drill.Ended, error)
	// Ending has no status where nobody knows of such an execution.
	Ending(ctx context.Context, execution string) (drill.Ended, error)
}

// Notices remembers of which executions people were told.
type Notices interface {
	Notices(ctx context.Context) (map[string]drill.Noticed, error)
	// ClaimNotice is not mine where its end at stopped was told, or where somebody is about to since
	// cutOff or later; before is what was found.
	ClaimNotice(ctx context.Context, execution string, stopped, now, cutOff time.Time) (before drill.Noticed, mine bool, err error)
	KeepNotice(ctx context.Context, n drill.Noticed) error
}

// NoticeFinder knows what is remembered of one execution.
type NoticeFinder interface {
	Notice(ctx context.Context, execution string) (drill.Noticed, error)
}

// EvidenceReader reads what a drill recorded, and says where that lies.
type EvidenceReader interface {
	Recorded(ctx context.Context, execution string) (drill.Recorded, error)
	Location(execution string) string
}

// RecordReader reads the run record.
type RecordReader interface {
	Facts(ctx context.Context, runID string) ([]drill.Fact, error)
}

// Publisher sends a message to a topic.
type Publisher interface {
	Publish(ctx context.Context, topicARN, subject, message string) error
}

// Notifier tells people of every drill that ended badly, once. It is called by the
// events of Step Functions, which are best effort, and by a schedule of its own,
// whose rounds find what no event told of.
//
// It first claims an execution in the table, then publishes, then remembers that
// it did. Cut off in between, the claim is taken over after ten minutes: people
// are told twice rather than never. Where the table refuses, they are told all the
// same, and that it may come twice.
//
// An execution that was cut off is told together with its clean-up, whose end is
// awaited for half an hour.
type Notifier struct {
	Names    deployed.Names
	Endings  Endings
	Notices  Notices
	Finder   NoticeFinder
	Evidence EvidenceReader
	Record   RecordReader
	// Recoveries are told of as well; nil: the plan declares none.
	Recoveries       RecoveryRuns
	RecoveryEvidence RecoveryEvidence
	Publisher        Publisher
	Metrics          step.MetricSink
	Clock            step.Clock
}

const (
	// NotifyEvery is how often rounds look.
	NotifyEvery = 15 * time.Minute
	// lookBack is how old an ending may be of which nobody was told: longer than it
	// takes somebody to come back and mend a topic or the notifier itself. The table
	// remembers notices for longer, else they would be sent again.
	lookBack = 14 * 24 * time.Hour
	// cutOffAfter is when a claim is taken over that came to nothing: more than the
	// function may run.
	cutOffAfter = 10 * time.Minute
	// cleanUpWithin is how long the end of a clean-up is awaited.
	cleanUpWithin = 30 * time.Minute
	// enough time is left for one more message.
	enough = 10 * time.Second
)

// Unreported is the metric: endings of the last two weeks of which people could
// not be told, or are not known to have been told. Zero is published as well.
const Unreported = "Unreported"

// NotifierOut says what became of it. Findings reach the log.
type NotifierOut struct {
	Told       []string `json:"told"`       // executions
	Waiting    []string `json:"waiting"`    // for the end of their clean-up, or for whoever is about to tell
	Unreported int      `json:"unreported"` // of these people could not be told
	Findings   []Warned `json:"findings,omitempty"`
}

// Handle takes an event of Step Functions, or the schedule's, which has no source.
// That people could not be told is a figure and no error: the next round tries
// again. Errors: InvalidInput; MetricsFailed and whatever keeps a round from
// looking.
func (s Notifier) Handle(ctx context.Context, in Event) (NotifierOut, error) {
	switch in.Source {
	case "":
		return s.round(ctx)
	case "aws.states":
		return s.event(ctx, in.Detail)
	}
	return NotifierOut{}, &drill.Error{
		Name: drill.InvalidInput, What: fmt.Sprintf("an event of %q is told to nobody", in.Source),
		Hint: "look at the rule that has this function as its target",
	}
}

// telling is one call.
type telling struct {
	Notifier
	now time.Time
	// known is what is remembered; refused is why nothing is.
	known   func(execution string) drill.Noticed
	refused error
	out     NotifierOut
}

func (s Notifier) event(ctx context.Context, detail json.RawMessage) (NotifierOut, error) {
	x, err := changed(detail)
	if err != nil {
		return NotifierOut{}, err
	}
	t := &telling{Notifier: s, now: s.Clock.Now()}
	if machine := machineOf(x.Execution); machine == s.Names.RecoveryMachine() || machine == s.Names.RecoveryStepMachine() {
		if s.Recoveries == nil {
			return t.out, nil
		}
		err := t.recoveryEvent(ctx, x)
		return t.out, err
	}
	switch x.Status {
	case "ABORTED", "TIMED_OUT", "FAILED":
	default:
		return NotifierOut{}, nil
	}
	t.known = func(execution string) drill.Noticed {
		n, err := s.Finder.Notice(ctx, execution)
		if err != nil {
			t.refused = err
		}
		return n
	}
	if t.known(x.Execution).Told(x.StoppedAt) { // the event came twice
		return t.out, nil
	}
	t.tell(ctx, x)
	if t.out.Unreported == 0 {
		return t.out, nil
	}
	return t.out, t.publish(ctx) // without waiting for the round
}

// changed reads the event of an execution.
// https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
func changed(detail json.RawMessage) (drill.Ended, error) {
	var change struct {
		ExecutionArn, Status, Error, Cause, Input string
		StartDate, StopDate                       int64 // milliseconds
	}
	if err := json.Unmarshal(detail, &change); err != nil || change.ExecutionArn == "" {
		return drill.Ended{}, &drill.Error{Name: drill.InvalidInput, What: "the event names no execution", Err: err}
	}
	x := drill.Ended{Execution: change.ExecutionArn, Status: change.Status, Error: change.Error, Cause: change.Cause, Input: json.RawMessage(change.Input)}
	if change.StartDate > 0 && change.StopDate > 0 {
		x.StartedAt, x.StoppedAt = time.UnixMilli(change.StartDate).UTC(), time.UnixMilli(change.StopDate).UTC()
	}
	return x, nil
}

func (s Notifier) round(ctx context.Context) (NotifierOut, error) {
	t := &telling{Notifier: s, now: s.Clock.Now()}
	noticed, err := s.Notices.Notices(ctx)
	if err != nil {
		t.refused = err
		t.warn("NoticesUnreadable", "nobody can tell of which endings people were told, so some are told twice: "+err.Error(), "")
	}
	t.known = func(execution string) drill.Noticed { return noticed[execution] }
	ended, err := s.Endings.Ended(ctx, s.Names.MachineARN(), t.now.Add(-lookBack))
	if err != nil {
		return t.out, fmt.Errorf("looking for drills that ended badly: %w", err)
	}
	slices.SortFunc(ended, func(a, b drill.Ended) int { return a.StoppedAt.Compare(b.StoppedAt) })
	for _, x := range ended {
		switch n := t.known(x.Execution); {
		case n.Told(x.StoppedAt):
		case n.State == drill.NoticeSending && !n.At.Before(t.now.Add(-cutOffAfter)):
			t.out.Waiting = append(t.out.Waiting, x.Execution)
		case t.outOfTime(ctx):
			t.out.Unreported++
		case t.refused != nil && t.overdue(x.StoppedAt.Add(cleanUpWithin)):
			t.out.Unreported++ // without a look: the time is for what is new
		default:
			t.tell(ctx, x)
		}
	}
	var unread error
	if s.Recoveries != nil {
		unread = t.recoveryRound(ctx)
	}
	if unread != nil && t.out.Unreported == 0 {
		// A zero would say that everybody was told of everything. One round that cannot
		// look wakes nobody; of more the silence is told, by notifier-silent.
		return t.out, unread
	}
	return t.out, errors.Join(unread, t.publish(ctx))
}

// outOfTime: what is left is the next round's.
func (t *telling) outOfTime(ctx context.Context) bool {
	deadline, limited := ctx.Deadline()
	return limited && t.Clock.Now().Add(enough).After(deadline)
}

func (t *telling) publish(ctx context.Context) error {
	unreported := drill.Metric{Name: Unreported, Unit: "Count", Value: float64(t.out.Unreported), Dimensions: map[string]string{"Deployment": t.Names.Deployment}}
	if err := t.Metrics.Publish(ctx, []drill.Metric{unreported}); err != nil {
		return fmt.Errorf("publishing how many endings nobody was told of: %w", err)
	}
	return nil
}

// tell tells of an execution, or finds that it is told already, or not yet.
func (t *telling) tell(ctx context.Context, x drill.Ended) {
	m := t.matterOf(ctx, x)
	switch {
	case m.covered:
		t.keep(ctx, drill.Noticed{Execution: x.Execution, State: drill.NoticeSent})
	case m.waiting:
		t.out.Waiting = append(t.out.Waiting, x.Execution)
	default:
		t.send(ctx, m)
	}
}

// overdue: an earlier round could have told of what was ready then.
func (t *telling) overdue(ready time.Time) bool {
	return ready.Before(t.now.Add(-NotifyEvery - time.Minute))
}

// send tells of one matter: claim, publish, remember.
func (t *telling) send(ctx context.Context, m matter) {
	before, mine, refused := t.Notices.ClaimNotice(ctx, m.of.Execution, m.of.StoppedAt, t.now, t.now.Add(-cutOffAfter))
	if refused == nil && !mine {
		if !before.Told(m.of.StoppedAt) {
			t.out.Waiting = append(t.out.Waiting, m.of.Execution)
		}
		return
	}
	if refused != nil && t.overdue(m.ready) {
		// An earlier round may have told of it. Telling again would be a message every
		// round; silence would be wrong where none did. So the alarm says it.
		t.out.Unreported++
		t.warn("Unreported", "whether anybody was told of "+m.of.Execution+" is not known: "+refused.Error(), drill.HintOf(refused))
		return
	}
	n := t.noticeOf(ctx, m)
	switch {
	case refused != nil:
		n.Notes = append(n.Notes, "It may come twice: that it is sent could not be remembered ("+refused.Error()+").")
	case before.State == drill.NoticeSending:
		n.Notes = append(n.Notes, "It may have come before: whoever was about to send it was cut off.")
	}
	topic := t.Names.PagesARN()
	if n.Severity == notice.Ticket {
		topic = t.Names.TicketsARN()
	}
	if err := t.Publisher.Publish(ctx, topic, n.Subject(), n.Message()); err != nil {
		t.out.Unreported++
		t.warn("Unreported", "nobody could be told of "+m.of.Execution+": "+err.Error(), drill.HintOf(err))
		if refused == nil {
			t.keep(ctx, drill.Noticed{Execution: m.of.Execution, State: drill.NoticeFailed})
		}
		return
	}
	t.out.Told = append(t.out.Told, m.of.Execution)
	if refused != nil {
		return
	}
	t.keep(ctx, drill.Noticed{Execution: m.of.Execution, State: drill.NoticeSent, CleanUp: m.cleanUp.Execution})
	if m.cleanUp.Execution != "" {
		t.keep(ctx, drill.Noticed{Execution: m.cleanUp.Execution, State: drill.NoticeSent})
	}
}

// keep remembers; where it cannot, the next round does it again.
func (t *telling) keep(ctx context.Context, n drill.Noticed) {
	n.At = t.now
	if err := t.Notices.KeepNotice(ctx, n); err != nil && t.refused == nil {
		t.warn("NoticeForgotten", "what people were told of "+n.Execution+" could not be remembered, so it may come twice: "+err.Error(), drill.HintOf(err))
	}
}

// warn puts a line into the log.
func (t *telling) warn(code, what, hint string) {
	t.out.Findings = append(t.out.Findings, Warned{Finding: drill.Finding{Severity: drill.Warning, Code: code, What: what, Hint: hint}, Count: 1})
}

// nameOf an execution.
func nameOf(execution string) string { return execution[strings.LastIndexByte(execution, ':')+1:] }
