package sfn

import (
	"context"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// States lists the states that an execution has entered so far, in order.
func (m *Machines) States(ctx context.Context, executionARN string) ([]drill.StateVisit, error) {
	var visits []drill.StateVisit
	for event, err := range m.Follow(ctx, executionARN, 0) {
		if err != nil {
			return nil, err
		}
		if strings.HasSuffix(event.Type, "StateEntered") {
			visits = append(visits, drill.StateVisit{Name: event.State, EnteredAt: event.At})
		}
	}
	return visits, nil
}
