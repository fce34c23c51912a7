package asl

import (
	"encoding/json"
	"fmt"
	"time"
)

// choose takes the first choice whose condition holds. Output and Assign of
// the state belong to the Default; each choice has its own.
func (v *visit) choose() (outcome, string, error) {
	for i, c := range v.st.choices {
		raw, err := v.value(c.condition, fmt.Sprintf("Choices[%d]/Condition", i), "boolean")
		if err != nil {
			return outcome{}, "", err
		}
		if string(raw) != "true" {
			continue
		}
		out, err := v.leave(c.output, c.assign, v.input, nil)
		return out, c.next, err
	}
	if v.st.fallback == "" {
		return outcome{}, "", &runError{Failure: Failure{errNoChoice, fmt.Sprintf(
			"An error occurred while executing the state '%s' (entered at the event id #%d). Failed to transition out of the state. The state does not point to a next state.", v.st.name, v.id)}}
	}
	out, err := v.leave(v.st.output, v.st.assign, v.input, nil)
	return out, v.st.fallback, err
}

func (v *visit) wait() error {
	if v.st.waitSeconds != nil {
		secs, err := v.whole(v.st.waitSeconds, "Seconds", 0, maxSeconds)
		if err != nil {
			return err
		}
		return v.f.sleep(seconds(secs))
	}
	raw, err := v.value(v.st.waitTimestamp, "Timestamp", "string")
	if err != nil {
		return err
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return v.evaluationFailed(err, v.id)
	}
	until, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return v.evaluationFailed(&evalError{location: "Timestamp", text: "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: " + text}, v.id)
	}
	return v.f.sleep(until.Sub(v.x.options.Clock.Now()))
}
