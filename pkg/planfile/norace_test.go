//go:build !race

package planfile

const raceDetector = false
