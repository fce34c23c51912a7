package restore

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/plainfile"
)

// The name of a restored cluster's superuser is in no file that is meant to be
// read. pg_authid itself is read instead: its file's name from pg_filenode.map,
// its rows from the pages. Rows may be old versions, or newer in the WAL, so
// this gives candidates, and the server has the last word. The alternative, a
// start in single-user mode only to ask, would cost a recovery of its own.

const (
	authidOID = 1260 // pg_authid (pg_authid.h)

	// pg_filenode.map (relmapper.c): magic, count, pairs of OID and file node.
	mapMagic = 0x592717
	mapHead  = 8

	// A page (bufpage.h): pd_lower at 12, line pointers from 24 on.
	pageBytes = 8192
	atLower   = 12
	pageHead  = 24

	// A row (htup_details.h): t_infomask2 at 18, t_hoff at 22. Columns of
	// pg_authid since version 12: oid, rolname (64 bytes), rolsuper,
	// rolinherit, rolcreaterole, rolcreatedb, rolcanlogin.
	atHoff     = 22
	nameBytes  = 64
	rowMinimum = 4 + nameBytes + 5

	bootstrapOID = 10 // the role that initdb made

	maxAuthid = 64 << 20 // half a million roles
)

// superusers lists the names to try: the plan's, then the bootstrap superuser,
// then others that may log in, then the usual one.
func superusers(data, planned string) ([]string, error) {
	if planned != "" {
		return []string{planned}, nil
	}
	node, err := fileNode(filepath.Join(data, "global", "pg_filenode.map"), authidOID)
	if err != nil {
		return nil, err
	}
	raw, err := plainfile.Read(filepath.Join(data, "global", strconv.Itoa(node)), maxAuthid)
	if err != nil {
		return nil, fmt.Errorf("pg_authid: %w", err)
	}
	var first, others []string
	for page := range slices.Chunk(raw, pageBytes) {
		for _, role := range roles(page) {
			switch {
			case !role.super || !role.login:
			case role.oid == bootstrapOID:
				first = append(first, role.name)
			default:
				others = append(others, role.name)
			}
		}
	}
	slices.Reverse(first) // later rows are newer
	all := append(append(first, others...), "postgres")
	var unique []string
	for _, name := range all {
		if !slices.Contains(unique, name) {
			unique = append(unique, name)
		}
	}
	return unique, nil
}

func fileNode(path string, oid uint32) (int, error) {
	raw, err := plainfile.Read(path, 64<<10)
	if err != nil {
		return 0, fmt.Errorf("pg_filenode.map: %w", err)
	}
	if len(raw) < mapHead || binary.NativeEndian.Uint32(raw) != mapMagic {
		return 0, fmt.Errorf("pg_filenode.map: damaged")
	}
	count := int(binary.NativeEndian.Uint32(raw[4:]))
	for i := 0; i < count && mapHead+8*i+8 <= len(raw); i++ {
		at := mapHead + 8*i
		if binary.NativeEndian.Uint32(raw[at:]) == oid {
			return int(binary.NativeEndian.Uint32(raw[at+4:])), nil
		}
	}
	return 0, fmt.Errorf("pg_filenode.map: no entry for relation %d", oid)
}

type role struct {
	oid          uint32
	name         string
	super, login bool
}

// roles reads the rows of one page; whatever does not fit is passed over.
func roles(page []byte) []role {
	if len(page) < pageBytes {
		return nil
	}
	lower := int(binary.NativeEndian.Uint16(page[atLower:]))
	var found []role
	for at := pageHead; at+4 <= min(lower, pageBytes); at += 4 {
		pointer := binary.NativeEndian.Uint32(page[at:])
		offset, length := int(pointer&0x7fff), int(pointer>>17)
		if offset < pageHead || offset+length > pageBytes || length <= atHoff {
			continue
		}
		row := page[offset : offset+length]
		start := int(row[atHoff])
		if start+rowMinimum > len(row) {
			continue
		}
		name, _, _ := bytes.Cut(row[start+4:start+4+nameBytes], []byte{0})
		flags := row[start+4+nameBytes:]
		found = append(found, role{
			oid: binary.NativeEndian.Uint32(row[start:]), name: string(name), super: flags[0] == 1, login: flags[4] == 1,
		})
	}
	return found
}
