package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/process"
	"github.com/lifeboat-dr/lifeboat/pkg/sandbox"
)

// Start writes the configuration (settings are laid over the defaults, and
// under what keeps the server to itself) and starts the server. It returns
// when the process runs, which is before connections are accepted: see Ready.
// A server that runs already is left alone. The server does not end with ctx.
// Errors are RestoreFailed and RestoreRefused.
func (s *Server) Start(ctx context.Context, settings map[string]string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.runningLocked() {
		return nil
	}
	if err := s.writeConfig(settings); err != nil {
		return err
	}
	log, err := os.OpenFile(s.LogPath(), os.O_CREATE|os.O_APPEND|os.O_WRONLY|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return startFailed("open the server's log", err)
	}
	defer log.Close()
	if s.logFrom, err = log.Seek(0, 2); err != nil {
		return startFailed("open the server's log", err)
	}
	if err := s.own(); err != nil {
		return err
	}
	if s.loopback {
		if err := s.setPassword(ctx, log); err != nil {
			return err
		}
	}
	spec := s.command("postgres", s.decisive()...)
	spec.Stdout, spec.Stderr = log, log
	running, err := s.run.Start(spec)
	if err != nil {
		return startFailed("start "+spec.Program, err)
	}
	ended := make(chan struct{})
	s.process, s.ended = running, ended
	go func() {
		err := running.Wait()
		s.mu.Lock()
		s.wait = err
		s.mu.Unlock()
		close(ended)
	}()
	return nil
}

// command prepares one of the server's programs. The server's own folder is
// the label by which it can be found should lifeboat be killed.
func (s *Server) command(program string, args ...string) sandbox.Spec {
	writable := []string{s.cfg.Data}
	if !s.loopback {
		writable = append(writable, s.cfg.SocketDir)
	}
	for _, folder := range s.cfg.Owned {
		if _, err := os.Stat(folder); err == nil {
			writable = append(writable, folder)
		}
	}
	return sandbox.Spec{
		Program: filepath.Join(s.bin, program), Args: args, Env: s.environment(), Dir: s.cfg.Folder,
		Writable: writable, ReadOnly: append(sandbox.Installation(s.bin), s.cfg.Folder),
		Label: s.cfg.Folder, Survive: s.cfg.Survive, KeepRoom: s.run.Kind() != sandbox.None,
	}
}

// own gives the folders that it writes to the user that the server runs as.
func (s *Server) own() error {
	for _, folder := range append([]string{s.cfg.Data}, s.cfg.Owned...) {
		if err := s.run.Own(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return startFailed("prepare the data directory", err)
		}
	}
	return nil
}

func startFailed(what string, err error) error {
	e := &drill.Error{Name: drill.RestoreFailed, What: what, Err: err, Hint: hints[Other]}
	switch {
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		e.Hint = hints[DiskFull]
	case errors.Is(err, fs.ErrPermission):
		e.Hint = hints[PermissionDenied]
	}
	return e
}

func (s *Server) runningLocked() bool {
	if s.process == nil {
		return false
	}
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

// How long each way of stopping may take.
const (
	fastGrace      = 10 * time.Second
	immediateGrace = 5 * time.Second
)

// Stop ends the server: a fast shutdown, then an immediate one, then SIGKILL.
// It returns when no process of it is left, and is an error otherwise. When
// ctx ends it does not wait for the gentler ways. A server that does not run
// is no error.
func (s *Server) Stop(ctx context.Context) error {
	s.mu.Lock()
	running, ended, server := s.runningLocked(), s.ended, s.process
	s.mu.Unlock()
	if running {
		_ = server.Signal(syscall.SIGINT) // an error: it has just ended
		if !within(ctx, ended, fastGrace) {
			_ = server.Signal(syscall.SIGQUIT)
			if !within(ctx, ended, immediateGrace) {
				server.Kill()
				<-ended
			}
		}
	}
	for _, folder := range []string{s.cfg.Data, s.cfg.Folder} {
		left, err := process.End(ctx, folder, immediateGrace)
		if err != nil {
			return &drill.Error{Name: drill.CleanupFailed, What: "stop the server on " + s.cfg.Data, Err: err, Hint: "look for processes of postgres that work in " + folder}
		}
		if len(left) > 0 {
			return &drill.Error{
				Name: drill.CleanupFailed, What: fmt.Sprintf("%d processes of the server on %s still run, the first is %d", len(left), s.cfg.Data, left[0].PID),
				Hint: "end them by hand",
			}
		}
	}
	return nil
}

// within waits for the end, at most d; ctx cuts the waiting short.
func within(ctx context.Context, ended <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ended:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}
