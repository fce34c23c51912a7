// Package drillstep says what each Task of the drill machine does: one file per
// state, its narrow interfaces beside it.
//
// What an earlier call of a step did is found again: names follow from the
// execution, and the run record says what was chosen and checked. A failed step
// leaves at most the throwaway that Cleanup removes by its name.
package drillstep
