package server

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Reach is a server that runs already, whichever process of lifeboat started it.
type Reach struct {
	Host string // a folder with its socket, or the loopback address
	Port int
	// PasswordFile holds the password of one on the loopback address; "": none is
	// needed.
	PasswordFile string
}

// Connect opens a connection as user to a database; parameters are settings of the
// session.
func (r Reach) Connect(ctx context.Context, user, database string, parameters map[string]string) (*pgconn.PgConn, error) {
	s := &Server{loopback: true, port: r.Port}
	if r.PasswordFile == "" {
		s.loopback, s.cfg.SocketDir = false, r.Host
		return s.Connect(ctx, user, database, parameters)
	}
	line, err := os.ReadFile(r.PasswordFile)
	if err != nil {
		return nil, fmt.Errorf("read the password of the throwaway server: %w", err)
	}
	line = []byte(strings.TrimSpace(string(line)))
	s.password = string(line[strings.LastIndexByte(string(line), ':')+1:]) // letters and digits: see Server
	return s.Connect(ctx, user, database, parameters)
}
