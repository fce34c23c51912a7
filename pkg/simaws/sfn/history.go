package sfn

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

type historyIn struct {
	ExecutionArn         string
	MaxResults           int
	ReverseOrder         bool
	NextToken            *string
	IncludeExecutionData *bool // default true
}

type historyOut struct {
	Events    []event `json:"events"`
	NextToken *string `json:"nextToken,omitempty"`
}

type event map[string]json.RawMessage

func (s *Service) history(c *wire.Call, in historyIn) (historyOut, error) {
	x, err := s.findExecution(c, in.ExecutionArn)
	if err != nil {
		return historyOut{}, err
	}
	raw, err := s.backend.History(x.ARN)
	if err != nil {
		return historyOut{}, err
	}
	withData := in.IncludeExecutionData == nil || *in.IncludeExecutionData
	all := make([]event, len(raw))
	for i := range raw {
		if all[i], err = shown(raw[i], withData); err != nil {
			return historyOut{}, fmt.Errorf("event %d of %s: %w", i+1, x.ARN, err)
		}
	}
	if in.ReverseOrder {
		slices.Reverse(all)
	}
	part, next, err := page(all, in.MaxResults, in.NextToken, func(e event) string { return "event-" + string(e["id"]) })
	return historyOut{part, next}, err
}

// shown puts an event into the form of the wire: the timestamp in seconds, every
// payload as the text of its document.
func shown(raw json.RawMessage, withData bool) (event, error) {
	var e event
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, err
	}
	if stamp := e["timestamp"]; len(stamp) > 0 && stamp[0] == '"' {
		var at time.Time
		err := json.Unmarshal(stamp, &at)
		if err != nil {
			return nil, err
		}
		if e["timestamp"], err = json.Marshal(wire.Epoch(at)); err != nil {
			return nil, err
		}
	}
	for name, value := range e {
		if !strings.HasSuffix(name, "EventDetails") {
			continue
		}
		details := event{}
		err := json.Unmarshal(value, &details)
		if err != nil {
			return nil, err
		}
		if err := details.payloads(withData); err != nil {
			return nil, err
		}
		if e[name], err = json.Marshal(details); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// payloads makes texts of the payloads among an event's details, or leaves
// them out.
func (e event) payloads(withData bool) error {
	for _, name := range []string{"input", "output", "parameters"} {
		value, ok := e[name]
		if !ok {
			continue
		}
		if !withData {
			delete(e, name)
			if name == "parameters" { // a required member
				e[name] = json.RawMessage(`""`)
			}
			continue
		}
		text, err := asText(value)
		if err != nil {
			return err
		}
		e[name] = text
	}
	variables, ok := e["assignedVariables"]
	if !ok {
		return nil
	}
	if !withData {
		delete(e, "assignedVariables")
		return nil
	}
	var values event
	err := json.Unmarshal(variables, &values)
	if err != nil {
		return err
	}
	for name, value := range values {
		if values[name], err = asText(value); err != nil {
			return err
		}
	}
	e["assignedVariables"], err = json.Marshal(values)
	return err
}

// asText makes a document the text of it. A text is taken to be one already.
func asText(value json.RawMessage) (json.RawMessage, error) {
	if value[0] == '"' {
		return value, nil
	}
	return json.Marshal(string(value))
}
