package remote

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	pgcheck "github.com/lifeboat-dr/lifeboat/pkg/check/postgres"
)

type postgres struct {
	*pgcheck.Session
}

func openPostgres(ctx context.Context, o Options) (Session, error) {
	// Once by itself, so that the reason of a refusal is seen.
	first, err := o.connectPostgres(ctx, o.Endpoint.Database, nil)
	if err != nil {
		code := sqlState(err)
		return nil, o.refused(err, code, notYetPostgres(code))
	}
	_ = first.Close(ctx) // it has told what it was made for
	session, err := pgcheck.Open(ctx, pgcheck.Options{
		Connect:  o.connectPostgres,
		Database: o.Endpoint.Database, Managed: true,
		StatementTimeout: o.StatementTimeout, ReadTimeout: o.StatementTimeout, ReadBudget: o.ReadBudget,
		StartedAt: o.StartedAt, Clock: o.Clock,
	})
	if err != nil {
		return nil, err
	}
	return postgres{session}, nil
}

// connectPostgres takes nothing from the environment of the process.
func (o Options) connectPostgres(ctx context.Context, database string, parameters map[string]string) (*pgconn.PgConn, error) {
	config, err := pgconn.ParseConfig("sslmode=verify-full sslrootcert='' passfile=/dev/null")
	if err != nil {
		return nil, fmt.Errorf("configure the connection: %w", err)
	}
	config.Host, config.Port, config.Database = o.Endpoint.Host, uint16(o.Endpoint.Port), database //nolint:gosec // a port
	config.User, config.Password = o.User, o.Password
	config.TLSConfig, config.Fallbacks, config.RuntimeParams = o.tls(), nil, parameters
	config.ConnectTimeout = connectTimeout
	return pgconn.ConnectConfig(ctx, config)
}

// notYetPostgres: starting up or shutting down, too many connections while it
// settles, a password that is not in effect yet.
// https://www.postgresql.org/docs/current/errcodes-appendix.html
func notYetPostgres(code string) bool {
	switch code {
	case "57P01", "57P03", "53300", "28P01":
		return true
	}
	return false
}

func sqlState(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}
