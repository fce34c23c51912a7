package main

import (
	"context"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// events that arrive while lifeboat waits.
type events int

const (
	noEvent events = iota
	atStart
	atEnd
)

var request = time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)

// lifeboat waits as the drill machine does, with its own steps StartRestore and
// CheckAvailability: AwaitEvent ends with an event or after waitSeconds.
func lifeboat(r restore, d *described, limits drill.Limits, arriving events) (outcome, error) {
	w := &world{described: d}
	spec := drill.Spec{Kind: plan.KindRDSInstance, Limits: limits}
	start, err := drillstep.StartRestore{Restorer: drillstep.ByKind[drillstep.Restorer]{spec.Kind: w}, Journal: w, Clock: w}.Handle(context.Background(), drillstep.StartRestoreIn{Spec: spec})
	if err != nil {
		return outcome{}, err
	}
	var event float64
	switch arriving {
	case atStart:
		event = r.startEvent
	case atEnd:
		event = r.endEvent
	case noEvent:
	}
	in := drillstep.CheckAvailabilityIn{Spec: spec, Resource: start.Resource, Poll: start.Poll}
	look := drillstep.CheckAvailability{Watcher: drillstep.ByKind[drillstep.Watcher]{spec.Kind: w}, Journal: w, Clock: w}
	for {
		due := w.now + float64(in.Poll.WaitSeconds)
		in.Woken = event > w.now+deafSeconds && event < due
		w.now = due
		if in.Woken {
			w.now = event
		}
		out, err := look.Handle(context.Background(), in)
		if err != nil {
			return outcome{}, err
		}
		if out.Available {
			return outcome{lag: w.now - r.took, calls: d.calls}, nil
		}
		in.Poll = out.Poll
	}
}

// world is what the steps need, in virtual time.
type world struct {
	*described
	now float64
}

func (w *world) Now() time.Time { return request.Add(drill.Seconds(w.now)) }

func (w *world) StartRestore(context.Context, drill.Run, drill.Spec, drill.RecoveryPoint) (drill.Copy, error) {
	return drill.Copy{{Kind: plan.KindRDSInstance, ID: "copy"}}, nil
}

func (w *world) RestoreStatus(context.Context, drill.Run, drill.Spec, drill.Resource) (drill.RestoreStatus, error) {
	if w.available(w.now) {
		return drill.RestoreStatus{Available: true, Status: "available"}, nil
	}
	return drill.RestoreStatus{Status: "creating"}, nil
}

func (w *world) Append(context.Context, string, drill.Fact) error { return nil }

func (w *world) Facts(context.Context, string) ([]drill.Fact, error) { return nil, nil }
