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

// passwords reads user and password from a secret.
type passwords func(ctx context.Context, region, secret string) (user, password string, err error)

// openInstance reads the password as on AWS, and then asks the model, or the real
// database behind the copy.
func (w *World) openInstance(read passwords) drillstep.OpenChecks {
	if backing := w.options.Backing; backing != nil {
		opener := remote.Opener{Password: read, Roots: backing.Roots, Clock: w.clock}
		return func(ctx context.Context, run drill.Run, spec drill.Spec, res drill.Resource, access drill.Access) (drillstep.CheckSession, error) {
			return opener.Open(ctx, run, spec, res, access)
		}
	}
	return func(ctx context.Context, run drill.Run, spec drill.Spec, res drill.Resource, access drill.Access) (drillstep.CheckSession, error) {
		if access.Secret != "" {
			if _, _, err := read(ctx, spec.Place.Region(), access.Secret); err != nil {
				return nil, err
			}
		}
		return Session(w.clock, w.options.Scenario, access.Endpoint, run, func() bool { return w.stopped(res.ID) }), nil
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
