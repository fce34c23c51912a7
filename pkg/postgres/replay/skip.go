package replay

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lifeboat-dr/lifeboat/pkg/check/postgres/answer"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/printable"
)

// Reasons why a statement is passed over, as the findings tell them.
const (
	reasonSubscription = "subscriptions (they would connect to the publisher)"
	reasonMapping      = "user mappings (they hold passwords of other servers)"
	reasonEventTrigger = "event triggers"
	reasonTablespace   = "tablespaces (their places belong to the source)"
	reasonPrivileges   = "owners and privileges"
	reasonRole         = "settings of roles and databases that reach outside"
	reasonForeignView  = "refreshes of materialized views (the dump has foreign servers, which they may read)"
	reasonDropDatabase = "drops of databases (the cluster is new)"
	reasonExtension    = "extension missing here: "
)

// rule passes over the statements that match, however they are written. It is a
// courtesy to the copy, not a wall around it: a function, a DO block or a check
// constraint of the dump runs what it likes inside the server, and only what
// surrounds the server holds it.
type rule struct {
	pattern *regexp.Regexp
	reason  string
}

func match(pattern string) *regexp.Regexp { return regexp.MustCompile(`(?is)^` + pattern) }

var rules = []rule{
	{match(`(CREATE|ALTER|DROP|COMMENT\s+ON)\s+SUBSCRIPTION\s`), reasonSubscription},
	{match(`(CREATE|ALTER|DROP)\s+USER\s+MAPPING\s`), reasonMapping},
	{match(`(CREATE|ALTER|DROP|COMMENT\s+ON)\s+EVENT\s+TRIGGER\s`), reasonEventTrigger},
	{match(`(CREATE|ALTER|DROP|COMMENT\s+ON)\s+TABLESPACE\s`), reasonTablespace},
	{match(`SET\s+default_tablespace\s*=\s*[^'\s]`), reasonTablespace},
	{match(`ALTER\s.*\sSET\s+TABLESPACE\s`), reasonTablespace},
	{match(`(GRANT|REVOKE|ALTER\s+DEFAULT\s+PRIVILEGES|REASSIGN)\s`), reasonPrivileges},
	{match(`ALTER\s.*\sOWNER\s+TO\s+("([^"]|"")*"|[^\s";]+)\s*;$`), reasonPrivileges},
	{match(`SET\s+SESSION\s+AUTHORIZATION\s`), reasonPrivileges},
	{match(`(ALTER|DROP)\s+(ROLE|USER|GROUP)\s`), reasonRole},
	{match(`ALTER\s+SYSTEM\s`), reasonRole},
	{match(`ALTER\s+DATABASE\s.*(preload_libraries|\sTABLESPACE\s)`), reasonRole},
	{match(`DROP\s+DATABASE\s`), reasonDropDatabase},
	{match(`SECURITY\s+LABEL\s`), reasonPrivileges},
}

var (
	foreignServer   = match(`CREATE\s+SERVER\s`)
	refresh         = match(`REFRESH\s+MATERIALIZED\s+VIEW\s`)
	createExtension = match(`CREATE\s+EXTENSION\s+(?:IF\s+NOT\s+EXISTS\s+)?("(?:[^"]|"")*"|[^\s;]+)`)
	aboutExtension  = match(`COMMENT\s+ON\s+EXTENSION\s`)
	createDatabase  = match(`CREATE\s+DATABASE\s`)
	forgiving       = match(`(DROP\s|ALTER\s.*\sDROP\s)`)
	createRole      = match(`CREATE\s+ROLE\s`)
	setParameter    = match(`SET\s+\w+\s*=`)
	createPublic    = match(`CREATE\s+SCHEMA\s+public\s*;`)
)

// skipReason tells why a statement is not executed; "" for one that is.
func (p *player) skipReason(sql string) string {
	for _, r := range rules {
		if r.pattern.MatchString(sql) {
			return r.reason
		}
	}
	if foreignServer.MatchString(sql) {
		p.foreign = true
	}
	if p.foreign && refresh.MatchString(sql) {
		return reasonForeignView
	}
	if aboutExtension.MatchString(sql) {
		return "comments on extensions"
	}
	if m := createExtension.FindStringSubmatch(sql); m != nil {
		name := printable.Text(strings.Trim(m[1], `"`), longestName)
		if !p.extensions[name] {
			return reasonExtension + name
		}
	}
	return ""
}

