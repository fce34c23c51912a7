package basecopy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/plainfile"
)

// fromDirectory copies a backup in plain format.
func (c *copier) fromDirectory(ctx context.Context) error {
	source, err := os.OpenRoot(c.job.Backup.Path)
	if err != nil {
		return err
	}
	defer source.Close()
	members, links, err := c.listTree(ctx, source, "")
	if err != nil {
		return err
	}
	for _, link := range links {
		oid, rest, ok := tablespacePath(link)
		switch {
		case ok && rest == "":
			root, err := c.openTablespace(oid, link)
			if err != nil {
				return err
			}
			defer root.Close()
			more, inner, err := c.listTree(ctx, root, link)
			if err != nil {
				return err
			}
			if len(inner) > 0 {
				return refused("link "+quoted(inner[0])+" inside a tablespace of the backup", "do not use this backup: PostgreSQL makes no links there")
			}
			c.addTablespace(oid)
			members = append(members, more...)
		case link == "pg_wal":
			return refused("pg_wal of the backup is a link to another place: its WAL is not part of the backup", "copy the WAL into the backup's pg_wal, or take the backup without --waldir")
		case place(link) == keep || strings.Contains(link, "/"):
			return refused("link "+quoted(link)+" in the backup: links are not followed", "replace it by what it points to, or leave it out")
		default:
			c.leaveOut(link) // postgresql.conf -> /etc/..., server.key -> ...
		}
	}
	return c.copyAll(ctx, members)
}

// listTree lists the files below root; prefix goes before their names. Links
// are returned apart, everything that is neither file nor folder is refused.
func (c *copier) listTree(ctx context.Context, root *os.Root, prefix string) (members []member, links []string, err error) {
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		inside := path.Join(prefix, name)
		switch {
		case d.IsDir():
			if !c.verifier.active() && place(inside+"/x") == drop && ordinary(inside) {
				return fs.SkipDir // server logs can be large and closed to us
			}
			return nil
		case d.Type()&fs.ModeSymlink != 0:
			links = append(links, inside)
			return nil
		case !d.Type().IsRegular():
			if place(inside) != keep {
				return nil // a socket that was left in the folder
			}
			return refused(quoted(inside)+" in the backup is neither a file nor a folder", "do not use this backup: it was not written by PostgreSQL")
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if len(members) == maxMembers {
			return errTooMany
		}
		members = append(members, member{
			path: inside, size: info.Size(),
			open: func() (io.ReadCloser, error) { return plainfile.OpenIn(root, name) },
		})
		return nil
	})
	return members, links, err
}

// openTablespace opens the folder that a tablespace link points to, for
// reading only. See the package comment for where that is allowed.
func (c *copier) openTablespace(oid, link string) (*os.Root, error) {
	target, err := os.Readlink(filepath.Join(c.job.Backup.Path, filepath.FromSlash(link)))
	if err != nil {
		return nil, err
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(c.job.Backup.Path, "pg_tblspc", target)
	}
	proven := c.verifier.active() && c.verifier.checksums
	if !proven && !c.beside(target) {
		return nil, refused(
			fmt.Sprintf("tablespace %s of the backup is a link to %s, which may be the live server's folder: without a manifest nothing proves that it belongs to the backup", oid, target),
			"take the backup in tar format or with a manifest, or map its tablespaces to a folder beside it")
	}
	root, err := os.OpenRoot(target)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("tablespace %s: its link points to %s, which does not exist here", oid, target)
	}
	return root, err
}

// beside tells whether target lies in the folder that holds the backup.
func (c *copier) beside(target string) bool {
	home, err := filepath.EvalSymlinks(filepath.Dir(c.job.Backup.Path))
	if err != nil {
		return false
	}
	real, err := filepath.EvalSymlinks(target)
	if err != nil {
		return false
	}
	rel, err := filepath.Rel(home, real)
	return err == nil && filepath.IsLocal(rel) && rel != "."
}
