package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
)

// NewModeRoles are the two roles that a recovery acts as, one for each mode: an
// exercise can make throwaways only, and nothing that a failover makes; a failover what
// the plan names, and no throwaway. Only the functions that do so assume one, after the
// record has told them the mode of the run.
func NewModeRoles(scope constructs.Construct, s Scope) {
	scope = constructs.NewConstruct(scope, jsii.String("Modes"))
	for _, role := range []struct {
		id, name   string
		by         []string // functions
		statements []Statement
	}{
		{"Exercise", s.Names.ExerciseRole(), []string{deployed.RunStep, deployed.RemoveThrowaways}, Exercise(s)},
		{"Failover", s.Names.FailoverRole(), []string{deployed.RunStep}, Failover(s)},
	} {
		NewRole(constructs.NewConstruct(scope, jsii.String(role.id)), role.name, ofFunctionsHere(s.Names, role.by...), role.statements)
	}
}
