package lambdafn

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// PlanFile is the normalised plan as JSON, in the package of the functions that
// need it: so a run depends on no configuration service.
const PlanFile = "plan.json"

// Plan reads the packaged plan.
func Plan() (plan.Plan, error) {
	text, err := os.ReadFile(Packaged(PlanFile))
	if err != nil {
		return plan.Plan{}, fmt.Errorf("read the packaged plan: %w", err)
	}
	var p plan.Plan
	if err := json.Unmarshal(text, &p); err != nil {
		return plan.Plan{}, fmt.Errorf("the packaged plan %s: %w", Packaged(PlanFile), err)
	}
	return p, nil
}
