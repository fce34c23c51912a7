package plan

import (
	"cmp"
	"slices"
	"strings"
)

// Keys of the blocks.
const (
	blockPostgres = "postgres"
	blockRDS      = "rds"
)

// Postgres is the block of kind postgres: what only this kind has.
type Postgres struct {
	Backups  string            `yaml:"backups" jsonschema:"description=Required. A glob; each match is one candidate backup. Relative to the plan file."`
	Binaries string            `yaml:"binaries" jsonschema:"description=A folder with PostgreSQL's programs before all others. Relative to the plan file."`
	Database string            `yaml:"database" jsonschema:"description=The database that the checks connect to. Default: the dumped one or postgres for a base backup."`
	User     string            `yaml:"user" jsonschema:"description=A superuser of the restored cluster. Default: found out."`
	Scratch  string            `yaml:"scratch" jsonschema:"description=Where throwaway servers live. Default: scratch in the state folder. Relative to the plan file."`
	TimeZone string            `yaml:"timeZone" jsonschema:"description=IANA time zone of backup times that are recorded without a reliable zone."`
	Trust    string            `yaml:"trust" jsonschema:"enum=backup,description=backup lets code in the backup run without a sandbox on machines that have none (macOS and old kernels). Default: a drill is refused there."`
	Settings map[string]string `yaml:"settings" jsonschema:"description=Settings of the throwaway server such as shared_buffers."`
}

// RDS is the block of kind rds-instance: what only this kind has.
type RDS struct {
	Source   string `yaml:"source" jsonschema:"description=Required. The DB instance identifier in the primary region."`
	Replica  string `yaml:"replica" jsonschema:"description=The identifier of its read replica in the recovery region. Required by every topology but backup-restore."`
	Login    string `yaml:"login" jsonschema:"enum=managed-password,enum=iam,description=How the checks get in. managed-password (default): RDS makes a master password after the restore and the time for it is not recovery time. iam: a database user with IAM authentication."`
	User     string `yaml:"user" jsonschema:"description=Login iam: the database user that logs in with IAM tokens; required."`
	Database string `yaml:"database" jsonschema:"description=The database that the checks connect to. Default: the one that the instance was made with; else the engine's own."`
	From     string `yaml:"from" jsonschema:"enum=snapshot,enum=pitr,enum=copy,description=Restore from this kind of backup only. snapshot: any snapshot; pitr: a point in time; copy: a snapshot that was copied from another region or account. Default: the newest that counts."`
}

// FlatKey is where a key of this kind's block stood before there were blocks,
// seen from the database; "" where there is no such key.
func (k Kind) FlatKey(key string) string {
	switch {
	case !slices.Contains(k.Keys, key):
		return ""
	case key == "from":
		return "drill.from"
	}
	return key
}

// IsBlock tells whether a key of a database is the block of some kind.
func IsBlock(key string) bool {
	return key != "" && slices.ContainsFunc(kinds, func(k Kind) bool { return k.Block == key })
}

// FlatPath is the path of the same value in the flat form; "" for what stands
// in no kind's block. It is asked for every value of a file.
func FlatPath(path string) string {
	_, after, found := strings.Cut(path, "].databases[")
	if !found || !strings.HasPrefix(path, "workloads[") {
		return ""
	}
	_, inside, found := strings.Cut(after, "].")
	if !found {
		return ""
	}
	block, key, found := strings.Cut(inside, ".")
	if !found {
		return ""
	}
	rest := strings.TrimLeft(key, letters)
	key = strings.TrimSuffix(key, rest)
	for _, k := range kinds {
		if flat := k.FlatKey(key); k.Block == block && flat != "" {
			return strings.TrimSuffix(path, inside) + flat + rest
		}
	}
	return ""
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// folded puts what stands in the block of the database's kind where the rest of
// lifeboat looks for it, and where it stands in the JSON that the hash is made
// of: both forms mean, and hash, the same. The block of another kind means
// nothing; Validate refuses it.
func (d Database) folded() Database {
	own := KindOf(d.Kind).Block
	if b := d.Postgres; b != nil && own == blockPostgres {
		d.Backups, d.Binaries, d.Scratch = cmp.Or(b.Backups, d.Backups), cmp.Or(b.Binaries, d.Binaries), cmp.Or(b.Scratch, d.Scratch)
		d.Database, d.User = cmp.Or(b.Database, d.Database), cmp.Or(b.User, d.User)
		d.TimeZone, d.Trust = cmp.Or(b.TimeZone, d.TimeZone), cmp.Or(b.Trust, d.Trust)
		if b.Settings != nil {
			d.Settings = b.Settings
		}
	}
	if b := d.RDS; b != nil && own == blockRDS {
		d.Source, d.Login, d.Drill.From = cmp.Or(b.Source, d.Source), cmp.Or(b.Login, d.Login), cmp.Or(b.From, d.Drill.From)
		d.Replica = cmp.Or(b.Replica, d.Replica)
		d.Database, d.User = cmp.Or(b.Database, d.Database), cmp.Or(b.User, d.User)
	}
	d.Postgres, d.RDS = nil, nil
	return d
}

// foreignBlocks refuses the block of a kind that the database is not of.
func (v *validator) foreignBlocks(path string, d Database) {
	for block, set := range map[string]bool{blockPostgres: d.Postgres != nil, blockRDS: d.RDS != nil} {
		own := KindOf(d.Kind).Block
		if !set || block == own {
			continue
		}
		of := strings.Join(KindNames(func(k Kind) bool { return k.Block == block }), ", ")
		v.add(path+"."+block, "kind "+d.Kind+" has no block "+block, "it is that of kind "+of+", and would be ignored", "write "+own+":, or correct the kind")
	}
}
