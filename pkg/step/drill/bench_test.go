package drillstep_test

import "testing"

// BenchmarkDrillMachine is what the engine and the steps cost a drill by
// themselves: the machine as it is deployed, loaded and run to Passed, on a
// world that answers at once, in virtual time, so that no wait counts. The
// restore is polled states/op times in all.
func BenchmarkDrillMachine(b *testing.B) {
	entered := 0
	b.ReportAllocs()
	for b.Loop() {
		s := quietSim()
		got := s.run(b, executionID, request())
		if got.status != "SUCCEEDED" {
			b.Fatalf("%s: %s", got.err, got.cause)
		}
		entered = len(got.states)
	}
	b.ReportMetric(float64(entered), "states/op")
}
