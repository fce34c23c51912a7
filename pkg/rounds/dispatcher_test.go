package rounds_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/rounds"
)

// dispatched is a fleet, its watermark, and what was started.
type dispatched struct {
	mu     sync.Mutex
	mark   time.Time
	inputs map[string]string // by the execution's name
	calls  int
	refuse bool
	lag    []float64
}

func (d *dispatched) Dispatched(context.Context) (time.Time, error) { return d.mark, nil }

func (d *dispatched) SetDispatched(_ context.Context, until time.Time) error {
	d.mark = until
	return nil
}

func (d *dispatched) Start(_ context.Context, _, name string, input json.RawMessage) (string, time.Time, bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	if d.refuse && d.calls%3 == 0 {
		return "", time.Time{}, false, errors.New("throttled")
	}
	if earlier, there := d.inputs[name]; there && earlier != string(input) {
		return "", time.Time{}, false, fmt.Errorf("%s has another input", name)
	}
	d.inputs[name] = string(input)
	return name, time.Time{}, false, nil
}

func (d *dispatched) Publish(_ context.Context, metrics []drill.Metric) error {
	d.lag = append(d.lag, metrics[0].Value)
	return nil
}

func fleet(t *testing.T, n int) []rounds.ScheduledDrill {
	t.Helper()
	s, err := plan.ParseSchedule("cron(0 3 1 * ? *)")
	if err != nil {
		t.Fatal(err)
	}
	var list []rounds.ScheduledDrill
	for i := range n {
		list = append(list, rounds.ScheduledDrill{Database: fmt.Sprintf("w%d/db.%d", i/100, i), Schedule: s})
	}
	return list
}

// Every drill is started once at its time, whatever rounds fail, come twice or
// do not come; starts are spread, and the machine gets the scheduled time.
func TestDispatcherStartsAllOnce(t *testing.T) {
	const databases = 1000
	for name, c := range map[string]struct {
		reason string
		every  time.Duration
		refuse bool
	}{
		"each minute": {"the schedule", time.Minute, false},
		"twice":       {"at least once", 20 * time.Second, false},
		"gaps":        {"rounds are lost", 7 * time.Minute, false},
		"an outage":   {"nothing ran for hours", 9 * time.Hour, false},
		"throttled":   {"every third start fails", time.Minute, true},
	} {
		t.Run(name, func(t *testing.T) {
			d := &dispatched{inputs: map[string]string{}, refuse: c.refuse}
			begin := time.Date(2026, 12, 1, 2, 30, 10, 0, time.UTC)
			at := clock.NewVirtual(begin)
			s := rounds.Dispatcher{Deployment: "prod", Drills: fleet(t, databases), Watermark: d, Machines: d, Machine: "machine", Metrics: d, Clock: at}
			most, ran := 0, 0
			for at.Now().Before(begin.Add(20 * time.Hour)) {
				before := len(d.inputs)
				if _, err := s.Handle(context.Background(), rounds.DispatcherIn{}); err != nil && !c.refuse {
					t.Fatal(err)
				}
				most, ran = max(most, len(d.inputs)-before), ran+1
				d.refuse = d.refuse && ran < 90
				at.Advance(c.every)
			}
			if len(d.inputs) != databases {
				t.Errorf("%d of %d were started", len(d.inputs), databases)
			}
			for name, input := range d.inputs {
				if !strings.Contains(input, `"scheduledTime":"2026-12-01T03:00:00Z"`) || len(name) > 80 {
					t.Fatalf("%s: %s", name, input)
				}
			}
			if c.every == time.Minute && !c.refuse && most > databases/8 {
				t.Errorf("%d started in one minute: %s should spread them", most, rounds.DispatchSpread)
			}
			if !c.refuse && d.calls != databases {
				t.Errorf("%d calls for %d databases", d.calls, databases)
			}
		})
	}
}

// A lag that grows is what the alarm sees.
func TestDispatcherTellsItsLag(t *testing.T) {
	d := &dispatched{inputs: map[string]string{}, mark: time.Date(2026, 12, 1, 2, 59, 0, 0, time.UTC)}
	at := clock.NewVirtual(time.Date(2026, 12, 1, 3, 20, 0, 0, time.UTC))
	s := rounds.Dispatcher{Drills: fleet(t, 200), Watermark: d, Machines: refusing{}, Metrics: d, Clock: at}
	if _, err := s.Handle(context.Background(), rounds.DispatcherIn{}); err == nil {
		t.Error("no error")
	}
	if d.lag[0] < 300 {
		t.Errorf("a lag of %v s where nothing could be started", d.lag[0])
	}
	s.Machines = d
	if _, err := s.Handle(context.Background(), rounds.DispatcherIn{}); err != nil || d.lag[1] != 0 {
		t.Errorf("%v, a lag of %v s", err, d.lag[1])
	}
}

type refusing struct{}

func (refusing) Start(context.Context, string, string, json.RawMessage) (string, time.Time, bool, error) {
	return "", time.Time{}, false, errors.New("there is no such machine")
}
