package basecopy

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// What a copy leaves free of its file system, whatever the backup says of its
// own size: a full one stops others than the drill.
const (
	reserveShare = 20 // a twentieth of the file system,
	reserveMost  = 1 << 30
)

// Reserve is what stays free on a file system of so many bytes.
func Reserve(total int64) int64 { return min(total/reserveShare, reserveMost) }

var errNoRoom = errors.New("no room")

// room counts down what may still be written.
type room struct{ left atomic.Int64 }

func roomOn(folder string) (*room, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(folder, &fs); err != nil {
		return nil, fmt.Errorf("free space of %s: %w", folder, err)
	}
	block := int64(fs.Bsize) //nolint:unconvert // uint32 on macOS
	r := &room{}
	r.left.Store(int64(fs.Bavail)*block - Reserve(int64(fs.Blocks)*block)) //nolint:gosec // no file system is so large
	return r, nil
}

func (r *room) bounded(out io.Writer) io.Writer {
	if _, nowhere := out.(limited); nowhere {
		return out
	}
	return inRoom{out, r}
}

type inRoom struct {
	io.Writer
	room *room
}

func (w inRoom) Write(p []byte) (int, error) {
	if w.room.left.Add(-int64(len(p))) < 0 {
		return 0, errNoRoom
	}
	return w.Writer.Write(p)
}

func (c *copier) noRoom() error {
	return &drill.Error{
		Name: drill.RestoreFailed, What: "the base backup is larger than what " + c.job.Data + " has room for: 5 % of the file system, at most 1 GiB, stay free",
		Hint: "free some space, or name another scratch folder in the plan",
	}
}
