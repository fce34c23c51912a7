package stacks

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// What cannot be deployed, although the plan is a good one elsewhere.
var (
	ErrNothingOnAWS = errors.New("it has no database of kind " + strings.Join(plan.KindNames(plan.DrilledOnAWS), " or ") + ", so there is nothing to deploy: its databases are drilled on this machine (lifeboat drill)")
	ErrNoAccount    = errors.New("no account: sign in to AWS, say ACCOUNT=<12 digits>, or write accounts in the plan")
	ErrNoVersion    = errors.New("no version of lifeboat is said, and evidence must name the one that measured: use make, or say -c version=<version>")
	ErrNoAssets     = errors.New("no folder of built functions is said: use make, or say -c functions=<folder>")
)

var accountRE = regexp.MustCompile(`^[0-9]{12}$`)

// check refuses what would fail, or mean nothing, in the middle of a deployment.
func check(p Props) error {
	switch {
	case databases(p.Plan) == 0:
		return ErrNothingOnAWS
	case p.Account == "":
		return ErrNoAccount
	case !accountRE.MatchString(p.Account):
		return fmt.Errorf("%q is no AWS account: 12 digits", p.Account)
	case p.Version == "":
		return ErrNoVersion
	case p.Assets == "":
		return ErrNoAssets
	}
	return checkAuthorities(p)
}
