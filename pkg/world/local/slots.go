package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// slots holds one lock file per database. The lock is the kernel's (flock): it
// ends with the process that holds it, however that ends, so a drill killed
// with -9 never blocks the next one, and no expiry is needed. The content
// names the holder, for the message, and the last scheduled time, by which a
// duplicate start is known.
type slots struct {
	dir  string
	mu   sync.Mutex
	held map[string]*os.File // by database
}

// slotHolder is the content of a lock file.
type slotHolder struct {
	RunID         string    `json:"runId"`
	ExecutionID   string    `json:"executionId"`
	PID           int       `json:"pid"`
	ClaimedAt     time.Time `json:"claimedAt"`
	ScheduledTime string    `json:"scheduledTime,omitempty"`
}

// Claim takes the slot of a database, as step.Slots says.
func (s *slots) Claim(_ context.Context, r drillstep.SlotRequest) (duplicate bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.held[r.Database]; f != nil {
		holder, err := readHolder(f)
		if err != nil || holder.ExecutionID == r.ExecutionID {
			return false, err
		}
		return false, busy(r.Database, holder)
	}

	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return false, fmt.Errorf("make the folder of locks: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(s.dir, fileName(r.Database)+".lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return false, fmt.Errorf("open the lock of %s: %w", r.Database, err)
	}
	duplicate, err = lockFor(f, r)
	if err != nil || duplicate {
		return duplicate, errors.Join(err, f.Close())
	}
	s.held[r.Database] = f
	return false, nil
}

func lockFor(f *os.File, r drillstep.SlotRequest) (duplicate bool, err error) {
	locked, err := tryLock(f)
	if err != nil {
		return false, err
	}
	before, err := readHolder(f)
	if err != nil {
		return false, err
	}
	if r.ScheduledTime != "" && before.ScheduledTime == r.ScheduledTime && before.ExecutionID != r.ExecutionID {
		return true, nil
	}
	if !locked {
		return false, busy(r.Database, before)
	}
	now := slotHolder{RunID: r.RunID, ExecutionID: r.ExecutionID, PID: os.Getpid(), ClaimedAt: r.Now, ScheduledTime: r.ScheduledTime}
	if now.ScheduledTime == "" {
		now.ScheduledTime = before.ScheduledTime // a manual run in between must not hide a duplicate
	}
	return false, writeHolder(f, now)
}

func busy(database string, holder slotHolder) error {
	return &drill.Error{
		Name: drill.SlotBusy,
		What: fmt.Sprintf("%s is being drilled by run %s (process %d) since %s", database, holder.RunID, holder.PID, holder.ClaimedAt.Format(time.RFC3339)),
		Hint: "wait for that drill to end, or stop it",
	}
}

// Release gives the slot back, if this execution holds it.
func (s *slots) Release(_ context.Context, database, executionID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.held[database]
	if f == nil {
		return nil
	}
	holder, err := readHolder(f)
	if err != nil {
		return err
	}
	if holder.ExecutionID != executionID {
		return nil
	}
	delete(s.held, database)
	return f.Close() // the lock goes with the descriptor
}

// tryLock takes the exclusive lock of an open file without waiting.
func tryLock(f *os.File) (bool, error) {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("lock %s: %w", f.Name(), err)
	}
	return true, nil
}

func readHolder(f *os.File) (slotHolder, error) {
	data, err := io.ReadAll(io.NewSectionReader(f, 0, 1<<20))
	if err != nil {
		return slotHolder{}, fmt.Errorf("read %s: %w", f.Name(), err)
	}
	var holder slotHolder
	if json.Unmarshal(data, &holder) != nil {
		return slotHolder{}, nil // empty, or torn by a kill: nobody's
	}
	return holder, nil
}

func writeHolder(f *os.File, holder slotHolder) error {
	data, err := json.Marshal(holder)
	if err != nil {
		return fmt.Errorf("write %s: %w", f.Name(), err)
	}
	if err := f.Truncate(0); err != nil {
		return fmt.Errorf("write %s: %w", f.Name(), err)
	}
	if _, err := f.WriteAt(data, 0); err != nil {
		return fmt.Errorf("write %s: %w", f.Name(), err)
	}
	return nil
}
