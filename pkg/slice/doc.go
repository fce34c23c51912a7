// Package slice cuts out of the plan what the drill of one database needs. The
// slice travels in the execution, so that no later state reads configuration.
package slice
