package restore

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lifeboat-dr/lifeboat/pkg/check/postgres/answer"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/archive"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/catalog"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/replay"
)

// archive restores a pg_dump archive with pg_restore, side by side where the
// format allows it. The first error ends it: a restore with errors proves
// nothing.
func (r *Restore) archive(ctx context.Context, server Server) error {
	r.mu.Lock()
	r.total = 0 // pg_restore does not tell how far it is
	r.mu.Unlock()
	header := r.job.Backup.Dump
	database := cmp.Or(r.job.Source.Database, header.Database, fallbackDatabase)
	create := ""
	for _, e := range header.Entries {
		if e.Desc == "DATABASE" {
			create = strings.TrimSpace(e.Definition)
		}
	}
	if err := r.createDatabase(ctx, server, database, create); err != nil {
		return err
	}
	list, err := r.selectEntries(ctx, server, database)
	if err != nil {
		return err
	}
	args := []string{
		"--no-password", "--exit-on-error", "--no-owner", "--no-privileges", "--no-tablespaces", "--no-subscriptions", "--no-security-labels",
		"--use-list=" + list, "--dbname=" + database,
	}
	if r.job.Backup.Kind != catalog.DumpTar {
		args = append(args, fmt.Sprintf("--jobs=%d", runtime.GOMAXPROCS(0)))
	}
	var said complaint
	if err := server.Tool(ctx, "pg_restore", append(args, r.job.Backup.Path), said.line); err != nil {
		return said.failure(r.job.Backup, err)
	}
	r.ready(superuser, database, false)
	return nil
}

// leftOut are entries that would reach out of the copy.
var leftOut = map[string]string{
	"SUBSCRIPTION":  "subscriptions (they would connect to the publisher)",
	"USER MAPPING":  "user mappings (they hold passwords of other servers)",
	"EVENT TRIGGER": "event triggers",
}

// selectEntries writes the list of entries for pg_restore, and makes the roles
// that policies name.
func (r *Restore) selectEntries(ctx context.Context, server Server, database string) (string, error) {
	conn, err := server.Connect(ctx, superuser, database, nil)
	if err != nil {
		return "", fmt.Errorf("connect to database %q of the copy: %s", database, sqlstate(err))
	}
	defer conn.Close(ctx)
	offered, err := extensions(ctx, conn)
	if err != nil {
		return "", fmt.Errorf("list the extensions: %s", sqlstate(err))
	}
	path := filepath.Join(r.job.Work, "pg_restore.list")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	defer f.Close()
	out := bufio.NewWriter(f)
	foreign := hasForeignServers(r.job.Backup.Dump.Entries)
	dropped := map[string]int{}
	var missing []string
	for _, e := range r.job.Backup.Dump.Entries {
		why := leftOut[e.Desc]
		switch {
		case e.Desc == "MATERIALIZED VIEW DATA" && foreign:
			why = "refreshes of materialized views (the dump has foreign servers, which they may read)"
		case e.Desc == "EXTENSION" && !offered[e.Tag]:
			missing = append(missing, e.Tag)
			continue
		case e.Desc == "COMMENT" && strings.HasPrefix(e.Tag, "EXTENSION "):
			continue
		case e.Desc == "POLICY":
			if err := replay.EnsurePolicyRoles(ctx, conn, e.Definition); err != nil {
				return "", fmt.Errorf("make the roles of policy %q: %s", e.Tag, sqlstate(err))
			}
		}
		if why != "" {
			dropped[why]++
			continue
		}
		_, _ = fmt.Fprintf(out, "%d;\n", e.ID) // Flush tells
	}
	r.note(replay.ExtensionsMissing(missing)...)
	r.noteLeftOut(dropped)
	return path, errors.Join(out.Flush(), f.Close())
}

func (r *Restore) noteLeftOut(dropped map[string]int) {
	for why, n := range dropped {
		r.note(drill.Finding{Severity: drill.Info, Code: "StatementsPassedOver", What: "entries of the dump that were not restored: " + why, Figure: n})
	}
	r.note(drill.Finding{Severity: drill.Info, Code: "StatementsPassedOver", What: "owners, privileges, tablespaces and security labels of the dump were not restored"})
}

func hasForeignServers(entries []archive.Entry) bool {
	for _, e := range entries {
		if e.Desc == "SERVER" {
			return true
		}
	}
	return false
}

func extensions(ctx context.Context, conn *pgconn.PgConn) (map[string]bool, error) {
	rows, err := answer.Rows(ctx, conn, "select name from pg_catalog.pg_available_extensions")
	names := map[string]bool{}
	for _, row := range rows {
		names[row[0]] = true
	}
	return names, err
}

// complaint keeps of pg_restore's standard error what quotes no row: the entry
// that it was at, and whether the archive itself was at fault.
type complaint struct {
	entry   string
	errors  int
	archive bool
}

var (
	fromEntry   = regexp.MustCompile(`from TOC entry \d+; \d+ \d+ (.+)$`)
	archiveText = regexp.MustCompile(`could not read from input file|unexpected end of file|could not uncompress data|unexpected data offset|did not find magic string|could not find block|corrupt`)
)

func (c *complaint) line(text string) {
	if m := fromEntry.FindStringSubmatch(text); m != nil && c.entry == "" {
		c.entry = m[1]
	}
	if strings.Contains(text, "error:") {
		c.errors++
		c.archive = c.archive || archiveText.MatchString(text)
	}
}

func (c *complaint) failure(b catalog.Backup, err error) error {
	at := ""
	if c.entry != "" {
		at = " at " + c.entry
	}
	if c.archive {
		return &drill.Error{
			Name: drill.BackupUnreadable, What: "pg_restore cannot read " + b.Path + " to its end" + at + ": cut short or damaged",
			Hint: "take the dump again, and look at how pg_dump or the copy ended", Err: err,
		}
	}
	return &drill.Error{
		Name: drill.RestoreFailed, What: fmt.Sprintf("pg_restore gave up on %s%s, with %d errors (their texts quote rows and are not kept)", b.Path, at, c.errors),
		Hint: "run pg_restore by hand to see the message; extensions that are missing here are among the findings", Err: err,
	}
}
