// Package wire makes the handler of preflight, the Lambda function that asks every
// day what would have a restore of the newest recovery points refused.
package wire

import (
	"github.com/lifeboat-dr/lifeboat/functions/kinds"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/rounds"
	"github.com/lifeboat-dr/lifeboat/pkg/slice"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// Handler makes no call. Errors: a setting is missing.
func Handler(env lambdafn.Env) (lambdafn.Handler, error) {
	s := env.Settings()
	places := slice.Places{SubnetGroup: s.Get(deployed.EnvSubnetGroup), SecurityGroups: s.List(deployed.EnvSecurityGroups)}
	specs, err := slice.MonitoredSpecs(s.Plan(), places)
	s.Check(err)
	return step.JSON(rounds.Preflight{
		Deployment: s.Get(deployed.EnvDeployment), Specs: specs, Recoverers: kinds.Recoverers(s), Metrics: cloudwatch.New(s.Home(), env.Clock),
	}.Handle), s.Err()
}
