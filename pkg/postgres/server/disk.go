package server

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/lifeboat-dr/lifeboat/pkg/sandbox"
)

// Of the file system of the data so much is kept free: 64 MiB, or the fiftieth
// part of a small one. Evidence is often written to the same.
const (
	mostKeptFree = 64 << 20
	partKeptFree = 50
	lookAtDisk   = 500 * time.Millisecond
)

// guardDisk ends a server that would fill the file system: code in a backup may
// write as much as it likes.
func (s *Server) guardDisk(running *sandbox.Process, ended <-chan struct{}) {
	ticker := time.NewTicker(lookAtDisk)
	defer ticker.Stop()
	for {
		select {
		case <-ended:
			return
		case <-ticker.C:
			if full(s.cfg.Data) {
				s.mu.Lock()
				s.diskFull = true
				s.mu.Unlock()
				running.Kill()
				return
			}
		}
	}
}

func full(folder string) bool {
	var fs unix.Statfs_t
	if unix.Statfs(folder, &fs) != nil {
		return false
	}
	size := int64(fs.Bsize) //nolint:unconvert // uint32 on macOS
	return int64(fs.Bavail)*size < min(mostKeptFree, int64(fs.Blocks)*size/partKeptFree)
}
