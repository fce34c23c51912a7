// Package server runs one private, throwaway PostgreSQL on a data directory
// that somebody prepared, or that InitDB makes.
//
// The server keeps to itself. Its configuration, host-based authentication and
// identity files are lifeboat's own and lie beside the data directory, not in
// it; what decides who can reach it is passed on the command line, which
// nothing in the data can override. It listens on a Unix socket in a folder
// that only its user can enter, and trusts who comes through there. Where a
// Unix socket is not possible it listens on the loopback address, with a
// random password that only this process knows; a sandbox has no such address.
//
// It runs in a sandbox (package sandbox), in which it can write to its data and
// make its socket, and dies with lifeboat where the platform allows, unless it
// is to be kept. Its configuration it can only read.
//
// A failure leaves a data directory in whatever state the server left it, and
// the log beside it. The log may quote rows and stays there: an ExitError
// carries a classification only.
package server

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgbin"
	"github.com/lifeboat-dr/lifeboat/pkg/sandbox"
)

// DefaultPort is part of the socket's name; no TCP port is taken.
const DefaultPort = 5432

// Superuser is the role that InitDB makes.
const Superuser = "postgres"

// maxSocketPath is the shortest limit among platforms (macOS: 104 with the
// ending NUL).
const maxSocketPath = 103

// Config is what a server needs.
type Config struct {
	Bin pgbin.Set
	// Folder holds everything of the server that is not data: its
	// configuration and its log. It exists and is lifeboat's own: the server
	// only reads there.
	Folder string
	// Data is the data directory, below Folder or not.
	Data string
	// Owned are further folders that the server writes to: tablespaces. They
	// need not exist.
	Owned []string
	// Work is a folder of lifeboat's for what client programs need; "": none.
	Work string
	// Backup is what client programs read (Tool); "": nothing.
	Backup string
	// SocketDir exists, has a short path and lets in its owner only.
	SocketDir string
	// Loopback asks for the loopback address even where a socket would do.
	Loopback bool
	// Port names the socket, or is the port on the loopback address. 0: 5432
	// for a socket, a free one for the loopback address.
	Port int
	// Runner is how programs are run; nil: as sandbox.Detect finds.
	Runner *sandbox.Protection
	// Survive keeps the server running when lifeboat ends.
	Survive bool
}

// Server is a server that may be running. Its methods may be called from
// several goroutines. Make one with New.
type Server struct {
	cfg      Config
	run      *sandbox.Protection
	bin      string // folder of programs that the server's user can read
	loopback bool
	port     int
	password string // loopback only

	mu      sync.Mutex
	process *sandbox.Process
	ended   chan struct{} // closed once process was reaped
	wait    error
	logFrom int64 // where this start's part of the log begins
}

// New checks what the configuration needs, and starts nothing. Programs that
// the server's user cannot read are copied into the folder. Errors are
// RestoreRefused and BinariesMissing.
func New(ctx context.Context, cfg Config) (*Server, error) {
	run := cfg.Runner
	if run == nil {
		var err error
		if run, err = sandbox.Detect(); err != nil {
			return nil, err
		}
	}
	s := &Server{cfg: cfg, run: run, port: cfg.Port, loopback: cfg.Loopback || !socketWorks(cfg.SocketDir)}
	if cfg.SocketDir != "" {
		sockets, err := filepath.EvalSymlinks(cfg.SocketDir) // a link of ours: see throwaway's socketdir.go
		if err != nil {
			return nil, refused(err)
		}
		if err := run.Own(sockets); err != nil {
			return nil, refused(err)
		}
	}
	if run.UID() != os.Geteuid() { // its own folder: to pass through, and to read its configuration
		if err := os.Chmod(cfg.Folder, 0o711); err != nil {
			return nil, refused(err)
		}
	}
	if !run.Enters(ctx, cfg.Folder) {
		return nil, &drill.Error{
			Name: drill.RestoreRefused, What: fmt.Sprintf("PostgreSQL, which runs %s, cannot enter %s", run, cfg.Folder),
			Hint: "name a scratch folder in the plan whose parents that user may enter, /var/tmp/lifeboat for example",
		}
	}
	if !s.loopback && !run.Reaches(ctx, cfg.SocketDir) {
		s.loopback = true // below a temporary folder of root's own, for example
	}
	if s.loopback && run.Kind() != sandbox.None {
		return nil, &drill.Error{
			Name: drill.RestoreRefused, What: fmt.Sprintf("the throwaway server cannot make a socket in %q: its path has more than %d bytes, the file system has no sockets, or its user cannot get there", cfg.SocketDir, maxSocketPath),
			Hint: "set TMPDIR to a folder with a short path on a local file system",
		}
	}
	var err error
	if s.bin, err = run.Programs(ctx, cfg.Bin.Dir, filepath.Join(cfg.Folder, "programs")); err != nil {
		return nil, refused(err)
	}
	if s.loopback {
		s.password = rand.Text()
		if s.port == 0 {
			if s.port, err = freePort(); err != nil {
				return nil, refused(err)
			}
		}
	} else if s.port == 0 {
		s.port = DefaultPort
	}
	return s, nil
}

func refused(err error) error {
	if drill.NameOf(err) != "" {
		return err
	}
	return &drill.Error{Name: drill.RestoreRefused, What: "prepare the throwaway server", Err: err, Hint: "check the scratch folder of the plan: its permissions and free space"}
}

// socketWorks tries to make a socket in the folder: some file systems cannot.
func socketWorks(dir string) bool {
	path := filepath.Join(dir, ".s.PGSQL.65535")
	if dir == "" || len(path) > maxSocketPath {
		return false
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return false
	}
	return l.Close() == nil // which removes it
}

// freePort asks the system for a port. Another program may take it before the
// server does; the server then ends with PortTaken.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port on the loopback address: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// Host is where the server listens: a folder, or the loopback address.
func (s *Server) Host() string {
	if s.loopback {
		return "127.0.0.1"
	}
	return s.cfg.SocketDir
}

// Port is the server's port, which on a socket is part of its name.
func (s *Server) Port() int { return s.port }

// LogPath is the server's log. It may quote rows.
func (s *Server) LogPath() string { return filepath.Join(s.cfg.Folder, "server.log") }

// RunsAs tells how the server is run: "in a sandbox (namespaces, seccomp) ...".
func (s *Server) RunsAs() string { return s.run.String() }

// Protection is what runs its programs.
func (s *Server) Protection() *sandbox.Protection { return s.run }

// HasLibrary tells whether the programs come with a loadable library.
func (s *Server) HasLibrary(name string) bool { return s.cfg.Bin.HasLibrary(name) }

// PasswordFile is where the password of a kept server on the loopback address
// is written for people (0600); "" where none is needed.
func (s *Server) PasswordFile() string {
	if !s.loopback {
		return ""
	}
	return filepath.Join(s.cfg.Folder, "pgpass")
}

// environment is made from nothing: programs see none of lifeboat's. Messages
// are in English, so that they can be classified.
func (s *Server) environment() []string {
	return []string{"LC_ALL=C", "PATH=/usr/bin:/bin", "PGPASSFILE=" + filepath.Join(s.cfg.Folder, "pgpass")}
}

func (s *Server) portText() string { return strconv.Itoa(s.port) }

// Password is the superusers' password on the loopback address, "" on a
// socket. It belongs into no log and no error.
func (s *Server) Password() string { return s.password }
