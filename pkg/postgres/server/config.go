package server

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// base is what the copy runs with unless it is told otherwise.
var base = map[string]string{
	"shared_buffers": "128MB", // what initdb chooses almost everywhere
	"log_timezone":   "UTC",
}

// enforced cannot be overridden by settings. The log goes to one file, without
// the details that quote rows; dynamic shared memory is files in the data
// directory, so that nothing is left in /dev/shm by a server that was killed.
var enforced = map[string]string{
	"dynamic_shared_memory_type": "mmap",
	"huge_pages":                 "off",
	"lc_messages":                "C",
	"log_destination":            "stderr",
	"log_error_verbosity":        "terse",
	"log_line_prefix":            "[%p] %e ",
	"log_min_error_statement":    "panic",
	"log_statement":              "none",
	"ssl":                        "off",
	"unix_socket_group":          "",
	"unix_socket_permissions":    "0700",
}

// decisive goes on the command line, where neither postgresql.auto.conf nor
// ALTER SYSTEM can change it. It tells where, never a secret.
func (s *Server) decisive() []string {
	listen, sockets := "", s.cfg.SocketDir
	if s.loopback {
		listen, sockets = s.Host(), ""
	}
	args := []string{"-D", s.cfg.Data}
	for _, setting := range []string{
		"config_file=" + s.file("postgresql.conf"),
		"hba_file=" + s.file("pg_hba.conf"),
		"ident_file=" + s.file("pg_ident.conf"),
		"listen_addresses=" + listen,
		"unix_socket_directories=" + quoteList(sockets),
		"port=" + s.portText(),
		"logging_collector=off",
	} {
		args = append(args, "-c", setting)
	}
	return args
}

func (s *Server) file(name string) string { return filepath.Join(s.cfg.Folder, name) }

// quoteList writes one folder as an element of a list setting.
func quoteList(folder string) string {
	if folder == "" {
		return ""
	}
	return `"` + strings.ReplaceAll(folder, `"`, `""`) + `"`
}

// hba lets in who can reach the server, and nobody else.
func (s *Server) hba() string {
	if s.loopback {
		return "host all all 127.0.0.1/32 scram-sha-256\nhost replication all 127.0.0.1/32 scram-sha-256\n"
	}
	return "local all all trust\nlocal replication all trust\n"
}

var settingName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)*$`)

// writeConfig writes the server's files anew.
func (s *Server) writeConfig(settings map[string]string) error {
	all := maps.Clone(base)
	maps.Copy(all, settings)
	maps.Copy(all, enforced)
	if s.cfg.Bin.Major >= 18 {
		all["io_method"] = "worker" // io_uring is among what the sandbox denies
	}
	if s.loopback {
		all["password_encryption"] = "scram-sha-256"
	}
	var conf strings.Builder
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !settingName.MatchString(name) {
			return &drill.Error{
				Name: drill.RestoreRefused, What: fmt.Sprintf("setting %q is no name of a PostgreSQL setting", name),
				Hint: "correct the settings of the plan",
			}
		}
		fmt.Fprintf(&conf, "%s = %s\n", name, quoteValue(all[name]))
	}
	// There is nothing secret in them, and another user's server reads them.
	err := errors.Join(
		anew(s.cfg.Folder, "postgresql.conf", conf.String(), 0o644),
		anew(s.cfg.Folder, "pg_hba.conf", s.hba(), 0o644),
		anew(s.cfg.Folder, "pg_ident.conf", "", 0o644),
		// The server reads it after postgresql.conf, wherever that is.
		anew(s.cfg.Data, "postgresql.auto.conf", "", 0o600),
		os.Chmod(s.cfg.Data, 0o700),
	)
	if s.loopback {
		line := fmt.Sprintf("%s:%d:*:*:%s\n", s.Host(), s.port, s.password)
		err = errors.Join(err, anew(s.cfg.Folder, filepath.Base(s.PasswordFile()), line, 0o600))
	}
	if err != nil {
		return startFailed("write the server's configuration", err)
	}
	return nil
}

// anew writes a file in the place of whatever stood there, a link for example,
// and never outside the folder.
func anew(folder, name, text string, mode os.FileMode) error {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Chmod(mode), f.Close())
}

// quoteValue quotes as guc-file.l reads it: quotes doubled, escapes with \.
func quoteValue(v string) string {
	return "'" + strings.NewReplacer(`'`, `''`, `\`, `\\`, "\n", `\n`, "\r", `\r`).Replace(v) + "'"
}
