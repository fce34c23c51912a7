package rounds

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// Watermark remembers up to which minute drills were dispatched; the zero time:
// never.
type Watermark interface {
	Dispatched(ctx context.Context) (time.Time, error)
	SetDispatched(ctx context.Context, until time.Time) error
}

// ScheduledDrill is a database whose drills are due by a schedule.
type ScheduledDrill struct {
	Database string // workload/database
	Schedule plan.Schedule
}

// ScheduledDrills are all of a plan that run on AWS and have a schedule.
func ScheduledDrills(p plan.Plan) ([]ScheduledDrill, error) {
	var list []ScheduledDrill
	for w, d := range p.OnAWS() {
		if d.Drill.Schedule == "" {
			continue
		}
		s, err := plan.ParseSchedule(d.Drill.Schedule)
		if err != nil {
			return nil, fmt.Errorf("%s/%s: %w", w.Name, d.Name, err)
		}
		list = append(list, ScheduledDrill{w.Name + "/" + d.Name, s})
	}
	return list, nil
}

// Dispatcher starts the drills that are due, in the place of one schedule per
// database where a stack could not hold so many. It runs every minute and
// starts all that became due since it last ran, so a round that failed or never
// came loses nothing for a day.
//
// Each database has an offset of its own within DispatchSpread, always the
// same: a thousand databases with one cron line do not ask for a thousand
// instances in one minute. The execution's name follows from the database and
// the scheduled time: a start that is repeated starts nothing. A drill that
// another scheduler has started for the same time ends as a duplicate.
type Dispatcher struct {
	Deployment string
	Drills     []ScheduledDrill
	Watermark  Watermark
	Machines   MachineStarter
	Machine    string // ARN
	Metrics    step.MetricSink
	Clock      step.Clock
}

const (
	// DispatchSpread is over how long starts of one scheduled time are spread.
	DispatchSpread = 15 * time.Minute
	// dispatchBack is how far a dispatcher that did not run catches up: a drill
	// that is a day late is better than none, one of last week is not awaited.
	dispatchBack = 24 * time.Hour
	// startsAtOnce stays far below StartExecution's quota of 150 a second.
	// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
	startsAtOnce = 8
)

// DispatchLag is the metric: Seconds from the minute up to which all drills
// were started to now.
const DispatchLag = "DispatchLag"

// DispatcherIn is the schedule's event, of which nothing is needed.
type DispatcherIn struct{}

// DispatcherOut says how many starts were asked for.
type DispatcherOut struct {
	Started int       `json:"started"`
	Until   time.Time `json:"until"`
}

// Handle starts what is due. After an error the next round tries again from
// the first minute that is not done.
func (s Dispatcher) Handle(ctx context.Context, _ DispatcherIn) (DispatcherOut, error) {
	now := s.Clock.Now().UTC()
	mark, err := s.Watermark.Dispatched(ctx)
	if err != nil {
		return DispatcherOut{}, fmt.Errorf("reading up to when drills were dispatched: %w", err)
	}
	if mark.IsZero() { // the schedules of an earlier deployment may have been in their window
		mark = now.Add(-DispatchSpread)
	}
	out := DispatcherOut{Until: mark}
	if oldest := now.Add(-dispatchBack); oldest.After(mark) {
		out.Until = oldest
	}
	out.Until = out.Until.Truncate(time.Minute)
	var failed error
	for minute := out.Until.Add(time.Minute); !minute.After(now) && failed == nil; minute = minute.Add(time.Minute) {
		var started int
		if started, failed = s.start(ctx, minute); failed == nil {
			out.Until = minute
		}
		out.Started += started
	}
	if err := s.Watermark.SetDispatched(ctx, out.Until); err != nil {
		failed = errors.Join(failed, fmt.Errorf("remembering up to when drills were dispatched: %w", err))
		out.Until = mark
	}
	lag := drill.Metric{Name: DispatchLag, Unit: "Seconds", Value: now.Sub(out.Until).Seconds(), Dimensions: map[string]string{"Deployment": s.Deployment}}
	if err := s.Metrics.Publish(ctx, []drill.Metric{lag}); err != nil {
		failed = errors.Join(failed, fmt.Errorf("publishing the lag: %w", err))
	}
	return out, failed
}

// start begins every drill of one minute, and reports how many it could.
func (s Dispatcher) start(ctx context.Context, minute time.Time) (int, error) {
	var due []ScheduledDrill
	for _, d := range s.Drills {
		if d.Schedule.Due(minute.Add(-offset(d.Database))) {
			due = append(due, d)
		}
	}
	problems := make([]error, len(due))
	var group errgroup.Group
	group.SetLimit(startsAtOnce)
	for i, d := range due {
		group.Go(func() error {
			problems[i] = s.startOne(ctx, d.Database, minute.Add(-offset(d.Database)))
			return nil
		})
	}
	_ = group.Wait() // problems has each
	started := 0
	for _, err := range problems {
		if err == nil {
			started++
		}
	}
	return started, errors.Join(problems...)
}

func (s Dispatcher) startOne(ctx context.Context, database string, scheduled time.Time) error {
	input, err := json.Marshal(drillstep.Request{
		Database: database, ScheduledTime: scheduled.Format(time.RFC3339), Trigger: "schedule", StartedBy: "lifeboat dispatcher",
	})
	if err != nil {
		return fmt.Errorf("starting the drill of %s: %w", database, err)
	}
	if _, _, _, err := s.Machines.Start(ctx, s.Machine, dispatchedName(database, scheduled), input); err != nil {
		return fmt.Errorf("starting the drill of %s that is due at %s: %w", database, scheduled.Format(time.RFC3339), err)
	}
	return nil
}

// offset of a database within DispatchSpread, whole minutes.
func offset(database string) time.Duration {
	sum := sha256.Sum256([]byte(database))
	return time.Duration(binary.BigEndian.Uint32(sum[:])%uint32(DispatchSpread.Minutes())) * time.Minute
}

var notInNames = regexp.MustCompile(`[^A-Za-z0-9_-]`)

// dispatchedName of an execution: readable, and with a part of the hash, as
// what is readable may be cut.
func dispatchedName(database string, scheduled time.Time) string {
	sum := sha256.Sum256([]byte(database))
	return fmt.Sprintf("%.40s-%x-%s", notInNames.ReplaceAllString(database, "-"), sum[:4], scheduled.Format("20060102T1504Z"))
}
