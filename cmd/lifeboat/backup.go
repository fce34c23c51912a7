package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/basebackup"
)

func newBackupCommand(s streams) *cobra.Command {
	var url, folder, name, format string
	var asJSON bool
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
			formats := map[string]basebackup.Format{
				"auto": basebackup.Auto, "plain": basebackup.Plain, "tar": basebackup.Tar, "tar.gz": basebackup.TarGzip,
			}
			if _, known := formats[format]; !known {
				return usageError("auto, plain, tar or tar.gz", "there is no backup format %q", format)
			}
			started := clock.Real{}.Now()
			if name == "" {
				name = "base-" + started.Format("20060102T150405Z")
			}
			watch, live := clock.StartStopwatch(), isTerminal(s.err)
			result, err := basebackup.Take(cmd.Context(), basebackup.Options{
				URL: url, Destination: filepath.Join(folder, name), Format: formats[format],
				Progress: func(done, total int64) {
					if live {
						fmt.Fprintf(s.err, "\r\033[K  %s", bytesOf(done, total))
					}
				},
			})
			if live {
				fmt.Fprint(s.err, "\r\033[K")
			}
			if err != nil {
				var named *drill.Error
				if errors.As(err, &named) {
					return &exitError{code: exitFailureClean, err: err, hint: named.Hint}
				}
				return err
			}
			if asJSON {
				return printJSON(s.out, map[string]any{
					"path": result.Destination, "format": result.Format, "bytes": result.Bytes, "serverVersion": result.ServerVersion,
					"startLSN": result.StartLSN, "endLSN": result.EndLSN, "startedAt": started, "seconds": watch.Elapsed().Seconds(),
				})
			}
			fmt.Fprintf(s.out, "%s: base backup of PostgreSQL %s, %s in %s\n", result.Destination, result.ServerVersion,
				bytesOf(result.Bytes, 0), clockText(watch.Elapsed()))
			return nil
		},
	}
	cmd.Flags().StringVar(&url, "url", "", "the server, as libpq reads it (default $DATABASE_URL)")
	cmd.Flags().StringVar(&folder, "to", "", "folder that the backup's own folder is made in")
	cmd.Flags().StringVar(&name, "name", "", "name of the backup's folder (default base-<time>)")
	cmd.Flags().StringVar(&format, "format", "auto", "plain (a data directory), tar, tar.gz, or auto: plain, and tar for a server with tablespaces")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document with the result")
	return cmd
}

// bytesOf writes sizes in MiB; total 0 is not known.
func bytesOf(done, total int64) string {
	const mib = 1 << 20
	if total <= 0 {
		return fmt.Sprintf("%.1f MiB", float64(done)/mib)
	}
	return fmt.Sprintf("%.1f of about %.1f MiB", float64(done)/mib, float64(max(total, done))/mib)
}
