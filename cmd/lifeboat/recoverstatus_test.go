package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// noRecoveries is a world in which there was none.
type noRecoveries struct{ world.Recoverer }

func (noRecoveries) Recoveries(context.Context, int) ([]recovery.Run, error) { return nil, nil }

// TestNoRecoveriesAreAList: a script that goes through the list goes through none.
func TestNoRecoveriesAreAList(t *testing.T) {
	var stdout bytes.Buffer
	out := ui.Output{Streams: ui.Streams{Out: &stdout, Err: &stdout}}
	flags := pflag.NewFlagSet("status", pflag.ContinueOnError)
	out.Flag(flags, "")
	if err := flags.Parse([]string{"--json"}); err != nil {
		t.Fatal(err)
	}
	if err := listRecoveries(context.Background(), out, noRecoveries{}); err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(stdout.String()); got != "[]" {
		t.Errorf("%s, want an empty list", got)
	}
}
