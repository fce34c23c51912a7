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
