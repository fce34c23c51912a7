package basebackup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// BackupFailed is the name of every error of this package. It is no error of
// the drill's machine, which takes no backups.
const BackupFailed drill.ErrorName = "BackupFailed"

func failed(what string, err error, hint string) error {
	return &drill.Error{Name: BackupFailed, What: what, Err: err, Hint: hint}
}

// storage is an error of the destination.
func storage(what string, err error) error {
	hint := "check the destination"
	switch {
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		hint = "free some space at the destination, or name another one"
	case errors.Is(err, fs.ErrPermission):
		hint = "let the user that runs lifeboat write to the destination's parent folder"
	}
	return failed(what, err, hint)
}

const (
	hintHBA   = `add a line for the user to the server's pg_hba.conf with the database "replication", such as: host replication backup 10.0.0.0/8 scram-sha-256; then select pg_reload_conf()`
	hintRole  = "grant it on the server: alter role <user> with login replication"
	hintLevel = "set wal_level = replica on the server and restart it"
	// A server with wal_level = minimal has no senders, and says only that.
	hintSlots = "raise max_wal_senders on the server (10 is the default), with wal_level = replica, and restart it, or try again when another backup or standby is done"
	hintWAL   = "raise wal_keep_size on the server, so that it keeps the WAL of the time that a backup takes"
)

// serverHints are by SQLSTATE and by words of the message, which is in the
// server's language: the words only help where they are English.
var serverHints = []struct {
	code, words, hint string
}{
	{"28P01", "", "check the password: in the URL, PGPASSWORD or ~/.pgpass"},
	{"28000", "pg_hba.conf", hintHBA},
	{"28000", "not permitted", hintRole},
	{"28000", "", hintHBA},
	{"42501", "", hintRole},
	{"53300", "", hintSlots},
	{"55000", "", hintLevel},
	{"57P03", "", "wait until the server has started"},
	{"58P01", "wal", hintWAL},
	{"53100", "", "the server's own disk is full"},
}

func hintFor(code, message string) string {
	for _, h := range serverHints {
		if h.code == code && strings.Contains(strings.ToLower(message), h.words) {
			return h.hint
		}
	}
	return "see the server's log"
}

// explainConnect keeps the server's own words (they tell of users and hosts,
// never of passwords) and where the connection was tried.
func explainConnect(ctx context.Context, cfg *pgconn.Config, err error) error {
	where := fmt.Sprintf("connect to %s port %d as %s for replication", cfg.Host, cfg.Port, cfg.User)
	if ctx.Err() != nil {
		return failed(where, context.Cause(ctx), "")
	}
	var answer *pgconn.PgError
	if errors.As(err, &answer) {
		return failed(fmt.Sprintf("%s: %s (SQLSTATE %s)", where, answer.Message, answer.Code), nil, hintFor(answer.Code, answer.Message))
	}
	var network *os.SyscallError
	if errors.As(err, &network) {
		return failed(where, network, "check the host, the port, and that the server listens there (listen_addresses)")
	}
	return failed(where, lastOf(err), "check the host, the port and the URL's sslmode")
}

// lastOf is the innermost error: what the network or TLS said.
func lastOf(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// pglogreplError is how pglogrepl renders an error of the server.
var pglogreplError = regexp.MustCompile(`error response sev="([^"]*)" code="([0-9A-Z]{5})" message="((?:[^"\\]|\\.)*)"`)

// explain names what failed while the backup was running.
func explain(ctx context.Context, err error) error {
	if drill.NameOf(err) != "" {
		return err
	}
	if ctx.Err() != nil {
		return failed("the backup was stopped", context.Cause(ctx), "")
	}
	var answer *pgconn.PgError
	if errors.As(err, &answer) {
		return failed(fmt.Sprintf("the server ended the backup: %s (SQLSTATE %s)", answer.Message, answer.Code), nil, hintFor(answer.Code, answer.Message))
	}
	if m := pglogreplError.FindStringSubmatch(err.Error()); m != nil {
		return failed(fmt.Sprintf("the server refused the backup: %s (SQLSTATE %s)", m[3], m[2]), nil, hintFor(m[2], m[3]))
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		return storage("write the backup", err)
	}
	return failed("take the backup", err, "see the server's log")
}
