package pgtest

import (
	"fmt"
	"testing"

	"golang.org/x/sys/unix"
)

// SmallDisk returns a folder on a file system of so many MiB, or skips the
// test where none can be mounted.
func SmallDisk(t testing.TB, mib int) string {
	t.Helper()
	folder := t.TempDir()
	if err := unix.Mount("tmpfs", folder, "tmpfs", 0, fmt.Sprintf("size=%dm,mode=0755", mib)); err != nil {
		t.Skip("a small file system cannot be mounted: ", err)
	}
	t.Cleanup(func() { unix.Unmount(folder, unix.MNT_DETACH) })
	return folder
}
