// Package makespan has no code: its tests show how long recoveries take beyond what
// their graphs make them, beside what staged waves and one inline Map would take. 500
// graphs of fixed seeds run through the real handlers in virtual time, ten of them
// through the real machines as well. The tests also cut functions off at random writes,
// and stop parents, and look that nothing is forgotten and nothing done twice.
//
// Three things are kept apart: the critical path, which no scheduler can beat; the
// scheduling overhead, which is what lifeboat adds; and the latency within each step,
// which Step Functions and Lambda add on any scheduler.
package makespan
