package stacks_test

import (
	"slices"
	"testing"
)

// cdk-nag's rules AwsSolutions and NIST 800-53 R5 find nothing that has no
// written reason.
func TestNoFindings(t *testing.T) {
	list := synthesized(t).findings
	slices.Sort(list)
	for _, f := range list {
		t.Error(f)
	}
}
