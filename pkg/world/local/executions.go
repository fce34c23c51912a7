package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// executions knows which executions are running on this machine. Each keeps a
// file open and locked (flock) while it runs, with its id inside, and removes
// it when everything is settled. A file without a lock is an execution that was
// cut off: the kernel dropped the lock with the process.
type executions struct {
	dir  string
	mu   sync.Mutex
	mine map[string]*os.File // by execution id
}

const openSuffix = ".open"

func (e *executions) path(executionID string) string {
	return filepath.Join(e.dir, drill.RunID(executionID)+openSuffix)
}

// open marks an execution as running until settle is called or the process
// ends. The mark gets its name only once it is locked and written, so that
// nobody ever sees a running execution without its lock.
func (e *executions) open(executionID string) error {
	if err := os.MkdirAll(e.dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of run records: %w", err)
	}
	f, err := os.CreateTemp(e.dir, ".opening-")
	if err != nil {
		return fmt.Errorf("mark execution %s as running: %w", executionID, err)
	}
	if err := e.mark(f, executionID); err != nil {
		return errors.Join(fmt.Errorf("mark execution %s as running: %w", executionID, err), f.Close(), os.Remove(f.Name()))
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.mine[executionID] = f
	return nil
}

func (e *executions) mark(f *os.File, executionID string) error {
	if _, err := tryLock(f); err != nil {
		return err
	}
	if _, err := f.WriteString(executionID); err != nil {
		return err
	}
	return os.Rename(f.Name(), e.path(executionID))
}

// settle says that an execution is over and nothing of it is left to do.
func (e *executions) settle(executionID string) error {
	err := os.Remove(e.path(executionID))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, e.abandon(executionID))
}

// abandon says that an execution is over and something of it is left to do:
// its file stays, for the next sweep.
func (e *executions) abandon(executionID string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	f := e.mine[executionID]
	if f == nil {
		return nil
	}
	delete(e.mine, executionID)
	return f.Close()
}

// Closed reports whether an execution is not running; see step.Executions.
func (e *executions) Closed(_ context.Context, executionID string) (bool, error) {
	return e.closedFile(e.path(executionID))
}

func (e *executions) closedFile(path string) (bool, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("ask whether an execution is running: %w", err)
	}
	defer f.Close()
	return tryLock(f)
}

// cutOff lists the executions that ended without settling, oldest name first.
func (e *executions) cutOff() ([]string, error) {
	files, err := filepath.Glob(filepath.Join(e.dir, "*"+openSuffix))
	if err != nil {
		return nil, fmt.Errorf("list the executions that were cut off: %w", err)
	}
	var ids []string
	for _, file := range files {
		closed, err := e.closedFile(file)
		if err != nil {
			return nil, err
		}
		if !closed {
			continue
		}
		id, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("list the executions that were cut off: %w", err)
		}
		ids = append(ids, string(id))
	}
	return ids, nil
}
