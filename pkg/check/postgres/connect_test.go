package pgcheck_test

import (
	"context"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest"
)

// connectTo opens sessions to a source as a drill opens them to its copy.
func connectTo(source *pgtest.Source) func(context.Context, string, map[string]string) (*pgconn.PgConn, error) {
	return func(ctx context.Context, database string, parameters map[string]string) (*pgconn.PgConn, error) {
		config, err := pgconn.ParseConfig(source.URL(database))
		if err != nil {
			return nil, err
		}
		config.RuntimeParams = parameters
		return pgconn.ConnectConfig(ctx, config)
	}
}