// tolerable: a dump with --clean drops what a new cluster does not have, and
// pg_dumpall makes roles that it does have.
func tolerable(sql string, err error) bool {
	var pg *pgconn.PgError
	if err == nil {
		return true
	}
	if !errors.As(err, &pg) {
		return false
	}
	switch {
	case forgiving.MatchString(sql):
		return slices.Contains([]string{"42P01", "42704", "42883", "3F000", "3D000", "42703"}, pg.Code)
	case setParameter.MatchString(sql): // a newer pg_dump sets what an older server does not know
		return pg.Code == "42704"
	case createRole.MatchString(sql):
		return pg.Code == "42710"
	case createPublic.MatchString(sql):
		return pg.Code == "42P06"
	}
	return false
}

// createDatabase makes a database as the dump says. The one that lifeboat made
// for a dump that might not say its database gives way to it.
func (p *player) createDatabase(ctx context.Context, t token) error {
	m := databaseName.FindStringSubmatch(t.bare)
	if m != nil {
		name := unquoted(m[2])
		if !p.made[name] && (name == p.options.Database || name == p.options.Target) {
			if err := p.giveWay(ctx, t, name); err != nil {
				return err
			}
		}
		p.made[name] = true
	}
	localeMissing, err := CreateDatabase(ctx, p.conn, t.bare, "")
	p.locales = p.locales || localeMissing
	return p.refused(ctx, t.line, err)
}

func (p *player) giveWay(ctx context.Context, t token, database string) error {
	if err := p.connect(ctx, "postgres"); err != nil {
		return err
	}
	return p.refused(ctx, t.line, p.conn.Exec(ctx, "drop database if exists "+answer.QuoteIdentifier(database)).Close())
}

// unquoted is the name that an identifier stands for.
func unquoted(identifier string) string {
	if inner, ok := strings.CutPrefix(identifier, `"`); ok {
		return strings.ReplaceAll(strings.TrimSuffix(inner, `"`), `""`, `"`)
	}
	return identifier // pg_dump quotes what is not in lower case
}

func (p *player) findings() []drill.Finding {
	var found []drill.Finding
	var reasons, extensions []string
	for reason, n := range p.skipped {
		if name, missing := strings.CutPrefix(reason, reasonExtension); missing {
			extensions = append(extensions, name)
			continue
		}
		reasons = append(reasons, fmt.Sprintf("%s: %d", reason, n))
	}
	found = append(found, ExtensionsMissing(extensions)...)
	if len(reasons) > 0 {
		slices.Sort(reasons)
		found = append(found, drill.Finding{
			Severity: drill.Info, Code: "StatementsPassedOver", What: "statements of the dump that were not executed: " + strings.Join(reasons, "; "),
		})
	}
	if p.locales {
		found = append(found, LocaleMissing())
	}
	return found
}

// longestName of an object is 63 bytes, unless the server was built otherwise.
const longestName = 200

// ExtensionsMissing are the findings for extensions that a dump needs and the
// programs here do not have: the first by their names, the rest counted.
func ExtensionsMissing(names []string) []drill.Finding {
	var found []drill.Finding
	const hint = "install it if the data need it"
	slices.Sort(names)
	for _, name := range names[:min(len(names), printable.Shown)] {
		found = append(found, drill.Finding{
			Severity: drill.Warning, Code: "ExtensionMissing", Hint: hint,
			What: "the dump needs the extension " + printable.Text(name, longestName) + ", which is not installed beside the binaries: it was passed over",
		})
	}
	if rest := len(names) - printable.Shown; rest > 0 {
		found = append(found, drill.Finding{
			Severity: drill.Warning, Code: "ExtensionMissing", Hint: hint, Figure: rest,
			What: fmt.Sprintf("the dump needs %d more extensions that are not installed beside the binaries: they were passed over", rest),
		})
	}
	return found
}

// LocaleMissing is the finding for a database whose locale this machine lacks.
func LocaleMissing() drill.Finding {
	return drill.Finding{
		Severity: drill.Warning, Code: "LocaleMissing", What: "the dump's locale does not exist on this machine: text sorts differently in the copy",
		Hint: "install the locale of the source",
	}
}
