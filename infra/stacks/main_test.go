package stacks_test

import (
	"fmt"
	"os"
	"runtime/debug"
	"testing"
)

// scratch holds what is synthesized once and looked at by several tests.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "lifeboat-stacks-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	debug.SetGCPercent(800) // months of calls leave much garbage, and the machine has memory
	code := m.Run()
	stopEvaluator()
	_ = os.RemoveAll(scratch) // what is left is in the folder of temporary files
	os.Exit(code)
}
