package wire

import (
	"io/fs"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// There is a way to the copies of every kind that deployments drill.
func TestEveryKindIsReached(t *testing.T) {
	env := lambdafn.Env{
		Getenv:   func(string) string { return "" },
		ReadFile: func(string) ([]byte, error) { return nil, fs.ErrNotExist },
	}
	drilled := slices.Sorted(slices.Values(plan.KindNames(plan.DrilledOnAWS)))
	if diff := cmp.Diff(drilled, OnAWS(env.Settings()).Kinds()); diff != "" {
		t.Errorf("(-drilled +reached):\n%s", diff)
	}
}
