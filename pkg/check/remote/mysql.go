package remote

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"strconv"
	"time"

	"github.com/go-sql-driver/mysql"

	mysqlcheck "github.com/lifeboat-dr/lifeboat/pkg/check/mysql"
)

// mySQL is a connection to MySQL or MariaDB.
type mySQL struct {
	*mysqlcheck.Session
	db   *sql.DB
	conn *sql.Conn
}

// Errors of MySQL: https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html
const (
	accessDenied       = 1045
	tooManyConnections = 1040
	shutdownInProgress = 1053
)

func openMySQL(ctx context.Context, o Options) (Session, error) {
	config := mysql.NewConfig()
	config.User, config.Passwd, config.DBName = o.User, o.Password, o.Endpoint.Database
	config.Net, config.Addr = "tcp", net.JoinHostPort(o.Endpoint.Host, strconv.Itoa(o.Endpoint.Port))
	config.TLS, config.AllowCleartextPasswords, config.AllowNativePasswords = o.tls(), o.Cleartext, true
	config.Timeout, config.Loc = connectTimeout, time.UTC
	config.Logger = silent{}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, o.refused(nil, "the configuration was refused", false)
	}
	db := sql.OpenDB(connector)
	conn, err := db.Conn(ctx)
	if err != nil {
		code := mysqlcheck.Code(err)
		return nil, errors.Join(o.refused(err, code, notYetMySQL(err)), db.Close())
	}
	session, err := mysqlcheck.Open(ctx, mysqlcheck.Options{
		Conn: conn, StatementTimeout: o.StatementTimeout, ReadBudget: o.ReadBudget, StartedAt: o.StartedAt, Clock: o.Clock,
	})
	s := mySQL{session, db, conn}
	if err != nil {
		return nil, errors.Join(o.refused(err, mysqlcheck.Code(err), false), s.Close())
	}
	return s, nil
}

// silent drops the driver's own log: it may quote the server.
type silent struct{}

func (silent) Print(...any) {}

// Close ends the connection.
func (s mySQL) Close() error {
	return errors.Join(s.conn.Close(), s.db.Close())
}

func notYetMySQL(err error) bool {
	var answered *mysql.MySQLError
	if !errors.As(err, &answered) {
		return false
	}
	switch answered.Number {
	case accessDenied, tooManyConnections, shutdownInProgress:
		return true
	}
	return false
}
