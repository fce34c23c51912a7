package rounds

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/notice"
)

// noDrill says of an execution that began with no database that no drill began:
// nothing is known of the database by that, good or bad. Whoever typed it is awake
// and sees it fail. What a schedule asks for nobody sees, and it fails every time:
// that stays a page, but where another drill proves the same at that time.
func (t *telling) noDrill(ctx context.Context, n *notice.Notice, m matter) {
	if m.of.Ending() != drill.FailureClean || m.after != "" {
		return
	}
	code, _, _ := strings.Cut(m.of.Cause, ":")
	if n.Finding != nil {
		code = n.Finding.Code
	}
	switch drill.ErrorName(code) {
	case drill.SlotBusy:
		n.Says = "No drill began: another drill of this database was running. Nothing is left behind."
		n.Severity = notice.Ticket
	case drill.UnknownDatabase:
		n.Says = "No drill began: the plan has no database of the name that was asked for. Nothing is left behind."
	case drill.PlanMismatch:
		n.Says = "No drill began: another plan is deployed than was asked for. Nothing is left behind."
	case drill.InvalidInput:
		// Later steps do not understand something, either: then a drill did begin.
		facts, err := t.Record.Facts(ctx, drill.RunID(m.of.Execution))
		if err != nil || claimIn(facts) != nil {
			return
		}
		n.Says = "No drill began: what it was asked for was not understood. Nothing is left behind."
	default:
		return
	}
	if database := asked(m.of.Input); database != "" {
		n.Database = database
	}
	if len(m.of.Input) > 0 && !scheduled(m.of.Input) {
		n.Severity = notice.Ticket
	}
}

// scheduled tells whether a schedule or the dispatcher asked, and not a person.
func scheduled(input json.RawMessage) bool {
	var request struct {
		Trigger any // whoever types may type anything
	}
	return json.Unmarshal(input, &request) == nil && request.Trigger == "schedule"
}
