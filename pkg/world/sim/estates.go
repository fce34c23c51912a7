package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/events"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lab"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
)

// Estate is one database of a plan, as it lies in a simulated AWS with its
// backups and keys: for worlds that make the deployment themselves.
type Estate struct {
	estate
	land landscape
}

// EstateOf a database as a scenario has it; the deployment's own subnet group is
// not part of it. The error names a kind that cannot be rehearsed.
func EstateOf(spec drill.Spec, s Scenario) (Estate, error) {
	kind, rehearsed := simulated[spec.Kind]
	if !rehearsed {
		return Estate{}, fmt.Errorf("%s is of kind %s, which lives on this machine", spec.Name(), spec.Kind)
	}
	s.Missing = append([]string{"subnet-group"}, s.Missing...) // it is the deployment's
	land := landscape{scenario: s, spec: spec, place: spec.Place}
	return Estate{kind.estate(land), land}, nil
}

// Populate makes the database, its backups and its keys.
func (e Estate) Populate(c *lab.Cloud, now time.Time) {
	e.land.addKeys(c)
	e.populate(c, now)
}

// Name of the database, "workload/database".
func (e Estate) Name() string { return e.land.spec.Name() }

// Account is where the database is drilled.
func (e Estate) Account() string { return e.land.account() }

// Takes is about how long a restore takes.
func (e Estate) Takes() time.Duration { return e.restoreTakes() }

// LacksLinkedRole: the account of the drill has no service-linked role of RDS.
func (s Scenario) LacksLinkedRole() bool { return landscape{scenario: s}.missing("linked-role") }

// LacksSubnetGroup: somebody deleted the deployment's.
func (s Scenario) LacksSubnetGroup() bool { return landscape{scenario: s}.missing("subnet-group") }

// Behaviour of restored instances.
func (s Scenario) Behaviour() rds.Behaviour { return landscape{scenario: s}.behaviour() }

// Deliver is what becomes of events.
func (s Scenario) Deliver(random *rand.Rand) func(events.Event) events.Delivery {
	return landscape{scenario: s}.deliver(random)
}

// Began is when the scenario starts.
func (s Scenario) Began() time.Time { return s.start() }
