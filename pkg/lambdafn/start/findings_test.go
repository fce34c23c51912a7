package start

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
)

// Nobody reads what a round answers to a rule's event: what it warns of is in
// its log, with the databases.
func TestFindingsOfARoundAreLogged(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	answer := `{"databases": 1, "findings": [{"severity": "warning", "code": "SourceReplaced", "what": "another's", "hint": "look", "count": 1, "databases": ["orders/a"]}]}`
	b := boundary{func(context.Context, json.RawMessage) (json.RawMessage, error) { return []byte(answer), nil }}
	out, err := b.Invoke(t.Context(), []byte("{}"))
	if err != nil || string(out) != answer {
		t.Errorf("%s, %v", out, err)
	}
	for _, word := range []string{"level=WARN", "SourceReplaced", "another's", "look", "orders/a", "done"} {
		if !strings.Contains(log.String(), word) {
			t.Errorf("the log lacks %s: %s", word, log.String())
		}
	}
}
