// Package mariadbtest starts a real MariaDB for a test: a data folder of its own,
// on a free port of the loopback, with TLS by an authority of the test. Where none
// is installed the test is skipped, and says so.
//
// Nothing outlives the process of the test, also where that is killed.
package mariadbtest

import (
	"database/sql"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql" // the driver

	"github.com/lifeboat-dr/lifeboat/pkg/tlstest"
)

// Options of a server.
type Options struct {
	Plain bool // it does not speak TLS
}

// Server is a running MariaDB, reached under the name localhost. Its user may do
// everything: what a session keeps from happening is the session's doing.
type Server struct {
	Port      int
	User      string
	Password  string
	Authority tlstest.Authority
	Data      string // its data folder

	t        testing.TB
	programs programs
	folder   string
	stop     func()
}

// Start makes a data folder and starts a server on it, until the test ends.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	found := find(t)
	folder, err := os.MkdirTemp("", "lifeboat-mariadb-") // short: the path of a socket has 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	endWithUs(t, folder)
	s := &Server{
		User: "drill", Password: "r1ght", Authority: tlstest.NewAuthority(t), Data: filepath.Join(folder, "data"),
		t: t, programs: found, folder: folder,
	}
	s.Authority.Issue(t, folder, "localhost")
	s.install()
	s.Restart(o)
	t.Cleanup(func() { s.Stop() })
	s.Exec("CREATE DATABASE shop", "CREATE USER drill@'%' IDENTIFIED BY 'r1ght'", "GRANT ALL PRIVILEGES ON *.* TO drill@'%'")
	return s
}

func (s *Server) install() {
	s.t.Helper()
	cmd := exec.Command(s.programs.install, append([]string{
		"--no-defaults", "--basedir=" + s.programs.base, "--datadir=" + s.Data,
		"--auth-root-authentication-method=normal", "--skip-test-db",
	}, asRoot()...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("%s: %v\n%s", s.programs.install, err, out)
	}
}

// asRoot: the server refuses to run as root unless it is told to.
func asRoot() []string {
	if os.Geteuid() == 0 {
		return []string{"--user=root"}
	}
	return nil
}

// Restart starts the server on the data folder as it is, and waits until it
// answers. It must not be running. The port may be another one afterwards.
func (s *Server) Restart(o Options) {
	s.t.Helper()
	for range 3 {
		s.Port = freePort(s.t) // another process may be quicker to take it
		ended := s.run(s.arguments(o))
		if s.answers(ended) {
			return
		}
		s.Stop()
	}
	s.t.Fatalf("the server does not answer: %s", s.log())
}

func (s *Server) arguments(o Options) []string {
	args := append([]string{
		"--no-defaults", "--basedir=" + s.programs.base, "--datadir=" + s.Data, "--socket=" + s.socket(), "--pid-file=" + filepath.Join(s.folder, "pid"),
		"--bind-address=127.0.0.1", "--port=" + strconv.Itoa(s.Port), "--innodb-buffer-pool-size=16M", "--innodb-log-file-size=8M",
		"--plugin-dir=" + s.folder, // without plugins: those of the machine may need what is not installed
	}, asRoot()...)
	if !o.Plain {
		args = append(args, "--ssl-cert="+filepath.Join(s.folder, "server.crt"), "--ssl-key="+filepath.Join(s.folder, "server.key"))
	}
	return args
}

// answers waits for it; false: the server ended, or a minute is over.
func (s *Server) answers(ended chan struct{}) bool {
	for range 1200 {
		db := s.open()
		err := db.Ping()
		_ = db.Close()
		if err == nil {
			return true
		}
		select {
		case <-ended:
			return false
		case <-time.After(50 * time.Millisecond):
		}
	}
	return false
}

func (s *Server) run(args []string) (ended chan struct{}) {
	s.t.Helper()
	out, err := os.OpenFile(filepath.Join(s.folder, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command(s.programs.server, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = "/", out, out, &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	_ = out.Close()
	ended = make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	mark := filepath.Join(s.folder, running)
	if err := os.WriteFile(mark, []byte(strconv.Itoa(cmd.Process.Pid)), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.stop = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // gone already: that is what is wanted
		<-ended
		_ = os.Remove(mark)
	}
	return ended
}

// Stop ends the server as an operator would: what it holds in memory is written.
func (s *Server) Stop() {
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
}

func (s *Server) socket() string { return filepath.Join(s.folder, "sock") }

func (s *Server) log() string {
	text, _ := os.ReadFile(filepath.Join(s.folder, "log"))
	return string(text)
}

func (s *Server) open() *sql.DB {
	db, err := sql.Open("mysql", "root@unix("+s.socket()+")/")
	if err != nil {
		s.t.Fatal(err)
	}
	return db
}

// Exec runs statements as root, one after the other.
func (s *Server) Exec(statements ...string) {
	s.t.Helper()
	db := s.open()
	defer db.Close()
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			s.t.Fatalf("%s: %v", statement, err)
		}
	}
}

// Value asks for one value, as root.
func (s *Server) Value(query string) string {
	s.t.Helper()
	db := s.open()
	defer db.Close()
	var value sql.NullString
	if err := db.QueryRow(query).Scan(&value); err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
	return strings.TrimSpace(value.String)
}

func freePort(t testing.TB) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}
