package sim

import (
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/secretsmanager"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lab"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// simulated are the kinds that can be rehearsed. Nothing else in this world asks
// of which kind a database is.
var simulated = map[string]kind{
	plan.KindRDSInstance: {
		estate: instancesIn,
		open: func(w *World, s *lambdafn.Settings) drillstep.OpenChecks {
			return w.openInstance(secretsmanager.New(s.Config).Read)
		},
	},
}

// kind is what this world needs to know of one.
type kind struct {
	estate func(landscape) estate
	// open is the way to a copy: into the model, or the database behind it.
	open func(*World, *lambdafn.Settings) drillstep.OpenChecks
}

// estate is one database of a kind, as it lies in the simulated AWS, with its
// backups and copies.
type estate interface {
	// populate makes the source, its backups and what the restore needs.
	populate(c *lab.Cloud, now time.Time)
	// saw is what past drills saw of the source.
	saw() drill.Identity
	// restoreTakes is about how long a restore takes in this scenario.
	restoreTakes() time.Duration
	// leftBehind names the deployment's copies that are there; empty, not nil, for
	// none.
	leftBehind(c *lab.Cloud, n names) []string
	// billed is how long the copies were there, and their storage in GiB.
	billed(c *lab.Cloud) (lived time.Duration, storageGiB int)
}

// openers are this world's ways to copies, by kind.
func (w *World) openers(s *lambdafn.Settings) drillstep.ByKind[drillstep.OpenChecks] {
	open := drillstep.ByKind[drillstep.OpenChecks]{}
	for name, kind := range simulated {
		open[name] = kind.open(w, s)
	}
	return open
}
