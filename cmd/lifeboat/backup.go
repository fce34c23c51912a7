package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world/local"
)

func newBackupCommand(s ui.Streams) *cobra.Command {
	out := ui.Output{Streams: s}
	var url, folder, name, format string
	cmd := &cobra.Command{
		Use:   "backup --url URL --to FOLDER",
		Short: "Take a base backup of a running PostgreSQL",
		Long: `Takes a base backup over the replication protocol, with its WAL and a manifest of
SHA-256 checksums, into a new folder below FOLDER. The user needs the REPLICATION
attribute, and pg_hba.conf an entry for "replication". A password is best kept in
PGPASSWORD or a password file: command lines can be seen by other users.`,
		Args: exactArgs(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if url == "" { // not the flag's default: --help would print the password
				url = os.Getenv("DATABASE_URL")
			}
			if folder == "" {
				return usageError("for instance lifeboat backup --url postgres://postgres@db.example.com/ --to backups/", "--to is missing")
			}
			if formats := local.BackupFormats(); !slices.Contains(formats, format) {
				return usageError("auto, plain, tar or tar.gz", "there is no backup format %q", format)
			}
			started := clock.Real{}.Now()
			if name == "" {
				name = "base-" + started.Format("20060102T150405Z")
			}
			watch, live := clock.StartStopwatch(), ui.IsTerminal(s.Err)
			result, err := local.Backup{
				URL: url, Destination: filepath.Join(folder, name), Format: format,
				Progress: func(done, total int64) {
					if live {
						fmt.Fprintf(s.Err, "\r\033[K  %s", ui.Bytes(done, total))
					}
				},
			}.Take(cmd.Context())
			if live {
				fmt.Fprint(s.Err, "\r\033[K")
			}
			if err != nil {
				var named *drill.Error
				if errors.As(err, &named) {
					return &exitError{code: exitFailureClean, err: err, hint: named.Hint}
				}
				return err
			}
			took := watch.Elapsed()
			return out.Result(map[string]any{
				"path": result.Destination, "format": result.Format, "bytes": result.Bytes, "serverVersion": result.ServerVersion,
				"startLSN": result.StartLSN, "endLSN": result.EndLSN, "startedAt": started, "seconds": took.Seconds(),
			}, func(w io.Writer, _ ui.Paint) error {
				fmt.Fprintf(w, "%s: base backup of PostgreSQL %s, %s in %s\n", result.Destination, result.ServerVersion, ui.Bytes(result.Bytes, 0), ui.Clock(took))
				return nil
			})
		},
	}
	namedVar(cmd.Flags(), &url, "url", "", "the server, as libpq reads it (default $DATABASE_URL)")
	namedVar(cmd.Flags(), &folder, "to", "", "folder that the backup's own folder is made in")
	namedVar(cmd.Flags(), &name, "name", "", "name of the backup's folder (default base-<time>)")
	namedVar(cmd.Flags(), &format, "format", "auto", "plain (a data directory), tar, tar.gz, or auto: plain, and tar for a server with tablespaces")
	out.Flag(cmd.Flags(), "one JSON document with the result")
	return cmd
}
