package main

import (
	"context"
	"fmt"
)

// maxSandbox is what a sandbox may add to a drill, in seconds.
const maxSandbox = 0.1

// withoutSandbox has lifeboat see a machine that has none; see pkg/sandbox.
const withoutSandbox = "LIFEBOAT_TEST_SANDBOX=none"

// sandboxed measures what the sandbox adds to a drill: by turns with and without
// it, on the same backup. The first round is dropped.
func sandboxed(ctx context.Context, rounds int) error {
	var with, without []float64
	fmt.Printf("\n  round   sandbox    without\n")
	for i := range rounds {
		inside, err := drill(ctx, plan)
		if err != nil {
			return err
		}
		outside, err := drill(ctx, trustingPlan, withoutSandbox)
		if err != nil {
			return err
		}
		fmt.Printf("  %5d  %6.3f s  %6.3f s\n", i+1, inside.seconds, outside.seconds)
		if i > 0 {
			with, without = append(with, inside.seconds), append(without, outside.seconds)
		}
	}
	added := median(with) - median(without)
	fmt.Printf("\n  median  %.3f s against %.3f s: the sandbox adds %.3f s, at most %.1f s: %s\n", median(with), median(without), added, maxSandbox, met(added <= maxSandbox))
	return nil
}
