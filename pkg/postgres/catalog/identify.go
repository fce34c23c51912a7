package catalog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/plainfile"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/replay"
)

// identifyAll finds out of which database each dump is, newest first, and passes
// over those of others than wanted, the plan's ("": the plan names none).
//
// Archives name theirs in the header. A plain file may hold several dumps and
// says it in its text: mostly in its first lines, else the file is read until
// wanted comes. That takes time, so it is done only down to the newest that is
// found usable: the older ones are never chosen. A base backup holds a whole
// cluster and names no database.
func identifyAll(ctx context.Context, newestFirst []Backup, wanted string) []Backup {
	chosen, withDatabases := false, false
	for i := range newestFirst {
		b := &newestFirst[i]
		switch b.Kind {
		case DumpCustom, DumpTar, DumpDirectory:
			*b = b.identifyArchive(wanted)
		case DumpPlain, DumpPlainGzip:
			if !chosen {
				*b = b.identifyPlain(ctx, wanted)
			}
		case BaseDirectory, BaseTar, Unknown:
		}
		chosen = chosen || b.Point.Usable
		withDatabases = withDatabases || b.Point.Usable && b.Cluster
	}
	if withDatabases {
		missing(newestFirst)
	}
	return newestFirst
}

// missing: where other files hold globals and a dump, one of globals only lacks
// its dump.
func missing(found []Backup) {
	for i, b := range found {
		if b.Cluster && b.Point.Standing == drill.Companion {
			found[i] = b.unusable("it holds roles and tablespaces only, and others here hold a dump as well: the dump is missing", hintDumpAgain)
			found[i].Point.Standing = drill.Ordinary
		}
	}
}

func (b Backup) identifyArchive(wanted string) Backup {
	named := b.Point.Says.Database
	if !b.Point.Usable || wanted == "" || named == "" || named == wanted {
		return b
	}
	return b.ofAnother([]string{named}, wanted)
}

func (b Backup) identifyPlain(ctx context.Context, wanted string) Backup {
	if !b.Point.Usable {
		return b
	}
	if !b.Cluster {
		first, err := b.firstDatabase(ctx)
		if err != nil {
			return b.unreadable(err)
		}
		if first == "" || wanted == "" || first == wanted {
			b.Point.Says.Database = first
			return b
		}
	}
	return b.readFor(ctx, wanted)
}

// firstDatabase is the one that the first dump of the file names; "" where it
// names none. Nothing but settings comes before its name.
func (b Backup) firstDatabase(ctx context.Context) (string, error) {
	f, err := plainfile.Follow(b.Path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	head, _, err := readHead(f)
	if err != nil {
		return "", err
	}
	// The head ends anywhere, which is no fault of the dump.
	found, _ := replay.Survey(ctx, strings.NewReader(string(head)), func(string) bool { return true })
	if len(found.Databases) == 0 {
		return "", nil
	}
	return found.Databases[0], nil
}

// readFor reads the file until the database comes; where none is wanted, until
// any does.
func (b Backup) readFor(ctx context.Context, wanted string) Backup {
	f, err := plainfile.Follow(b.Path)
	if err != nil {
		return b.unreadable(err)
	}
	defer f.Close()
	stream, _, err := decompressed(f)
	if err != nil {
		return b.unreadable(err)
	}
	until := func(database string) bool { return wanted == "" || database == wanted }
	if b.Cluster && b.Kind == DumpPlain && !b.closedAsCluster {
		until = nil // a cluster dump that was cut between two databases, or globals and a dump: the whole tells
	}
	found, err := replay.Survey(ctx, stream, until)
	switch {
	case ctx.Err() != nil: // the scan ends with it
		return b
	case err != nil:
		return b.cutShort(err)
	case wanted != "" && slices.Contains(found.Databases, wanted):
		b.Point.Says.Database = wanted
		if len(found.Databases) > 1 { // what the first lines say is another dump's
			b.Point.ServerVersion, b.Point.Says.Encoding = "", ""
		}
		return b
	case wanted == "" && len(found.Databases) > 0 || found.Nameless:
		return b
	case len(found.Databases) > 0:
		return b.ofAnother(found.Databases, wanted)
	}
	b = b.unusable("it holds roles and tablespaces only, no database", "")
	b.Point.Standing = drill.Companion
	return b
}

func (b Backup) cutShort(err error) Backup {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return b.unusable("cut short: its gzip ends too early", hintDumpAgain)
	}
	return b.unusable("cannot be read to its end: "+errText(err), hintDumpAgain)
}

// ofAnother passes over a dump of other databases than the plan's.
func (b Backup) ofAnother(names []string, wanted string) Backup {
	const shown = 5
	quoted := make([]string, 0, shown)
	for _, name := range names[:min(len(names), shown)] {
		quoted = append(quoted, quotedName(name))
	}
	what, list := "database ", strings.Join(quoted, ", ")
	if len(names) > 1 {
		what = "databases "
	}
	if len(names) > shown {
		list += fmt.Sprintf(" and %d more", len(names)-shown)
	}
	b = b.unusable(
		fmt.Sprintf("it is a dump of %s%s, and the plan is about database %s", what, list, quotedName(wanted)),
		"if it is the right one, set database in the plan to the name in the dump; else let the glob match the backups of this database only",
	)
	b.Point.Standing = drill.Foreign
	return b
}

// quotedName bounds and escapes a name out of a file: PostgreSQL's own have 63
// bytes at most.
func quotedName(name string) string {
	const longest = 63
	if len(name) > longest {
		name = name[:longest] + "..."
	}
	return fmt.Sprintf("%q", name)
}
