package template

import (
	"errors"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// ErrNoPlan is that of an assembly which is no deployment of lifeboat.
var ErrNoPlan = errors.New("no function of the assembly has a plan beside it: it is no deployment of lifeboat")

// Undeployed is why an assembly could not be deployed: what AWS would refuse, and
// what is not simulated.
type Undeployed struct{ Err error }

func (u *Undeployed) Error() string { return u.Err.Error() }

// Unwrap gives the cause.
func (u *Undeployed) Unwrap() error { return u.Err }

// Refused tells whether AWS itself would refuse it: one thing at least is wrong
// that is not merely unknown to the simulation.
func (u *Undeployed) Refused() bool {
	return slices.ContainsFunc(each(u.Err), func(err error) bool { return !notSimulated(err) })
}

func notSimulated(err error) bool {
	var answer *wire.Error
	return errors.Is(err, cfn.ErrUnknown) || errors.As(err, &answer) && answer.Code == "NotSimulated"
}

// each are the errors that were joined, each with what is said around it below the
// join.
func each(err error) (all []error) {
	for around := err; around != nil; around = errors.Unwrap(around) {
		if joined, ok := around.(interface{ Unwrap() []error }); ok {
			for _, one := range joined.Unwrap() {
				all = append(all, each(one)...)
			}
			return all
		}
	}
	return []error{err}
}
