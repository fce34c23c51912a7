package drillstep

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// UnmarshalJSON reads what a person may have typed into the console: whatever is
// not understood is said with what would be.
func (r *Request) UnmarshalJSON(text []byte) error {
	const right = `a drill starts with {} where the plan has one database, else with {"database": "workload/database"}`
	if text = bytes.TrimSpace(text); !bytes.HasPrefix(text, []byte("{")) {
		return fmt.Errorf("%s, not with %s", right, shortened(text))
	}
	type plain Request
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode((*plain)(r)); err != nil {
		return fmt.Errorf("%s: %s", strings.TrimPrefix(err.Error(), "json: "), right)
	}
	return nil
}

// shortened keeps an error readable.
func shortened(text []byte) string {
	const most = 80
	if len(text) > most {
		return string(text[:most]) + "..."
	}
	return string(text)
}
