package aws

import (
	"context"
	"errors"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sts"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// ErrNoRegion: the plan does not say where it is deployed.
var ErrNoRegion = errors.New("the plan names no region to drill in")

// Connect opens the world where a plan is deployed, as the caller's credentials
// reach it. It asks AWS who the caller is. version is lifeboat's.
func Connect(ctx context.Context, p plan.Plan, version string) (*World, error) {
	region := p.DrillRegion()
	if region == "" {
		return nil, ErrNoRegion
	}
	cfg, err := awsconfig.Load(ctx, awsconfig.Options{Region: region, Version: version})
	if err != nil {
		return nil, err
	}
	caller, err := sts.New(cfg).Caller(ctx)
	if err != nil {
		return nil, err
	}
	return Open(Options{
		Config: cfg, Deployment: p.Deployment, Account: caller.Account, Databases: p.Names(), PlanHash: p.Hash(), Caller: caller.ARN,
		Clock: clock.Real{}, Pause: clock.Pause,
	}), nil
}
