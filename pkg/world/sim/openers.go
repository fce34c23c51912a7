package sim

import (
	"context"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/check/remote"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// login is where and as whom the checks get into a copy.
type login func(ctx context.Context, run drill.Run, spec drill.Spec, res drill.Resource) (endpoint drill.Endpoint, user, password string, err error)

// openInstance gets a login as on AWS, and then asks the model, or the real
// database behind the copy.
func (w *World) openInstance(logIn login) drillstep.OpenChecks {
	if backing := w.options.Backing; backing != nil {
		opener := remote.Opener{Login: logIn, Roots: backing.Roots, Clock: w.clock}
		return func(ctx context.Context, run drill.Run, spec drill.Spec, res drill.Resource) (drillstep.CheckSession, error) {
			return opener.Open(ctx, run, spec, res)
		}
	}
	return func(ctx context.Context, run drill.Run, spec drill.Spec, res drill.Resource) (drillstep.CheckSession, error) {
		endpoint, _, _, err := logIn(ctx, run, spec, res)
		if err != nil {
			return nil, err
		}
		return Session(w.clock, w.options.Scenario, endpoint, run, func() bool { return w.stopped(res.ID) }), nil
	}
}

// Session is one with a copy that is a model: its checks are answered as the
// scenario says, else as they expect. lost tells whether nobody answers there any
// more.
func Session(c *clock.Virtual, s Scenario, endpoint drill.Endpoint, run drill.Run, lost func() bool) drillstep.CheckSession {
	c.Sleep(connectTakes)
	return modelledSession{answers: s.Checks, endpoint: endpoint, now: c.Now, sleep: c.Sleep, started: run.StartedAt, lost: lost}
}

// stopped tells whether somebody stopped the copy: nobody answers there.
func (w *World) stopped(id string) bool {
	return slices.ContainsFunc(w.cloud.RDS.Instances(w.names.account, w.names.region), func(i *rds.Instance) bool {
		return i.Identifier == id && (i.Status() == "stopping" || i.Status() == "stopped")
	})
}

// connectTakes is for TLS and the login.
const connectTakes = 80 * time.Millisecond
