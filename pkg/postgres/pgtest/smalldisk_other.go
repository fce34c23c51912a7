//go:build !linux

package pgtest

import "testing"

// SmallDisk skips the test: only Linux is known to mount a small file system.
func SmallDisk(t testing.TB, _ int) string {
	t.Helper()
	t.Skip("no small file system on this platform")
	return ""
}
