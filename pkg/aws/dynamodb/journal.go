package dynamodb

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/record"
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

var _ record.Journal = (*Table)(nil)

// Append implements record.Journal: it adds one entry at the end of the record
// of a run.
// Errors: InvalidInput for an entry that no item can hold.
func (t *Table) Append(ctx context.Context, runID string, e record.Entry) error {
	what := fmt.Sprintf("append %s to the record of run %s", e.What, runID)
	content := string(e.Text)
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
		if next > 0 && n >= next && textOf(last, "fact") == content {
			return nil // ours, from a write whose answer was lost
		}
		if next = n + 1; next > maxFacts {
			return &drill.Error{Name: drill.Unexpected, What: fmt.Sprintf("%s: the record is full with %d facts", what, maxFacts)}
		}
		i := key{k.pk, fmt.Sprintf("%s%06d", factPrefix, next)}.item()
		i["fact"] = &types.AttributeValueMemberS{Value: content}
		i["expiresAt"] = epoch(e.At.Add(keptFor))
		if done, err := t.put(ctx, i, condition{absent: true}, what); done || err != nil {
			return err
		}
	}
	return &drill.Error{Name: drill.Transient, What: fmt.Sprintf("%s: others wrote to it %d times meanwhile", what, maxConflicts)}
}

// factBytes is at most what DynamoDB counts: the UTF-8 of all names and
// values, of a number about half its digits.
func factBytes(k key, content string) int {
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

// Entries implements record.Journal.
func (t *Table) Entries(ctx context.Context, runID string) ([][]byte, error) {
	what := "read the record of run " + runID
	var entries [][]byte
	for i, err := range t.query(ctx, key{"run#" + runID, factPrefix}, false, 0, what) {
		if err != nil {
			return nil, err
		}
		entries = append(entries, []byte(textOf(i, "fact")))
	}
	return entries, nil
}
