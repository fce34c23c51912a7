package basebackup

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// oldest is the first version whose backups have a manifest.
const oldest = 13

// connectLimit bounds a connection attempt where the URL sets no limit.
const connectLimit = 30 * time.Second

// connect opens a replication connection.
func connect(ctx context.Context, url string) (*pgconn.PgConn, error) {
	cfg, err := parse(url)
	if err != nil {
		return nil, err
	}
	cfg.RuntimeParams["replication"] = "true"
	conn, err := pgconn.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, explainConnect(ctx, cfg, err)
	}
	if major := majorOf(conn.ParameterStatus("server_version")); major < oldest {
		_ = conn.Close(ctx)
		return nil, failed(fmt.Sprintf("the server is of version %d, and its backups have no manifest", major), nil,
			fmt.Sprintf("versions from %d on are supported; take the backup with pg_basebackup and drill that", oldest))
	}
	return conn, nil
}

// parse reads the URL. The parser's own message may quote the URL, with the
// password, and is not passed on.
func parse(url string) (*pgconn.Config, error) {
	cfg, err := pgconn.ParseConfig(url)
	if err != nil {
		return nil, failed("the URL of the server is not understood", nil,
			"write it as postgres://user:password@host:5432/database, special characters as %xx; or leave the password to PGPASSWORD or ~/.pgpass")
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = connectLimit
	}
	cfg.RuntimeParams["application_name"] = "lifeboat"
	return cfg, nil
}

// expectedBytes asks for the size of all databases over an ordinary
// connection, for the progress display only: 0 where that is not allowed.
func expectedBytes(ctx context.Context, url string) int64 {
	cfg, err := parse(url)
	if err != nil {
		return 0
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	conn, err := pgconn.ConnectConfig(ctx, cfg)
	if err != nil {
		return 0
	}
	defer conn.Close(ctx)
	// Databases that this user may not connect to would be an error.
	const query = "select coalesce(sum(pg_catalog.pg_database_size(oid)), 0)::bigint from pg_catalog.pg_database " +
		"where pg_catalog.has_database_privilege(oid, 'CONNECT')"
	rows := conn.ExecParams(ctx, query, nil, nil, nil, nil).Read()
	if rows.Err != nil || len(rows.Rows) != 1 {
		return 0
	}
	size, err := strconv.ParseInt(string(rows.Rows[0][0]), 10, 64)
	if err != nil {
		return 0
	}
	return size
}

// majorOf reads "15.18 (Debian ...)" and "19beta1".
func majorOf(version string) int {
	end := strings.IndexFunc(version, func(r rune) bool { return r < '0' || r > '9' })
	if end >= 0 {
		version = version[:end]
	}
	major, err := strconv.Atoi(version)
	if err != nil {
		return 0
	}
	return major
}
