// Package wire makes the handler of protection-monitor, the Lambda function that
// publishes how databases are really backed up, against the plan's policy.
package wire

import (
	"github.com/lifeboat-dr/lifeboat/functions/kinds"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/backup"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/s3"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/rounds"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// Handler makes no call. Errors: a setting is missing.
func Handler(env lambdafn.Env) (lambdafn.Handler, error) {
	s := env.Settings()
	p := s.Plan()
	primary := s.Region
	if p.Regions != nil {
		primary = p.Regions.Primary
	}
	there := backup.New(s.Config(primary))
	return step.JSON(rounds.ProtectionMonitor{
		Names: deployed.Names{Deployment: s.Get(deployed.EnvDeployment), Account: s.Account, Region: s.Region}, Plan: p,
		Jobs: there, Primary: there, Home: backup.New(s.Home()), Automated: kinds.Instances(s), Buckets: s3.NewNotifications(s.Config(primary)),
		Metrics: cloudwatch.New(s.Home(), env.Clock), Clock: env.Clock,
	}.Handle), s.Err()
}
