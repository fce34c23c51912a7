package lambdafn

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// Plan reads the packaged plan.
func Plan() (plan.Plan, error) {
	text, err := os.ReadFile(Packaged(deployed.PlanFile))
	if err != nil {
		return plan.Plan{}, fmt.Errorf("read the packaged plan: %w", err)
	}
	var p plan.Plan
	if err := json.Unmarshal(text, &p); err != nil {
		return plan.Plan{}, fmt.Errorf("the packaged plan %s: %w", Packaged(deployed.PlanFile), err)
	}
	return p, nil
}
