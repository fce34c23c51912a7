package server

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"syscall"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/sandbox"
)

// Reason classifies why a server ended. The log's own words stay in the log,
// for they may quote rows.
type Reason string

const (
	DiskFull         Reason = "no space left on the disk"
	PortTaken        Reason = "the port or socket is taken"
	PermissionDenied Reason = "wrong permissions or owner"
	BadSetting       Reason = "a setting is not accepted"
	LibraryMissing   Reason = "a library could not be loaded"
	WrongVersion     Reason = "the data directory is of another version or build"
	WALMissing       Reason = "WAL that recovery needs is missing or damaged"
	DataDamaged      Reason = "a file of the data directory is damaged or missing"
	KernelLimit      Reason = "the kernel refused memory or semaphores"
	Killed           Reason = "it was killed"
	Other            Reason = "see the server's log"
)

var hints = map[Reason]string{
	DiskFull:         "free some space, or name another scratch folder in the plan",
	PortTaken:        "try again; something else listens where the throwaway server should",
	PermissionDenied: "check the permissions of the scratch folder and of its parents",
	BadSetting:       "correct the settings of the plan",
	LibraryMissing:   "install the library beside the binaries, or leave it out of the settings of the plan",
	WrongVersion:     "use binaries of the same major version, built for the same platform, as the source",
	WALMissing:       "take the backup with its WAL included (pg_basebackup -X stream, or lifeboat backup)",
	DataDamaged:      "take the backup again; check the source with pg_amcheck and pg_checksums",
	KernelLimit:      "lower shared_buffers or max_connections in the settings of the plan, or raise the limits of this machine",
	Killed:           "look for the out-of-memory killer in the kernel's log",
	Other:            "run the drill with --keep and look at server.log in the throwaway",
}

// ExitError is the end of a server that was expected to run.
type ExitError struct {
	Reason   Reason
	Severity string // FATAL, PANIC, LOG; "" where the log tells none
	SQLSTATE string
	Setting  string // BadSetting: its name, where the log tells it
	Status   string // "exit status 1", "signal: killed"
}

func (e *ExitError) Error() string {
	text := "the server ended: " + string(e.Reason)
	if e.Setting != "" {
		text += " (" + e.Setting + ")"
	}
	detail := e.Status
	if e.SQLSTATE != "" {
		detail = strings.TrimSpace(e.Severity + " " + e.SQLSTATE + ", " + detail)
	}
	return text + " [" + detail + "]"
}

// patterns are tried in order on the messages of a server (LC_ALL=C).
var patterns = []struct {
	reason Reason
	text   *regexp.Regexp
}{
	{KernelLimit, regexp.MustCompile(`could not (create|map) .*(shared memory|semaphores)|Cannot allocate memory`)},
	{DiskFull, regexp.MustCompile(`No space left on device|Disk quota exceeded|disk full`)},
	{PortTaken, regexp.MustCompile(`Address already in use|could not create any (Unix-domain|TCP/IP) sockets|lock file ".*" already exists`)},
	{LibraryMissing, regexp.MustCompile(`could not load library|could not access file "[^"/]*": No such file`)},
	{PermissionDenied, regexp.MustCompile(`Permission denied|has wrong ownership|has invalid permissions|Operation not permitted|Read-only file system`)},
	{BadSetting, regexp.MustCompile(`unrecognized configuration parameter|invalid value for parameter|configuration file .* contains errors|is outside the valid range|requires a |syntax error in file|insufficient parameter settings|hot standby is not possible|cannot be changed`)},
	{WrongVersion, regexp.MustCompile(`database files are incompatible|not compatible with|incorrect checksum in control file|byte ordering`)},
	{WALMissing, regexp.MustCompile(`could not locate (a valid|required) checkpoint record|invalid .*checkpoint|could not find redo location|WAL ends before|requested WAL segment|could not locate required|requested (timeline|recovery)|unexpected timeline|invalid record length at .* (expected|wanted) at least`)},
	{DataDamaged, regexp.MustCompile(`invalid page|page verification failed|could not (open|read|access|stat|fsync) (file|directory|block)|No such file or directory|is not a valid|invalid data in file|has wrong size`)},
}

// classify judges a message by its SQLSTATE and its words.
func classify(sqlstate, text string) Reason {
	switch sqlstate {
	case "53100":
		return DiskFull
	case "F0000":
		return BadSetting
	}
	for _, p := range patterns {
		if p.text.MatchString(text) {
			return p.reason
		}
	}
	return Other
}

var (
	// log_line_prefix, then "SEVERITY:  text"; before the configuration is
	// read there is no prefix.
	logLine     = regexp.MustCompile(`^(?:\[\d+\] ([0-9A-Z]{5}) )?(?:\d{4}-\d\d-\d\d \S+ \S+ \[\d+\] )?(PANIC|FATAL|ERROR|LOG|WARNING|HINT|DETAIL|CONTEXT): +(.*)`)
	settingText = regexp.MustCompile(`(?:parameter|parameter "[^"]*" to|^)\s?"([A-Za-z_][A-Za-z0-9_.]*)"`)
)

// read finds the gravest classified message of a log: the last FATAL or PANIC,
// else the last message of any kind that tells something.
func read(log string, status string) *ExitError {
	e := &ExitError{Reason: Other, Status: status}
	fatal := false
	for line := range strings.Lines(log) {
		m := logLine.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			if reason := classify("", line); reason != Other && !fatal && e.Reason == Other {
				e.Reason = reason // a program's own words: "postgres: could not access ..."
			}
			continue
		}
		severity, reason := m[2], classify(m[1], m[3])
		grave := severity == "FATAL" || severity == "PANIC"
		switch {
		case severity == "HINT" || severity == "CONTEXT" || severity == "WARNING":
		case fatal && reason != Other && e.Reason == Other, grave && (reason != Other || !fatal), !fatal && reason != Other:
			if reason == Other && e.Reason != Other {
				continue // the LOG line before told more than "aborting startup"
			}
			e.Reason, e.Severity, e.SQLSTATE = reason, severity, m[1]
			if name := settingText.FindStringSubmatch(m[3]); reason == BadSetting && name != nil {
				e.Setting = name[1]
			}
		}
		fatal = fatal || grave
	}
	if e.Reason == Other && strings.Contains(status, "signal: killed") {
		e.Reason = Killed
	}
	return e
}

// exited is the error of a server that has ended by itself.
func (s *Server) exited() error {
	s.mu.Lock()
	wait, from := s.wait, s.logFrom
	s.mu.Unlock()
	status := "exit status 0"
	var exit *sandbox.ExitError
	if errors.As(wait, &exit) {
		status = exit.Error()
	}
	e := read(s.tail(from), status)
	if exit != nil && exit.NoRoom {
		e = &ExitError{Reason: DiskFull, Status: status}
	}
	return &drill.Error{Name: drill.RestoreFailed, What: fmt.Sprintf("the throwaway server on %s", s.cfg.Data), Hint: hints[e.Reason], Err: e}
}

// tail reads what the server logged since its start, at most the last 256 KiB.
func (s *Server) tail(from int64) string {
	const most = 256 << 10
	f, err := os.OpenFile(s.LogPath(), os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return ""
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return ""
	}
	raw := make([]byte, min(most, max(0, info.Size()-from)))
	n, err := f.ReadAt(raw, info.Size()-int64(len(raw)))
	if err != nil && !errors.Is(err, io.EOF) {
		return ""
	}
	return string(raw[:n])
}
