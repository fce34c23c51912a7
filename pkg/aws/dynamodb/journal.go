package dynamodb

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

const (
	factPrefix = "fact#"
	maxFacts   = 999_999 // of one run: six digits keep their order as text

	// maxItemBytes of DynamoDB, names of attributes included.
	// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
	maxItemBytes = 400 << 10

	// maxConflicts is how often others may be faster. One run has one
	// execution, which does one thing at a time: more than two writers are
	// steps that were given up on and still run.
	maxConflicts = 20
)

// Append adds one fact at the end of the record of a run. Where the answer of
// a write was lost the fact may be there twice, never torn and never lost.
// Errors: InvalidInput for a fact that no item can hold.
func (t *Table) Append(ctx context.Context, runID string, fact drill.Fact) error {
	what := fmt.Sprintf("append %s to the record of run %s", fact.Kind, runID)
	content, err := json.Marshal(fact)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	k := key{pk: "run#" + runID, sk: factPrefix}
	if size := factBytes(k, content); size > maxItemBytes {
		return &drill.Error{
			Name: drill.InvalidInput,
			What: fmt.Sprintf("%s: it has %d bytes, and an item of DynamoDB holds %d", what, size, maxItemBytes),
			Hint: "shorten the checks of this database, or what a restore reports",
		}
	}
	next := 0 // what we tried to write
	for range maxConflicts {
		last, n, err := t.lastFact(ctx, k, what)
		if err != nil {
			return err
		}
		if next > 0 && n >= next && textOf(last, "fact") == string(content) {
			return nil // ours, from a write whose answer was lost
		}
		if next = n + 1; next > maxFacts {
			return &drill.Error{Name: drill.Unexpected, What: fmt.Sprintf("%s: the record is full with %d facts", what, maxFacts)}
		}
		i := key{k.pk, fmt.Sprintf("%s%06d", factPrefix, next)}.item()
		i["fact"] = &types.AttributeValueMemberS{Value: string(content)}
		i["expiresAt"] = epoch(fact.At.Add(keptFor))
		if done, err := t.put(ctx, i, condition{absent: true}, what); done || err != nil {
			return err
		}
	}
	return &drill.Error{Name: drill.Transient, What: fmt.Sprintf("%s: others wrote to it %d times meanwhile", what, maxConflicts)}
}

// factBytes is at most what DynamoDB counts: the UTF-8 of all names and
// values, of a number about half its digits.
func factBytes(k key, content []byte) int {
	const names, digits, epochDigits = len("pk" + "sk" + "fact" + "expiresAt"), 6, 10
	return names + len(k.pk) + len(k.sk) + digits + len(content) + epochDigits
}

func (t *Table) lastFact(ctx context.Context, k key, what string) (item, int, error) {
	for i, err := range t.query(ctx, k, true, 1, what) {
		if err != nil {
			return nil, 0, err
		}
		n, err := strconv.Atoi(strings.TrimPrefix(textOf(i, "sk"), factPrefix))
		if err != nil {
			return nil, 0, &drill.Error{Name: drill.Unexpected, What: what + ": its last fact has no number", Err: err}
		}
		return i, n, nil
	}
	return nil, 0, nil
}

// Facts returns the facts of a run in the order in which they were appended; a
// run without a record has none.
func (t *Table) Facts(ctx context.Context, runID string) ([]drill.Fact, error) {
	what := "read the record of run " + runID
	var facts []drill.Fact
	for i, err := range t.query(ctx, key{"run#" + runID, factPrefix}, false, 0, what) {
		if err != nil {
			return nil, err
		}
		var fact drill.Fact
		if err := json.Unmarshal([]byte(textOf(i, "fact")), &fact); err != nil {
			return nil, &drill.Error{Name: drill.Unexpected, What: what + ": " + textOf(i, "sk") + " cannot be read", Err: err}
		}
		facts = append(facts, fact)
	}
	return facts, nil
}
