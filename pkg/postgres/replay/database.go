package replay

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lifeboat-dr/lifeboat/pkg/check/postgres/answer"
)

var (
	databaseName   = regexp.MustCompile(`(?is)^(CREATE\s+DATABASE\s+)("(?:[^"]|"")*"|[^\s;]+)`)
	databaseLocale = regexp.MustCompile(`(?i)\s(LOCALE_PROVIDER|LOCALE|LC_COLLATE|LC_CTYPE|ICU_LOCALE|ICU_RULES|BUILTIN_LOCALE|COLLATION_VERSION)\s*=\s*('[^']*'|\w+)`)
	databasePlace  = regexp.MustCompile(`(?i)\s(TABLESPACE|OWNER|COLLATION_VERSION)\s*=\s*('[^']*'|"([^"]|"")*"|\w+)`)
)

// CreateDatabase executes a dump's CREATE DATABASE for a database called name
// ("": as the statement says), without owner and tablespace, and without its
// locale where this machine does not have it; localeMissing tells of that.
func CreateDatabase(ctx context.Context, conn *pgconn.PgConn, sql, name string) (localeMissing bool, err error) {
	if name != "" {
		sql = databaseName.ReplaceAllLiteralString(sql, "CREATE DATABASE "+answer.QuoteIdentifier(name))
	}
	if !databaseName.MatchString(sql) {
		return false, errors.New("no CREATE DATABASE")
	}
	sql = databasePlace.ReplaceAllString(sql, "")
	if err = execOne(ctx, conn, sql); err == nil {
		return false, nil
	}
	bare := databaseLocale.ReplaceAllString(sql, "")
	if bare == sql {
		return false, err
	}
	return true, execOne(ctx, conn, bare)
}

var policyRoles = regexp.MustCompile(`(?is)^CREATE\s+POLICY\s.*?\sTO\s+((?:"(?:[^"]|"")*"|[\w$]+)(?:\s*,\s*(?:"(?:[^"]|"")*"|[\w$]+))*)(?:\s|;)`)

// EnsurePolicyRoles makes the roles that a CREATE POLICY names, which cannot
// log in: a dump of one database does not hold them.
func EnsurePolicyRoles(ctx context.Context, conn *pgconn.PgConn, sql string) error {
	m := policyRoles.FindStringSubmatch(sql)
	if m == nil {
		return nil
	}
	for role := range strings.SplitSeq(m[1], ",") {
		role = strings.TrimSpace(role)
		switch strings.ToLower(role) {
		case "public", "current_user", "current_role", "session_user":
			continue
		}
		err := conn.Exec(ctx, "create role "+role+" nologin").Close()
		if err != nil && code(err) != "SQLSTATE 42710" { // it exists
			return err
		}
	}
	return nil
}
