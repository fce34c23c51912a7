package server

import (
	"context"
	"errors"
	"os"
	"regexp"
	"strings"
	"syscall"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/sandbox"
)

// InitOptions are the choices for a new cluster.
type InitOptions struct {
	Encoding string // "": UTF8
	// Checksums switches data checksums on (since version 18 they are on by
	// default).
	Checksums bool
}

// InitDB makes an empty cluster with the superuser postgres.
func (s *Server) InitDB(ctx context.Context, encoding string) error {
	return s.InitCluster(ctx, InitOptions{Encoding: encoding})
}

// InitCluster makes an empty cluster with the superuser postgres. Text sorts
// by code point and knows the letters of Unicode where the platform does
// (C.UTF-8), so that a cluster does not depend on the locales of this machine.
// initdb syncs what it writes, and removes it when it fails. The error is
// RestoreFailed.
func (s *Server) InitCluster(ctx context.Context, o InitOptions) error {
	if o.Encoding == "" {
		o.Encoding = "UTF8"
	}
	args := []string{
		"--pgdata=" + s.cfg.Data, "--username=" + Superuser, "--encoding=" + o.Encoding,
		// The cluster's own file is not used (see decisive); without lifeboat's
		// configuration nobody gets in.
		"--auth=reject",
	}
	if o.Checksums {
		args = append(args, "--data-checksums")
	}
	if err := os.MkdirAll(s.cfg.Data, 0o700); err != nil {
		return startFailed("make the data directory", err)
	}
	if err := s.own(); err != nil {
		return err
	}
	var err error
	for _, locale := range s.locales(o.Encoding) {
		var said string
		if said, err = s.initdb(ctx, append(args, locale...)); err == nil {
			return nil
		}
		err = initFailed(said, err)
		if !localeUnknown.MatchString(said) {
			return err
		}
	}
	return err
}

var localeUnknown = regexp.MustCompile(`invalid locale|locale name .* (is )?invalid|encoding mismatch`)

// locales are the ways to ask for a locale, best first.
func (s *Server) locales(encoding string) [][]string {
	plain := []string{"--locale=C"}
	switch {
	case !strings.EqualFold(encoding, "UTF8"):
		return [][]string{plain}
	case s.cfg.Bin.Major >= 17:
		return [][]string{{"--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"}, plain}
	}
	return [][]string{{"--locale=C", "--lc-ctype=C.UTF-8"}, plain}
}

func (s *Server) initdb(ctx context.Context, args []string) (string, error) {
	spec := s.command("initdb", args...)
	var said strings.Builder
	spec.Stderr = &said
	err := s.runWith(ctx, spec)
	return said.String(), err
}

// runWith runs a short-lived program and ends it when ctx ends: at first only
// the program, which lets its children finish (without a sandbox a
// bootstrapping postgres that is ended itself leaves shared memory behind),
// after a grace all of them.
func (s *Server) runWith(ctx context.Context, spec sandbox.Spec) error {
	running, err := s.run.Start(spec)
	if err != nil {
		return err
	}
	ended := make(chan struct{})
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		_ = running.Signal(syscall.SIGTERM) // an error: it has just ended
		if !within(context.WithoutCancel(ctx), ended, immediateGrace) {
			running.Kill()
		}
	})
	err = running.Wait()
	close(ended)
	if !stop() {
		<-stopped
		return errors.Join(context.Cause(ctx), err)
	}
	return err
}

// initFailed keeps what initdb said: there is no data yet that it could quote.
func initFailed(said string, err error) error {
	e := &drill.Error{Name: drill.RestoreFailed, What: "make a new cluster with initdb", Err: err, Hint: hints[Other]}
	last := ""
	for line := range strings.Lines(said) {
		if strings.Contains(line, "error:") || strings.Contains(line, "FATAL") || strings.Contains(line, "PANIC") {
			last = strings.TrimSpace(line)
		}
	}
	if last != "" {
		e.What += ": " + last
	}
	if reason := classify("", said); reason != Other {
		e.Hint = hints[reason]
	}
	return e
}
