// Package mysqltest is a MySQL server that answers as a test says, for what no
// server on this machine can be made to do: MySQL's own numbers and plans where
// only MariaDB is installed, IAM's tokens, damage. What a real server does is
// tested with one: see mariadbtest.
package mysqltest

import (
	"crypto/sha1" //nolint:gosec // MySQL's own
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/tlstest"
)

// Server speaks as much of MySQL's protocol as a session needs: the real
// driver connects to it over TLS.
// https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html
type Server struct {
	Port     int
	User     string
	Password string
	Token    bool // the password is sent as it is, as IAM tokens are
	Plain    bool // it does not speak TLS

	mu      sync.Mutex
	asked   []string
	Answers map[string]Answer // by the beginning of the statement
}

// Answer is a result of text rows, or an error where Code is set.
type Answer struct {
	Kind byte // of all columns
	Rows [][]string
	Code uint16
	Text string // of the error: may quote rows
}

const (
	Double, LongLong, Datetime, Text = 5, 8, 12, 253

	clientConnectWithDB, clientProtocol41, clientSSL = 0x8, 0x200, 0x800
	clientSecure, clientPluginAuth                   = 0x8000, 0x80000
)

// Start has it listen until the test ends, under the name localhost.
func Start(t *testing.T, a tlstest.Authority, s *Server) *Server {
	t.Helper()
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	s.Port = listener.Addr().(*net.TCPAddr).Port
	folder := t.TempDir()
	a.Issue(t, folder, "localhost")
	certificate, err := tls.LoadX509KeyPair(filepath.Join(folder, "server.crt"), filepath.Join(folder, "server.key"))
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_ = s.serve(conn, config) // a client that goes is none of its business
			}()
		}
	}()
	return s
}

// Statements are all that were asked so far.
func (s *Server) Statements() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// wire is one connection: packets with a length and a number.
type wire struct {
	io.ReadWriter
	number byte
}

func (w *wire) read() ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(w, head[:]); err != nil {
		return nil, err
	}
	w.number = head[3] + 1
	body := make([]byte, int(head[0])|int(head[1])<<8|int(head[2])<<16)
	_, err := io.ReadFull(w, body)
	return body, err
}

func (w *wire) write(body []byte) error {
	packet := append([]byte{byte(len(body)), byte(len(body) >> 8), byte(len(body) >> 16), w.number}, body...)
	w.number++
	_, err := w.Write(packet)
	return err
}

var nonce = []byte("abcdefghijklmnopqrst")

func (s *Server) greeting() []byte {
	can := uint32(clientConnectWithDB | clientProtocol41 | clientSecure | clientPluginAuth | 1)
	if !s.Plain {
		can |= clientSSL
	}
	p := append([]byte{10}, "8.0.40\x00\x01\x00\x00\x00"...)
	p = append(p, nonce[:8]...)
	p = append(p, 0, byte(can), byte(can>>8), 45, 2, 0, byte(can>>16), byte(can>>24), 21)
	p = append(p, make([]byte, 10)...)
	p = append(p, nonce[8:]...)
	return append(p, "\x00mysql_native_password\x00"...)
}

func (s *Server) serve(conn net.Conn, config *tls.Config) error {
	w := &wire{ReadWriter: conn}
	if err := w.write(s.greeting()); err != nil {
		return err
	}
	login, err := w.read()
	if err != nil {
		return err
	}
	if !s.Plain && len(login) == 32 { // the request for TLS
		secure := tls.Server(conn, config)
		w.ReadWriter = secure
		if login, err = w.read(); err != nil {
			return err
		}
	}
	if err := s.letIn(w, login); err != nil {
		return err
	}
	for {
		w.number = 0
		command, err := w.read()
		if err != nil || len(command) == 0 || command[0] == 1 { // quit
			return err
		}
		if command[0] != 3 {
			if err := w.write(ok); err != nil {
				return err
			}
			continue
		}
		if err := s.answer(w, string(command[1:])); err != nil {
			return err
		}
	}
}

var ok = []byte{0, 0, 0, 2, 0, 0, 0}

func (s *Server) letIn(w *wire, login []byte) error {
	user, rest, _ := strings.Cut(string(login[32:]), "\x00")
	sent := []byte(rest[1 : 1+rest[0]])
	right := user == s.User
	if s.Token {
		if err := w.write([]byte("\xfemysql_clear_password\x00")); err != nil {
			return err
		}
		password, err := w.read()
		if err != nil {
			return err
		}
		right = right && string(password) == s.Password+"\x00"
	} else {
		right = right && string(sent) == string(scramble(s.Password))
	}
	if !right {
		return errors.Join(w.write(failure(Answer{Code: 1045, Text: "Access denied for user '" + user + "' (using password: YES)"})), io.EOF)
	}
	return w.write(ok)
}

// scramble is mysql_native_password's proof.
func scramble(password string) []byte {
	once := sha1.Sum([]byte(password))                         //nolint:gosec // as MySQL has it
	twice := sha1.Sum(once[:])                                 //nolint:gosec // the same
	mask := sha1.Sum(append(slices.Clone(nonce), twice[:]...)) //nolint:gosec // the same
	for i := range once {
		once[i] ^= mask[i]
	}
	return once[:]
}

func failure(a Answer) []byte {
	p := binary.LittleEndian.AppendUint16([]byte{0xff}, a.Code)
	return append(p, "#HY000"+a.Text...)
}

func (s *Server) answer(w *wire, statement string) error {
	s.mu.Lock()
	s.asked = append(s.asked, statement)
	var answer *Answer
	longest := -1
	for start, a := range s.Answers {
		if strings.HasPrefix(strings.TrimSpace(statement), start) && len(start) > longest {
			answer, longest = &a, len(start)
		}
	}
	s.mu.Unlock()
	if answer == nil {
		return w.write(ok)
	}
	if answer.Code != 0 {
		return w.write(failure(*answer))
	}
	columns := 1
	if len(answer.Rows) > 0 {
		columns = len(answer.Rows[0])
	}
	packets := [][]byte{{byte(columns)}}
	for range columns {
		p := []byte("\x03def\x00\x00\x00\x01c\x00\x0c\x2d\x00\xff\x00\x00\x00")
		packets = append(packets, append(p, answer.Kind, 0, 0, 0, 0, 0))
	}
	end := []byte{0xfe, 0, 0, 2, 0}
	packets = append(packets, end)
	for _, row := range answer.Rows {
		var p []byte
		for _, value := range row {
			if value == "NULL" {
				p = append(p, 0xfb)
				continue
			}
			p = append(append(p, byte(len(value))), value...)
		}
		packets = append(packets, p)
	}
	for _, p := range append(packets, end) {
		if err := w.write(p); err != nil {
			return err
		}
	}
	return nil
}
