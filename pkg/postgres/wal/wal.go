// Package wal looks through the WAL of a base backup before a server replays
// it, and refuses what would lead the copy out of its throwaway: a CREATE
// TABLESPACE that ran while the backup was taken holds the source's path, and
// replaying it would link the copy to that folder and write and delete there.
//
// It reads as PostgreSQL does (xlogreader.c, xlogrecovery.c of 13 to 18): from
// the redo point of the checkpoint that backup_label names, over pages,
// continuation records, segments and timelines, to the end of valid WAL. Where
// it is not as strict as PostgreSQL it reads further, never less far. Two files
// for one segment could make PostgreSQL read the other one; Walk returns which
// files it has read and which have no place in the copy.
//
// It fails closed. A label that does not agree with the checkpoint's record or
// with the control file, pages of an unknown format, a tablespace record that is
// not as PostgreSQL writes it, and WAL that ends before the backup does are
// errors. Nothing is written.
package wal

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Options say where recovery begins, as the control file of the copy has it.
type Options struct {
	Dir   string // pg_wal
	Label []byte // backup_label
	// Of pg_control:
	SegmentBytes, PageBytes uint64
	Checkpoint, Redo        uint64 // of the newest checkpoint
	Timeline                uint32 // of that checkpoint, or of MinRecovery where that is newer
	MinRecovery             uint64 // of a backup from a standby: where it ends
}

// Walked is what was read.
type Walked struct {
	Start, End uint64
	Records    int
	// Unread are the names of segments in Dir that PostgreSQL must not find:
	// others of a segment that was read, and what follows the end.
	Unread []string
}

// Refused is WAL that must not be replayed.
type Refused struct{ What, Hint string }

func (r *Refused) Error() string { return r.What }

func refuse(hint, format string, args ...any) error {
	return &Refused{What: fmt.Sprintf(format, args...), Hint: hint}
}

const notByPostgreSQL = "do not use this backup: PostgreSQL writes no such thing"

// Walk looks through the WAL. The error is *Refused for what would be
// dangerous, and any other for WAL that is damaged or missing.
func Walk(o Options) (Walked, error) {
	label, err := parseLabel(o.Label)
	if err != nil {
		return Walked{}, err
	}
	if err := label.agrees(o); err != nil {
		return Walked{}, err
	}
	segments, err := listSegments(o)
	if err != nil {
		return Walked{}, err
	}
	r := newReader(o, segments)
	defer r.close()
	checkpoint, err := r.read(label.checkpoint, 0, true)
	if err != nil {
		return Walked{}, fmt.Errorf("the checkpoint that backup_label names: %w", err)
	}
	redo, ok := checkpoint.redo()
	if !ok || redo != label.start || redo > label.checkpoint {
		return Walked{}, refuse(notByPostgreSQL,
			"START WAL LOCATION of backup_label is %s, and the checkpoint at %s begins its recovery at %s", position(label.start), position(label.checkpoint), position(redo))
	}
	w := Walked{Start: redo, End: redo}
	backupEnded, previous := false, uint64(0)
	for {
		rec, err := r.read(w.End, previous, w.Records == 0)
		var end *invalid
		if errors.As(err, &end) {
			break
		}
		if err != nil {
			return w, err
		}
		if err := rec.look(); err != nil {
			return w, err
		}
		backupEnded = backupEnded || rec.endsBackup(label.start)
		previous, w.End = rec.at, rec.next
		w.Records++
	}
	if err := label.reached(o, w.End, backupEnded); err != nil {
		return w, fmt.Errorf("%w: %w", err, r.ended)
	}
	w.Unread = r.unread()
	return w, nil
}

// Records that decide something (rmgrlist.h, pg_control.h, commands/tablespace.h).
const (
	managerXLOG       = 0
	managerTablespace = 5
	checkpointStopped = 0x00
	checkpointOnline  = 0x10
	switchSegment     = 0x40
	backupEnd         = 0x50
	tablespaceCreate  = 0x00
	infoOfManager     = 0xf0 // the rest is XLR_INFO_MASK, the writer's own
)

func (r record) is(manager byte, infos ...byte) bool {
	if r.manager != manager {
		return false
	}
	for _, info := range infos {
		if r.info&infoOfManager == info {
			return true
		}
	}
	return false
}

// redo is where recovery from a checkpoint's record begins: CheckPoint.redo,
// its first field.
func (r record) redo() (uint64, bool) {
	data, ok := r.mainData()
	if !r.is(managerXLOG, checkpointStopped, checkpointOnline) || !ok || len(data) < 8 {
		return 0, false
	}
	return binary.NativeEndian.Uint64(data), true
}

// endsBackup: XLOG_BACKUP_END holds where its backup began.
func (r record) endsBackup(start uint64) bool {
	data, ok := r.mainData()
	return r.is(managerXLOG, backupEnd) && ok && len(data) >= 8 && binary.NativeEndian.Uint64(data) == start
}

// look refuses what would lead out of the copy. xl_tblspc_create_rec is an OID
// and the path; only that of a tablespace in place, inside the data directory,
// is empty (allow_in_place_tablespaces).
func (r record) look() error {
	if !r.is(managerTablespace, tablespaceCreate) {
		return nil
	}
	data, ok := r.mainData()
	if !ok || len(data) < 5 {
		return refuse(notByPostgreSQL, "the WAL record at %s creates a tablespace, and is not as PostgreSQL writes it", position(r.at))
	}
	path := data[4:]
	for i, c := range path {
		if c == 0 {
			path = path[:i]
			break
		}
	}
	if len(path) == 0 {
		return nil
	}
	return refuse("take the backup again, while no tablespace is created",
		"a tablespace was created at %q while the backup was taken: replaying its WAL would write there, into the source's folder", path)
}

// position writes an LSN as PostgreSQL does.
func position(lsn uint64) string { return fmt.Sprintf("%X/%X", lsn>>32, uint32(lsn)) } //nolint:gosec // the lower half
