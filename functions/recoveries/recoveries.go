// Package recoveries is what the functions of recoveries share: the record, the
// executions of the two machines, and the roles that steps act as. Which adapter
// does which kind of step package works knows.
package recoveries

import (
	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sts"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
)

// Store is the record of recoveries. It makes no call, nor does any here.
func Store(s *lambdafn.Settings) recoverystep.Store {
	return dynamodb.New(s.Home(), s.Get(deployed.EnvTable), nil).Recoveries()
}

// Executions are those of the two machines.
func Executions(s *lambdafn.Settings) recoverystep.Executions {
	names := s.Names()
	return sfn.New(s.Home()).Recoveries(names.RecoveryMachineARN(), names.RecoveryStepMachineARN())
}

// As is a function's surroundings where it acts as the role of a mode: what a
// recovery makes, changes and removes is done with that alone.
func As(s *lambdafn.Settings, mode recovery.Mode) *lambdafn.Settings {
	names := s.Names()
	name := names.ExerciseRole()
	if mode == recovery.Failover {
		name = names.FailoverRole()
	}
	return s.Acting(sts.Assume(s.Home(), names.RoleARN(name), "lifeboat-"+string(mode), s.Clock))
}
