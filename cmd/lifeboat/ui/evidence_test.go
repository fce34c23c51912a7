package ui_test

import (
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

// TestAProvenTailIsNoGoodNews where something else is wrong: that is said first,
// and nothing of the chain is green.
func TestAProvenTailIsNoGoodNews(t *testing.T) {
	const green = "\x1b[32m"
	r := record.Report{
		Documents: 4, Tail: record.Proven,
		Chains:   []record.ChainReport{{Chain: "bad", Documents: 2, Tail: record.Proven}, {Chain: "good", Documents: 2, Tail: record.Proven}},
		Problems: []record.Problem{{Chain: "bad", ID: "run-1", Kind: record.Changed, What: "it was changed"}},
	}
	var text strings.Builder
	ui.Verification(&text, true, r)
	lines := strings.Split(strings.TrimSpace(text.String()), "\n")
	if len(lines) != 3 {
		t.Fatal(text.String())
	}
	if !strings.Contains(lines[0], "run-1: it was changed") {
		t.Errorf("the problem is not first: %q", lines)
	}
	if !strings.HasPrefix(lines[1], "bad: \x1b[31mproblems 1") || strings.Contains(lines[1], green) {
		t.Errorf("%q", lines[1])
	}
	if lines[2] != "good: documents 2, tail "+green+"proven\x1b[0m" {
		t.Errorf("%q", lines[2])
	}
}
