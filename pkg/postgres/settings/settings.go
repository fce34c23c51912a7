// Package settings decides which settings of the source a restored copy runs
// with.
//
// The copy's configuration is written anew. Only settings that change what the
// data mean are taken over from the source (see kept), and preload libraries
// that the copy's programs have. Everything else stays out: what would make
// the copy act on other systems (archiving, replication, scheduled jobs),
// what names places on the source's machine (paths, includes), and what fits
// the source's machine only (memory, tuning). The evidence lists the names of
// what was dropped, never a value: values hold passwords.
package settings

import (
	"bufio"
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/printable"
)

// kept change how stored data are read, compared or shown, without reaching
// outside of the server.
var kept = []string{
	"array_nulls", "bytea_output", "check_function_bodies", "createrole_self_grant", "datestyle", "default_text_search_config",
	"default_toast_compression", "default_transaction_isolation", "extra_float_digits", "gin_fuzzy_search_limit",
	"intervalstyle", "quote_all_identifiers",
	"row_security", "search_path", "standard_conforming_strings", "timezone", "track_commit_timestamp",
	"transform_null_equals", "xmlbinary", "xmloption",
}

// preload are lists of libraries.
var preload = []string{"shared_preload_libraries", "session_preload_libraries", "local_preload_libraries"}

// passive libraries only watch, check or give data a form that cannot be read
// without them. Others may start workers that do things by themselves (run jobs,
// call other systems, replicate), and nobody can list them: they are not loaded.
var passive = []string{
	"age", "auto_explain", "orioledb", "passwordcheck", "pg_hint_plan", "pg_qualstats", "pg_stat_kcache", "pg_stat_monitor",
	"pg_stat_statements", "pg_track_settings", "pg_wait_sampling", "pgaudit", "plpgsql_check", "safeupdate", "timescaledb",
}

// setting is one line of a configuration file.
type setting struct{ name, value string }

// ForCopy returns the settings that the copy takes over from the source's
// postgresql.conf and postgresql.auto.conf (which wins), and what was dropped.
// has tells whether the copy's programs have a library.
func ForCopy(conf, autoConf []byte, has func(library string) bool) (map[string]string, []drill.Finding) {
	taken := map[string]string{}
	var dropped, libraries []string
	for _, s := range append(parse(conf), parse(autoConf)...) {
		switch {
		case slices.Contains(preload, s.name):
			wanted, missing := splitLibraries(s.value, has)
			libraries = append(libraries, missing...)
			taken[s.name] = strings.Join(wanted, ",")
		case slices.Contains(kept, s.name):
			taken[s.name] = s.value
		default:
			dropped = append(dropped, s.name)
		}
	}
	for _, name := range preload {
		if taken[name] == "" {
			delete(taken, name)
		}
	}
	return taken, findings(dropped, libraries, len(conf) == 0 && len(autoConf) == 0)
}

func findings(dropped, libraries []string, none bool) []drill.Finding {
	var found []drill.Finding
	if none {
		found = append(found, drill.Finding{
			Severity: drill.Info, Code: "NoSourceSettings",
			What: "the backup holds no postgresql.conf (Debian keeps it elsewhere): the copy runs with defaults",
			Hint: "name what the data need under settings in the plan, timezone for example",
		})
	}
	if dropped = reachingFirst(unique(dropped)); len(dropped) > 0 {
		found = append(found, drill.Finding{
			Severity: drill.Info, Code: "SettingsDropped",
			What: "settings of the source that the copy does without: " + printable.List(dropped), Figure: len(dropped),
		})
	}
	if libraries = unique(libraries); len(libraries) > 0 {
		found = append(found, drill.Finding{
			Severity: drill.Info, Code: "LibrariesDropped",
			What:   "preload libraries that are missing here, or are not known to be passive, are not loaded: " + printable.List(libraries),
			Figure: len(libraries), Hint: "where the checks need one, install it beside the binaries and name it under settings in the plan",
		})
	}
	return found
}

