package drillstep

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

// FactsIn is the run record in a journal of bytes: each entry is one fact.
func FactsIn(j record.Journal) Journal { return facts{j} }

type facts struct{ journal record.Journal }

// Append implements Journal.
func (f facts) Append(ctx context.Context, runID string, fact drill.Fact) error {
	text, err := json.Marshal(fact)
	if err != nil {
		return fmt.Errorf("append %s to the record of run %s: %w", fact.Kind, runID, err)
	}
	return f.journal.Append(ctx, runID, record.Entry{At: fact.At, What: string(fact.Kind), Text: text})
}

// Facts implements Journal. An entry that is no fact is an error: what it told
// would be missing in the verdict.
func (f facts) Facts(ctx context.Context, runID string) ([]drill.Fact, error) {
	entries, err := f.journal.Entries(ctx, runID)
	if err != nil {
		return nil, err
	}
	var list []drill.Fact
	for i, text := range entries {
		var fact drill.Fact
		if err := json.Unmarshal(text, &fact); err != nil {
			return nil, &drill.Error{Name: drill.Unexpected, What: fmt.Sprintf("read the record of run %s: fact %d cannot be read", runID, i+1), Err: err}
		}
		list = append(list, fact)
	}
	return list, nil
}
