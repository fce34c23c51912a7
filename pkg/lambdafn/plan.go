package lambdafn

import (
	"encoding/json"
	"fmt"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// Plan reads the packaged plan, and remembers where it cannot be read.
func (s *Settings) Plan() plan.Plan {
	text, err := s.ReadFile(deployed.PlanFile)
	if err != nil {
		s.Check(fmt.Errorf("read the packaged plan: %w", err))
		return plan.Plan{}
	}
	var p plan.Plan
	if err := json.Unmarshal(text, &p); err != nil {
		s.Check(fmt.Errorf("the packaged plan %s: %w", deployed.PlanFile, err))
	}
	return p
}
