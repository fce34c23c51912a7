package step

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Handler is a step as a function of JSON, as Lambda and the engine call it.
type Handler func(ctx context.Context, input json.RawMessage) (json.RawMessage, error)

// Steps are the steps of the drill machine, wired.
type Steps struct {
	ClaimSlot         ClaimSlot
	SelectBackup      SelectBackup
	StartRestore      StartRestore
	CheckAvailability CheckAvailability
	AwaitEvent        AwaitEvent
	ValidateData      ValidateData
	Cleanup           Cleanup
	ConfirmRemoval    ConfirmRemoval
	RecordEvidence    RecordEvidence
	PublishMetrics    PublishMetrics
	ReleaseSlot       ReleaseSlot
}

// Functions maps the ${...} of the machine, which is the state's name, to the
// function's name, which is its folder's.
func Functions() map[string]string {
	return map[string]string{
		"ClaimSlot":         "claim-slot",
		"SelectBackup":      "select-backup",
		"StartRestore":      "start-restore",
		"CheckAvailability": "check-availability",
		"AwaitEvent":        "await-event",
		"ValidateData":      "validate-data",
		"Cleanup":           "cleanup",
		"ConfirmRemoval":    "confirm-removal",
		"RecordEvidence":    "record-evidence",
		"PublishMetrics":    "publish-metrics",
		"ReleaseSlot":       "release-slot",
	}
}

// Handlers is the table of the steps, by function name.
func Handlers(s Steps) map[string]Handler {
	return map[string]Handler{
		"claim-slot":         JSON(s.ClaimSlot.Handle),
		"select-backup":      JSON(s.SelectBackup.Handle),
		"start-restore":      JSON(s.StartRestore.Handle),
		"check-availability": JSON(s.CheckAvailability.Handle),
		"await-event":        JSON(s.AwaitEvent.Handle),
		"validate-data":      JSON(s.ValidateData.Handle),
		"cleanup":            JSON(s.Cleanup.Handle),
		"confirm-removal":    JSON(s.ConfirmRemoval.Handle),
		"record-evidence":    JSON(s.RecordEvidence.Handle),
		"publish-metrics":    JSON(s.PublishMetrics.Handle),
		"release-slot":       JSON(s.ReleaseSlot.Handle),
	}
}

// JSON turns a step into a Handler. It decodes strictly: a field that a step
// does not know is a machine and a binary that do not fit together, or a
// misspelt input.
func JSON[In, Out any](handle func(context.Context, In) (Out, error)) Handler {
	return func(ctx context.Context, input json.RawMessage) (json.RawMessage, error) {
		var in In
		decoder := json.NewDecoder(bytes.NewReader(input))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&in); err != nil {
			return nil, &drill.Error{Name: drill.InvalidInput, What: "the input of the step is not understood", Err: err}
		}
		if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
			return nil, &drill.Error{Name: drill.InvalidInput, What: "the input of the step is more than one document"}
		}
		out, err := handle(ctx, in)
		if err != nil {
			return nil, err
		}
		text, err := json.Marshal(out)
		if err != nil {
			return nil, fmt.Errorf("encoding the result of the step: %w", err)
		}
		return text, nil
	}
}
