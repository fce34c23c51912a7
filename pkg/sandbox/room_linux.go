package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// What is kept free of a file system that a program writes to (Spec.KeepRoom):
// 64 MiB, or the fiftieth part of a small one, and 10,000 inodes, or the fiftieth
// part.
const (
	mostKeptFree   = 64 << 20
	mostInodesFree = 10_000
	partKeptFree   = 50
)

// A writer is looked at so often that at this rate it comes to the reserve unseen
// at most by what the reserve has.
const (
	bytesPerSecond = 4 << 30
	lookAtLeast    = 20 * time.Millisecond
	lookAtMost     = time.Second
)

// smallestLargest bounds how small the bound of a single file may be: PostgreSQL's
// have up to 1 GiB, of some builds more.
const smallestLargest = 4 << 30

// holdBack takes the reserve of each file system out of the program's reach: files
// without a name, which init holds open and the kernel frees with it, so that the
// room is there for others the moment that the program is ended, and whoever ends
// it. Where a file system cannot do that there is none.
func (spec Spec) holdBack() []*os.File {
	if !spec.KeepRoom {
		return nil
	}
	var held []*os.File
	seen := map[uint64]bool{}
	for _, folder := range spec.Writable {
		var stat unix.Stat_t
		if unix.Stat(folder, &stat) != nil || seen[stat.Dev] {
			continue
		}
		seen[stat.Dev] = true
		fd, err := unix.Open(folder, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
		if err != nil {
			continue
		}
		f := os.NewFile(uintptr(fd), folder)
		if unix.Fallocate(fd, 0, 0, left(folder).reserve) != nil {
			_ = f.Close()
			continue
		}
		held = append(held, f)
	}
	return held
}

// space is what a file system has.
type space struct{ free, reserve, inodes, inodesReserve int64 }

// left is what the file system of a folder has; one that does not answer has all
// that is needed.
func left(folder string) space {
	var fs unix.Statfs_t
	if unix.Statfs(folder, &fs) != nil {
		return space{free: 1 << 62}
	}
	block := int64(fs.Bsize) //nolint:unconvert // not 64 bits everywhere
	return space{
		free: int64(fs.Bavail) * block, reserve: min(mostKeptFree, int64(fs.Blocks)*block/partKeptFree), //nolint:gosec // no file system is so large
		inodes: int64(fs.Ffree), inodesReserve: min(mostInodesFree, int64(fs.Files)/partKeptFree), //nolint:gosec // the same
	}
}

// writable are the folders whose file systems are watched.
func (o *order) writable() []string {
	var folders []string
	for _, t := range o.Trees {
		if t.Writable {
			folders = append(folders, t.Path)
		}
	}
	return folders
}

// look tells which folder has come to its reserve, and when to look again.
func (o *order) look() (full string, again time.Duration) {
	again = lookAtMost
	for _, folder := range o.writable() {
		r := left(folder)
		if r.free < r.reserve || r.inodes < r.inodesReserve {
			return folder, 0
		}
		again = min(again, time.Duration(float64(r.free-r.reserve)/bytesPerSecond*float64(time.Second)))
	}
	return "", max(again, lookAtLeast)
}

// boundFiles keeps a single file from taking more than there is.
func (o *order) boundFiles() error {
	most := int64(1 << 62)
	for _, folder := range o.writable() {
		r := left(folder)
		most = min(most, r.free-r.reserve)
	}
	limit := uint64(max(most, smallestLargest)) //nolint:gosec // not negative
	var now unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &now); err != nil {
		return fmt.Errorf("read the limit of files: %w", err)
	}
	now.Max = min(now.Max, limit)
	now.Cur = min(now.Cur, now.Max)
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &now); err != nil {
		return fmt.Errorf("set the limit of files: %w", err)
	}
	return nil
}

// outOfRoom is what init says before it ends all for want of room.
const outOfRoom = "full\n"

// saidOutOfRoom reads init's last word.
func saidOutOfRoom(control io.Reader) bool {
	word, err := io.ReadAll(io.LimitReader(control, int64(len(outOfRoom))))
	return (err == nil || errors.Is(err, unix.ECONNRESET)) && strings.HasPrefix(string(word), outOfRoom)
}
