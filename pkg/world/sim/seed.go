package sim

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/events"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
)

// defaultAccount owns everything where the plan names no accounts.
const defaultAccount = "111122223333"

// landscape is where things lie in the simulated AWS of one drill, whatever kind
// the database is of.
type landscape struct {
	scenario Scenario
	spec     drill.Spec
	place    drill.Place
}

func (l landscape) primaryAccount() string { return cmp.Or(l.place.PrimaryAccount, defaultAccount) }

// account is where the drill runs.
func (l landscape) account() string { return cmp.Or(l.place.RecoveryAccount, l.primaryAccount()) }

func (l landscape) key(region, account string) string {
	if l.scenario.Source.Unencrypted {
		return ""
	}
	if l.place.KMSKey != "" && strings.HasPrefix(l.place.KMSKey, "arn:") && region == l.place.Region() {
		return l.place.KMSKey
	}
	return inRegion("kms", region, account, "key/backups")
}

func inRegion(service, region, account, resource string) string {
	return deployed.Names{Account: account, Region: region}.ARN(service, resource)
}

func (l landscape) behaviour() rds.Behaviour {
	r := l.scenario.Restore
	return rds.Behaviour{
		Creating: time.Duration(r.Creating), BackingUp: time.Duration(r.BackingUp), Modifying: time.Duration(r.Modifying),
		Rotation: time.Duration(r.Rotation), Deleting: time.Duration(r.Deleting), AppearsIn: time.Duration(r.AppearsIn),
		EndsIn: r.EndsIn, StuckIn: r.StuckIn, Spread: r.Spread,
		StoppedAfter: time.Duration(r.StoppedAfter), StartsWith: l.scenario.Source.ParameterGroup,
	}
}

// deliver is what becomes of events.
func (l landscape) deliver(random *rand.Rand) func(events.Event) events.Delivery {
	e := l.scenario.Events
	delay := e.Delay.or(2 * time.Second)
	return func(event events.Event) events.Delivery {
		for _, lost := range e.Lost {
			if lost == "all" || strings.Contains(string(event.Detail), `"`+lost+`"`) {
				return nil
			}
		}
		jitter := time.Duration(random.Int64N(int64(delay)))
		if e.Twice {
			return events.Delivery{delay/2 + jitter, delay*2 + jitter}
		}
		return events.Delivery{delay/2 + jitter}
	}
}

func (l landscape) missing(what string) bool { return slices.Contains(l.scenario.Missing, what) }
