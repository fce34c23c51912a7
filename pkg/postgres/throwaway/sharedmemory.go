package throwaway

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// segment is the System V shared memory of a server that may have been killed:
// a few bytes that outlive it and that only the next start would free. (In a
// user namespace they go with the server.)
type segment struct{ creator, id int }

// sharedMemory reads postmaster.pid (miscinit.c): the server's number in line
// 1, key and id of its segment in line 7.
func sharedMemory(path string) []segment {
	raw, err := os.ReadFile(filepath.Join(path, "data", "postmaster.pid"))
	if err != nil {
		return nil
	}
	lines := strings.Split(string(raw), "\n")
	if len(lines) < 7 {
		return nil
	}
	fields := strings.Fields(lines[6])
	creator, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil || len(fields) != 2 {
		return nil
	}
	id, err := strconv.Atoi(fields[1])
	if err != nil {
		return nil
	}
	return []segment{{creator, id}}
}

// free removes the segment if that server made it and nobody is attached:
// numbers are used again, and then it is not ours.
func (s segment) free() {
	var d unix.SysvShmDesc
	if _, err := unix.SysvShmCtl(s.id, unix.IPC_STAT, &d); err != nil {
		return
	}
	if d.Nattch != 0 || int(d.Cpid) != s.creator {
		return
	}
	_, _ = unix.SysvShmCtl(s.id, unix.IPC_RMID, nil)
}
