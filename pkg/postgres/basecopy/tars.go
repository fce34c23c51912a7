package basecopy

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/manifest"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/plainfile"
)

// fromTars copies a backup in tar format: base first, for its links tell
// which tablespaces there are, then the tablespaces, then the WAL.
func (c *copier) fromTars(ctx context.Context) error {
	set := c.job.Backup.Tar
	for oid := range set.Tablespaces {
		c.addTablespace(oid)
	}
	if err := c.fromTar(ctx, set.Base, set.Prefix, ""); err != nil {
		return err
	}
	for _, oid := range c.tablespaceOIDs() {
		if err := c.fromTar(ctx, set.Tablespaces[oid], "", "pg_tblspc/"+oid); err != nil {
			return err
		}
	}
	if set.WAL != "" {
		if err := c.fromTar(ctx, set.WAL, "", "pg_wal"); err != nil {
			return err
		}
	}
	return c.requireWAL()
}

// requireWAL refuses a backup that cannot reach a consistent state by itself.
func (c *copier) requireWAL() error {
	entries, _ := os.ReadDir(filepath.Join(c.job.Data, "pg_wal"))
	if slices.ContainsFunc(entries, func(e os.DirEntry) bool { return len(e.Name()) == 24 }) {
		return nil
	}
	return errors.New("no WAL in the backup, neither in base.tar nor as pg_wal.tar beside it: taken with --wal-method=none, or not copied whole")
}

// fromTar copies one tar. strip is taken off the front of its members' names,
// prefix is put there.
func (c *copier) fromTar(ctx context.Context, tarPath, strip, prefix string) error {
	open := plainfile.Open
	if tarPath == c.job.Backup.Path { // the glob named it, perhaps by a link
		open = plainfile.Follow
	}
	f, err := open(tarPath)
	if err != nil {
		return err
	}
	defer f.Close()
	label := filepath.Base(tarPath)
	var magic [2]byte
	if _, err := f.ReadAt(magic[:], 0); err != nil {
		return fmt.Errorf("%s: cut short: %w", label, err)
	}
	if magic == [2]byte{0x1f, 0x8b} {
		err = c.fromStream(ctx, f, strip, prefix)
	} else {
		err = c.fromPlainTar(ctx, f, strip, prefix)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", label, err)
	}
	return nil
}

// fromPlainTar reads only the headers first, skipping over the data, and then
// copies the members side by side, each from its own place in the file.
func (c *copier) fromPlainTar(ctx context.Context, f *os.File, strip, prefix string) error {
	var members []member
	err := c.eachMember(ctx, f, strip, prefix, func(name string, size int64, _ io.Reader) error {
		at, err := f.Seek(0, io.SeekCurrent) // tar.Reader reads block by block
		if err != nil {
			return err
		}
		if len(members) == maxMembers {
			return errTooMany
		}
		members = append(members, member{path: name, size: size, open: func() (io.ReadCloser, error) {
			return io.NopCloser(io.NewSectionReader(f, at, size)), nil
		}})
		return nil
	})
	if err != nil {
		return err
	}
	return c.copyAll(ctx, members)
}

// fromStream copies the members of a compressed tar one after the other;
// decompression runs beside hashing and writing.
func (c *copier) fromStream(ctx context.Context, f *os.File, strip, prefix string) error {
	z, err := gzip.NewReader(bufio.NewReaderSize(f, bufferBytes))
	if err != nil {
		return fmt.Errorf("gzip: %w", err)
	}
	ahead := readAhead(z)
	defer ahead.Close()
	err = c.eachMember(ctx, ahead, strip, prefix, func(name string, size int64, in io.Reader) error {
		return c.copyOne(ctx, member{path: name, size: size, open: func() (io.ReadCloser, error) { return io.NopCloser(in), nil }})
	})
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, ahead); err != nil { // the checksum stands at its end
		return fmt.Errorf("gzip: cut short or damaged: %w", err)
	}
	return nil
}

// eachMember calls visit for every file of a tar, with its path inside the
// data directory. Links other than tablespaces', and anything that is neither
// file nor folder, are refused; a hard link could name a file outside.
func (c *copier) eachMember(ctx context.Context, in io.Reader, strip, prefix string, visit func(name string, size int64, in io.Reader) error) error {
	members := tar.NewReader(in)
	for {
		head, err := members.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("cut short or damaged: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if sparse(head) {
			return refused("member "+quoted(head.Name)+" of the tar is sparse: it is larger than what is stored of it", "do not use this backup: PostgreSQL writes no such members; pack it again without --sparse")
		}
		name, err := cleanName(head.Name)
		if err != nil {
			return err
		}
		if name, err = inside(name, strip); err != nil || name == "." {
			continue // outside of the backup's folder in a repacked tar
		}
		name = path.Join(prefix, name)
		switch head.Typeflag {
		case tar.TypeDir, tar.TypeXGlobalHeader:
			continue
		case tar.TypeReg:
			if name == manifest.Name && !c.verifier.active() {
				err = c.keepManifest(members)
			} else {
				err = visit(name, head.Size, members)
			}
			if err != nil {
				return err
			}
		case tar.TypeSymlink:
			if err := c.tarLink(name); err != nil {
				return err
			}
		default:
			return refused("member "+quoted(head.Name)+" of the tar is neither a file, a folder nor a tablespace", "do not use this backup: it was not written by PostgreSQL")
		}
	}
}

// sparse members hold less than they become (GNU's old format, and its three in
// PAX records).
func sparse(head *tar.Header) bool {
	if head.Typeflag == tar.TypeGNUSparse {
		return true
	}
	for key := range head.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

func (c *copier) tarLink(name string) error {
	oid, rest, ok := tablespacePath(name)
	if !ok || rest != "" {
		return refused("link "+quoted(name)+" in the tar: links are not followed", "do not use this backup, or replace the link by what it points to")
	}
	if c.job.Backup.Tar.Tablespaces[oid] == "" {
		return fmt.Errorf("tablespace %s is a link in the tar, and there is no %s.tar beside it", oid, oid)
	}
	c.addTablespace(oid)
	return nil
}

// maxManifest bounds a manifest inside a tar: a line of some 200 bytes a file.
const maxManifest = 1 << 30

// keepManifest puts a manifest that is a member of the tar aside, to verify
// the copy with when everything has been written.
func (c *copier) keepManifest(in io.Reader) error {
	f, err := c.spaces.OpenFile(manifest.Name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return c.failed(err)
	}
	defer f.Close()
	size, err := io.Copy(f, io.LimitReader(in, maxManifest+1))
	if err == nil && size > maxManifest {
		err = plainfile.ErrTooLong
	}
	if err != nil {
		return fmt.Errorf("backup_manifest: %w", err)
	}
	return nil
}

// inside takes the folder of a repacked tar off the front of a name.
func inside(name, strip string) (string, error) {
	if strip == "" || strip == "." {
		return name, nil
	}
	if name == strip {
		return ".", nil
	}
	rest, ok := strings.CutPrefix(name, strip+"/")
	if !ok {
		return "", errors.New("outside")
	}
	return rest, nil
}
