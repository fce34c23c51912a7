package local

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// A step that panics has failed, as on Lambda, and the machine goes on to the
// removal; the process would end with exit code 2 and leave the copy behind.
func TestAStepThatBreaksHasFailed(t *testing.T) {
	handle := (&World{}).tasks(map[string]step.Handler{
		"f": func(context.Context, json.RawMessage) (json.RawMessage, error) { panic("it breaks") },
	})
	_, err := handle(t.Context(), asl.Task{State: "F", Arguments: json.RawMessage(`{"FunctionName": "f", "Payload": {}}`)})
	var failed *asl.TaskError
	if !errors.As(err, &failed) || !strings.Contains(failed.Cause, "it breaks") {
		t.Errorf("%v", err)
	}
}
