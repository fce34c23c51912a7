//go:build !race

package makespan_test

const raceDetector = false
