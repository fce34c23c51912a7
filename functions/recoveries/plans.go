package recoveries

import (
	"context"
	"fmt"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/slice"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
)

// Plans answer from the packaged plan, and forecast by the drills that were.
func Plans(s *lambdafn.Settings) recoverystep.Plans {
	return slice.FixedPlan{
		Plan:   s.Plan(),
		Places: slice.Places{SubnetGroup: s.Get(deployed.EnvSubnetGroup), SecurityGroups: s.List(deployed.EnvSecurityGroups)},
		Past:   past{dynamodb.New(s.Home(), s.Get(deployed.EnvTable), nil)},
	}
}

// past is the history of the databases' drills.
type past struct {
	history interface {
		Past(ctx context.Context, database string) (drill.Past, error)
	}
}

// Measured implements slice.Past.
func (p past) Measured(ctx context.Context, databases []string) (budget.Measurements, error) {
	measured := budget.Measurements{}
	for _, name := range databases {
		was, err := p.history.Past(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("what drills of %s measured: %w", name, err)
		}
		drilled := budget.Drilled{}
		for _, r := range was.Restores {
			drilled.Seconds = append(drilled.Seconds, r.Seconds)
		}
		if len(drilled.Seconds) > 0 {
			measured[name] = drilled
		}
	}
	return measured, nil
}
