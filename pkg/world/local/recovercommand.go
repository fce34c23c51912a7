package local

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/printable"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
)

// commandEvery is how often a running command is looked at.
const commandEvery = 100 * time.Millisecond

// commands run the commands of invoke steps, as this user, in the background of this
// process. They are the plan's own, so nothing confines them. A process that dies
// takes no command with it: the next one runs the command again, so a command must
// stand being run twice, as a function on AWS must. But never at once: a command ends,
// with what it started, once its attempt is over (its time is up, somebody skipped it
// or aborted the recovery), and before another attempt of its step begins.
type commands struct {
	folder string // of the plan: where they run
	logs   func(run string) string

	mu      sync.Mutex
	running map[attempt]*command
}

// attempt of a step of a run.
type attempt struct {
	run       string
	step, try int
}

type command struct {
	log   string
	cmd   *exec.Cmd
	ended chan struct{}
	err   error // once ended
}

// Do implements recoverystep.Work.
func (c *commands) Do(_ context.Context, job recoverystep.Job) (recoverystep.Progress, error) {
	if len(job.Step.Spec.Command) == 0 {
		return recoverystep.Progress{}, &drill.Error{
			Name: drill.InvalidInput, What: "step " + job.Step.Node.ID + " has no command", Hint: "on this machine an invoke step runs one (command:)",
		}
	}
	key := attempt{job.Run.ID, job.Step.Number, job.Step.Status.Attempt}
	c.mu.Lock()
	defer c.mu.Unlock()
	running := c.running[key]
	if running == nil {
		c.end(func(a attempt) bool { return a.run == key.run && a.step == key.step })
		var err error
		if running, err = c.start(job); err != nil {
			return recoverystep.Progress{}, err
		}
		c.running[key] = running
	}
	select {
	case <-running.ended:
	default:
		next := job.Now.Add(commandEvery)
		return recoverystep.Progress{Next: recoverystep.Again, NextAt: &next, State: json.RawMessage(`{}`)}, nil
	}
	delete(c.running, key)
	name := filepath.Base(job.Step.Spec.Command[0])
	said := lastLine(running.log)
	if running.err != nil {
		what := name + ": " + running.err.Error()
		if said != "" {
			what += ": " + said
		}
		return recoverystep.Progress{}, &drill.Error{Name: drill.InvokeFailed, What: what, Hint: "everything that it said is in " + running.log}
	}
	result := recovery.Result{Says: name + " ended well"}
	if said != "" {
		result.Says = name + ": " + said
	}
	return recoverystep.Progress{Next: recoverystep.Done, Result: &result}, nil
}

func (c *commands) start(job recoverystep.Job) (*command, error) {
	failed := func(err error) error {
		return &drill.Error{
			Name: drill.InvokeFailed, What: "start " + job.Step.Spec.Command[0], Err: err,
			Hint: "name a program that this user may run; a relative path starts at the folder of the plan file",
		}
	}
	input, err := json.Marshal(recoverystep.ToldOf(job)) // as a function on AWS is called
	if err != nil {
		return nil, failed(err)
	}
	log := filepath.Join(c.logs(job.Run.ID), fmt.Sprintf("%03d-%d.log", job.Step.Number, job.Step.Status.Attempt))
	if err := os.MkdirAll(filepath.Dir(log), 0o700); err != nil {
		return nil, failed(err)
	}
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, failed(err)
	}
	defer out.Close()
	cmd := exec.Command(c.program(job.Step.Spec.Command[0]), job.Step.Spec.Command[1:]...) //nolint:gosec // the plan's own, as this user
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = c.folder, bytes.NewReader(input), out, out
	cmd.Env = append(os.Environ(), "LIFEBOAT_RECOVERY="+job.Run.ID, "LIFEBOAT_STEP="+job.Step.Node.ID, "LIFEBOAT_MODE="+string(job.Run.Mode))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that what it starts ends with it
	if err := cmd.Start(); err != nil {
		return nil, failed(err)
	}
	running := &command{log: log, cmd: cmd, ended: make(chan struct{})}
	go func() {
		running.err = cmd.Wait()
		close(running.ended)
	}()
	return running, nil
}

// program is a path below the plan's folder, or what PATH has.
func (c *commands) program(name string) string {
	if filepath.IsAbs(name) || !strings.Contains(name, "/") {
		return name
	}
	return filepath.Join(c.folder, name)
}

// stop ends the commands that still run, with what they started, and waits for it.
func (c *commands) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end(func(attempt) bool { return true })
}

// over ends the commands whose attempts are over by the record of their run: nobody
// asks about them any more.
func (c *commands) over(run string, steps []recovery.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.running) == 0 {
		return
	}
	now := make(map[int]recovery.Status, len(steps))
	for _, s := range steps {
		now[s.Number] = s.Status
	}
	c.end(func(a attempt) bool {
		// A record that was read before the attempt began says nothing about it.
		s, known := now[a.step]
		return a.run == run && known && (s.Attempt > a.try || s.Attempt == a.try && !s.State.Open())
	})
}

// end those commands, with what they started, and wait for it. The lock is held.
func (c *commands) end(which func(attempt) bool) {
	for key, running := range c.running {
		if !which(key) {
			continue
		}
		delete(c.running, key)
		if err := syscall.Kill(-running.cmd.Process.Pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			continue // nobody can end it; it is nobody's throwaway
		}
		<-running.ended
	}
}

// lastLine of a log, fit for a terminal and for evidence; "": it says nothing.
func lastLine(path string) string {
	const most = 8 << 10
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return ""
	}
	text := make([]byte, min(most, info.Size()))
	n, _ := f.ReadAt(text, info.Size()-int64(len(text)))
	lines := strings.Split(strings.TrimSpace(string(text[:n])), "\n")
	return printable.Text(lines[len(lines)-1], 200)
}
