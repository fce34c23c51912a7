package throwaway_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/throwaway"
)

// TestAForeignSegmentIsNotRemoved: the copy writes postmaster.pid, and may name
// anybody's shared memory there.
func TestAForeignSegmentIsNotRemoved(t *testing.T) {
	o := options(t)
	tw := create(t, o)
	id, err := unix.SysvShmGet(unix.IPC_PRIVATE, 4096, unix.IPC_CREAT|0o600)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { unix.SysvShmCtl(id, unix.IPC_RMID, nil) })
	must(t, os.MkdirAll(tw.Data(), 0o700))
	forged := fmt.Sprintf("%d\n%s\n1\n5432\n/tmp\n\n%9d %9d\nready\n", os.Getpid(), tw.Data(), 1, id)
	must(t, os.WriteFile(filepath.Join(tw.Data(), "postmaster.pid"), []byte(forged), 0o600))
	must(t, throwaway.Remove(t.Context(), o.Scratch, o.Deployment, tw.Marker.Name))
	var segment unix.SysvShmDesc
	if _, err := unix.SysvShmCtl(id, unix.IPC_STAT, &segment); err != nil {
		t.Errorf("it is gone: %v", err)
	}
}