// reaching settings lead out of the server: where only some names are told, they
// come first.
var reaching = []string{
	"archive_command", "archive_library", "primary_conninfo", "restore_command", "recovery_end_command", "archive_cleanup_command",
	"ssl_passphrase_command", "include", "include_dir", "include_if_exists",
}

func reachingFirst(names []string) []string {
	inner := func(name string) int {
		if slices.Contains(reaching, name) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(names, func(a, b string) int { return inner(a) - inner(b) })
	return names
}

func splitLibraries(list string, has func(string) bool) (wanted, missing []string) {
	for part := range strings.SplitSeq(list, ",") {
		name := strings.Trim(strings.TrimSpace(part), `"`)
		switch {
		case name == "":
		case strings.ContainsAny(name, "/\\"):
			missing = append(missing, "one named by a path")
		case !slices.Contains(passive, name) || !has(name):
			missing = append(missing, name)
		default:
			wanted = append(wanted, name)
		}
	}
	return wanted, missing
}

// parse reads "name = value", "name value" and "name 'value'" lines as
// guc-file.l does; names are compared without case. Includes come out as
// settings by their names, and are dropped like any other.
func parse(conf []byte) []setting {
	var found []setting
	lines := bufio.NewScanner(bytes.NewReader(conf))
	lines.Buffer(make([]byte, 0, 64<<10), 8<<20)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		end := strings.IndexFunc(line, func(r rune) bool { return r == '=' || r == ' ' || r == '\t' })
		if line == "" || line[0] == '#' || end < 0 {
			continue
		}
		rest := strings.TrimLeft(line[end:], " \t")
		rest = strings.TrimLeft(strings.TrimPrefix(rest, "="), " \t")
		found = append(found, setting{name: strings.ToLower(line[:end]), value: unquote(rest)})
	}
	return found
}

func unquote(s string) string {
	if !strings.HasPrefix(s, "'") {
		value, _, _ := strings.Cut(s, "#")
		return strings.TrimSpace(value)
	}
	var out strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\'' && i+1 < len(s) && s[i+1] == '\'':
			out.WriteByte('\'')
			i++
		case s[i] == '\'':
			return out.String()
		case s[i] == '\\' && i+1 < len(s):
			i++
			out.WriteByte(s[i])
		default:
			out.WriteByte(s[i])
		}
	}
	return out.String()
}

func unique(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// Required are the settings that recovery needs at least as large as on the
// source, by name; zeros are left out.
func Required(maxConnections, maxWorkers, maxWALSenders, maxPrepared, maxLocks int) map[string]string {
	required := map[string]string{}
	for name, n := range map[string]int{
		"max_connections": maxConnections, "max_worker_processes": maxWorkers, "max_wal_senders": maxWALSenders,
		"max_prepared_transactions": maxPrepared, "max_locks_per_transaction": maxLocks,
	} {
		if n > 0 {
			required[name] = fmt.Sprint(n)
		}
	}
	return required
}

// Safe are the settings that keep a copy of a major version (0: not known) to
// itself; nothing may override them.
func Safe(major int) map[string]string {
	safe := map[string]string{
		"archive_mode":                    "off",
		"max_logical_replication_workers": "0", // no subscription can start
	}
	if major >= 17 { // login triggers came with 17: one could refuse every check
		safe["event_triggers"] = "off"
	}
	return safe
}

// Defaults are what a copy runs with where the plan says nothing else.
// Autovacuum would only compete with the checks. Fsync is left on.
func Defaults() map[string]string { return map[string]string{"autovacuum": "off"} }

// LoadDefaults are Defaults for a cluster that a dump is loaded into: fewer
// checkpoints, faster index builds. Memory is per index build, of which there
// are as many at once as processors.
func LoadDefaults() map[string]string {
	return map[string]string{"autovacuum": "off", "max_wal_size": "4GB", "maintenance_work_mem": "128MB"}
}
