package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
)

// drilled is one drill as it was measured from outside, and what it says of
// itself.
type drilled struct {
	seconds float64
	memory  int64 // peak of lifeboat itself, in bytes
	phases  []phase
}

type phase struct {
	Phase   string
	Seconds float64
}

// drill runs one drill as a user would, with variables on top of the environment.
func drill(ctx context.Context, plan string, env ...string) (d drilled, err error) {
	cmd := exec.CommandContext(ctx, lifeboat, "drill", "--json", "--plan", filepath.Join(folder, plan), "--state-dir", filepath.Join(folder, "state"))
	cmd.Env = append(os.Environ(), env...)
	interruptible(cmd)
	var out, progress bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &progress
	watch := clock.StartStopwatch()
	d.memory, err = peakOf(cmd)
	d.seconds = watch.Elapsed().Seconds()
	if err != nil {
		return d, fmt.Errorf("the drill did not pass: %w\n%s%s", err, progress.String(), out.String())
	}
	var summary struct {
		Ending   string
		Timeline []phase
	}
	if err := json.Unmarshal(out.Bytes(), &summary); err != nil {
		return d, fmt.Errorf("the drill's summary: %w", err)
	}
	if summary.Ending != "Passed" {
		return d, fmt.Errorf("the drill ended in %q", summary.Ending)
	}
	d.phases = summary.Timeline
	return d, nil
}

// byHand runs the script and returns its seconds.
func byHand(ctx context.Context, backup, bin string) (float64, error) {
	work, err := filepath.Abs(filepath.Join(folder, "by-hand"))
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, script, backup, bin, work, "bench")
	interruptible(cmd)
	watch := clock.StartStopwatch()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("by hand: %w: %s", err, out)
	}
	return watch.Elapsed().Seconds(), nil
}

// interruptible lets a command clean up when it is not to go on.
func interruptible(cmd *exec.Cmd) {
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
}
