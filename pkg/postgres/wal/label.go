package wal

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
)

// label is what recovery takes from backup_label.
type label struct {
	start, checkpoint uint64
	standby           bool
}

// The first two lines, as do_pg_backup_start writes them. read_backup_label
// takes more than this (scanf); what only that would take is refused.
var firstLines = regexp.MustCompile(`\ASTART WAL LOCATION: ([0-9A-F]{1,8})/([0-9A-F]{1,8}) \(file ([0-9A-F]{24})\)\n` +
	`CHECKPOINT LOCATION: ([0-9A-F]{1,8})/([0-9A-F]{1,8})\n`)

func parseLabel(text []byte) (label, error) {
	m := firstLines.FindSubmatch(text)
	if m == nil {
		return label{}, errors.New("backup_label does not begin with START WAL LOCATION and CHECKPOINT LOCATION: damaged")
	}
	l := label{start: joined(m[1], m[2]), checkpoint: joined(m[4], m[5]), standby: bytes.Contains(text, []byte("\nBACKUP FROM: standby\n"))}
	if l.start%alignment != 0 || l.checkpoint%alignment != 0 {
		return label{}, refuse(notByPostgreSQL, "backup_label names %s and %s, where no WAL record can begin", position(l.start), position(l.checkpoint))
	}
	return l, nil
}

func joined(high, low []byte) uint64 {
	h, _ := strconv.ParseUint(string(high), 16, 32) // the expression lets nothing else through
	l, _ := strconv.ParseUint(string(low), 16, 32)
	return h<<32 | l
}

// agrees compares the label with the control file, which the server copies last:
// its checkpoint is the label's, or a newer one.
func (l label) agrees(o Options) error {
	switch {
	case l.start > l.checkpoint:
		return refuse(notByPostgreSQL, "backup_label has its start %s after its checkpoint %s", position(l.start), position(l.checkpoint))
	case l.checkpoint > o.Checkpoint:
		return refuse("do not use this backup: backup_label and pg_control are not of one backup",
			"CHECKPOINT LOCATION of backup_label is %s, after the last checkpoint of the control file, %s", position(l.checkpoint), position(o.Checkpoint))
	case l.checkpoint == o.Checkpoint && l.start != o.Redo:
		return refuse("do not use this backup: backup_label and pg_control are not of one backup",
			"START WAL LOCATION of backup_label is %s, the control file has %s for the same checkpoint", position(l.start), position(o.Redo))
	}
	return nil
}

// reached tells whether the WAL goes on to the end of the backup: the record
// that says so, or on a standby, which writes none, the control file's minimum.
func (l label) reached(o Options, end uint64, backupEnded bool) error {
	switch {
	case l.standby && end < o.MinRecovery:
		return fmt.Errorf("the WAL of the backup ends at %s, before the backup does at %s", position(end), position(o.MinRecovery))
	case !l.standby && !backupEnded:
		return fmt.Errorf("the WAL of the backup ends at %s, before the record that ends the backup", position(end))
	}
	return nil
}
