package record

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Waiting is called when somebody else has a lock that is needed: what names the
// lock and, as far as it is known, who has it. over is called when the wait
// ends, however long it was.
type Waiting func(what string) (over func())

// Lock keeps other processes from moving heads, until unlock or the end of
// this process. It makes the folder.
func (f HeadFolder) Lock(waiting Waiting) (unlock func(), err error) {
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of heads: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(f.Dir, ".lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of the heads: %w", err)
	}
	err = flock(lock, unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		over := func() {}
		if waiting != nil {
			over = waiting("the lock of the heads, " + lock.Name() + ", which " + holderOf(lock) + " has")
		}
		err = flock(lock, unix.LOCK_EX)
		over()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock the heads: %w", err), lock.Close())
	}
	sayWho(lock)
	return func() { _ = lock.Close() }, nil
}

func flock(lock *os.File, how int) error {
	for {
		if err := unix.Flock(int(lock.Fd()), how); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// sayWho has the lock, for whoever waits for it. That it cannot be said stops
// nothing: the lock is the kernel's.
func sayWho(lock *os.File) {
	if lock.Truncate(0) == nil {
		_, _ = lock.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
}

func holderOf(lock *os.File) string {
	var text [32]byte
	n, _ := lock.ReadAt(text[:], 0)
	pid, err := strconv.Atoi(strings.TrimSpace(string(text[:n])))
	if err != nil || pid <= 0 {
		return "another process"
	}
	return "process " + strconv.Itoa(pid)
}
