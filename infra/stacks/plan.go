package stacks

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// packagePlan writes the normalised plan beside the functions that need it, so
// that a run depends on no configuration service and another plan is another
// version of the function.
func packagePlan(assets string, p plan.Plan) error {
	text, err := json.Marshal(p.Normalised())
	if err != nil {
		return fmt.Errorf("package the plan: %w", err)
	}
	for _, name := range deployed.ReadPlan {
		file := filepath.Join(assets, name, deployed.PlanFile)
		if err := os.WriteFile(file, text, 0o644); err != nil {
			return fmt.Errorf("package the plan (run `make functions` first): %w", err)
		}
	}
	return nil
}
