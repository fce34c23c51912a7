package basecopy

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// fate is what becomes of a member.
type fate int

const (
	drop    fate = iota // verified where the manifest lists it, never written
	keep                // copied
	setting             // read into memory, rewritten by lifeboat
)

// keptWhole are the parts of a data directory that are taken over.
var keptWhole = []string{"base", "global", "pg_commit_ts", "pg_logical", "pg_multixact", "pg_stat", "pg_tblspc", "pg_twophase", "pg_wal", "pg_xact"}

// keptEmpty are folders that PostgreSQL wants to find, whose content belongs
// to the running source: slots, temporary statistics, exported snapshots.
var keptEmpty = []string{"pg_dynshmem", "pg_notify", "pg_replslot", "pg_serial", "pg_snapshots", "pg_stat_tmp", "pg_subtrans", "pg_wal/archive_status", "pg_wal/summaries"}

// place decides by the path inside the data directory.
func place(name string) fate {
	switch name {
	case "postgresql.conf", "postgresql.auto.conf":
		return setting
	case "PG_VERSION", "backup_label":
		return keep
	}
	for _, folder := range keptEmpty {
		if strings.HasPrefix(name, folder+"/") {
			return drop
		}
	}
	base := path.Base(name)
	if base == "pg_internal.init" || strings.HasPrefix(base, "pgsql_tmp") || strings.Contains(name, "/pgsql_tmp/") {
		return drop
	}
	top, _, inFolder := strings.Cut(name, "/")
	if inFolder && slices.Contains(keptWhole, top) {
		return keep
	}
	return drop
}

// leaveOut notes for the evidence what was not taken over.
func (c *copier) leaveOut(name string) {
	what := ""
	top, rest, inFolder := strings.Cut(name, "/")
	switch {
	case top == "pg_replslot" && inFolder:
		slot, _, _ := strings.Cut(rest, "/")
		what = "replication slot " + slot
	case name == "standby.signal" || name == "recovery.signal" || name == "recovery.conf":
		what = name
	case name == "pg_hba.conf" || name == "pg_ident.conf":
		what = name + " (lifeboat's own is used)"
	case name == "tablespace_map":
		what = "tablespace_map (tablespaces are relocated)"
	case place(name) == drop && !slices.Contains(keptWhole, top) && !ordinary(name):
		what = top
	}
	if what == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dropped.add(what)
}

// ordinary are files that every copy of a data directory leaves behind.
func ordinary(name string) bool {
	top, _, _ := strings.Cut(name, "/")
	switch top {
	case "backup_manifest", "backup_label.old", "tablespace_map.old", "postmaster.pid", "postmaster.opts", "current_logfiles", "log", "pg_log",
		"pg_dynshmem", "pg_notify", "pg_serial", "pg_snapshots", "pg_stat_tmp", "pg_subtrans":
		return true
	}
	return strings.HasPrefix(top, "postgresql.auto.conf")
}

func (c *copier) findings() []drill.Finding {
	var found []drill.Finding
	if c.verifier.active() && !c.verifier.checksums || c.bareManifest {
		found = append(found, drill.Finding{
			Severity: drill.Warning, Code: "ManifestWithoutChecksums",
			What: "the manifest holds no checksums: only names and sizes of the files could be compared",
			Hint: "take base backups with checksums in the manifest (the default of pg_basebackup)",
		})
	}
	if n := c.dropped.count(); n > 0 {
		found = append(found, drill.Finding{
			Severity: drill.Info, Code: "LeftOutOfCopy", What: "left out of the copy: " + c.dropped.list(), Figure: n,
		})
	}
	if oids := c.tablespaceOIDs(); len(oids) > 0 {
		var moved names
		for _, oid := range oids {
			moved.add(oid)
		}
		found = append(found, drill.Finding{
			Severity: drill.Info, Code: "TablespacesRelocated", What: "tablespaces moved into the throwaway: " + moved.list(), Figure: len(oids),
		})
	}
	if n := c.unverified.count(); n > 0 {
		found = append(found, drill.Finding{
			Severity: drill.Warning, Code: "FilesNotInManifest",
			What:   "files that the manifest does not list were left out of the copy: " + c.unverified.list(),
			Figure: n, Hint: "something wrote into the backup after it was taken",
		})
	}
	return found
}

// makeFolders makes what PostgreSQL expects even where the backup has nothing
// in it: a tar of files alone, a link that was left out.
func (c *copier) makeFolders() error {
	for _, folder := range slices.Concat(keptWhole, keptEmpty, []string{"pg_logical/snapshots", "pg_logical/mappings", "pg_multixact/members", "pg_multixact/offsets"}) {
		if folder == "pg_wal/summaries" {
			continue // made by 17 and later, when asked for
		}
		if err := c.makeParents(c.data, folder); err != nil {
			return err
		}
	}
	return nil
}

// tablespacePath splits pg_tblspc/16384/PG_15_202209061/5/1259.
func tablespacePath(name string) (oid, rest string, ok bool) {
	after, ok := strings.CutPrefix(name, "pg_tblspc/")
	if !ok {
		return "", "", false
	}
	oid, rest, _ = strings.Cut(after, "/")
	return oid, rest, oid != "" && strings.Trim(oid, "0123456789") == ""
}

// cleanName returns the member's path inside the data directory, or an error
// for one that would lead out of it.
func cleanName(name string) (string, error) {
	clean := strings.TrimSuffix(strings.TrimPrefix(name, "./"), "/")
	if clean == "" || clean == "." {
		return ".", nil
	}
	if !filepath.IsLocal(filepath.FromSlash(clean)) || strings.ContainsRune(clean, 0) {
		return "", refused("backup member "+quoted(name)+": its path leads out of the data directory", "do not use this backup: it was not written by PostgreSQL")
	}
	return path.Clean(clean), nil
}
