package basecopy

import (
	"encoding/binary"
	"fmt"
	"math"
	"path/filepath"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/plainfile"
)

// Control is what lifeboat reads from pg_control.
type Control struct {
	// Known is false where the file's layout is not the one of versions 13 to
	// 18 on a 64-bit machine; then the other fields are zero.
	Known                   bool
	SystemIdentifier        uint64
	MaxConnections          int
	MaxWorkerProcesses      int
	MaxWALSenders           int
	MaxPreparedTransactions int
	MaxLocksPerTransaction  int
	Checksums               bool
	// Where recovery begins, and in which units WAL is written.
	Checkpoint, Redo         uint64 // of the newest checkpoint
	Timeline                 uint32 // of that checkpoint
	MinRecovery              uint64 // of a standby: where it is consistent
	MinRecoveryTimeline      uint32
	WALPageBytes, WALSegment uint64
	BlockBytes, FileBlocks   uint32 // of a page of data, of a file of a relation
}

// Places in the file (ControlFileData in src/include/catalog/pg_control.h,
// unchanged from 13 to 18), all integers in the machine's order. floatFormat
// always holds floatMark, and so proves the layout.
const (
	atSystemIdentifier = 0
	atCheckpoint       = 32
	atRedo             = 40 // CheckPoint.redo, first of checkPointCopy
	atTimeline         = 48 // CheckPoint.ThisTimeLineID
	atMinRecovery      = 136
	atMinRecoveryLine  = 144
	atMaxConnections   = 180
	atMaxWorkers       = 184
	atMaxWALSenders    = 188
	atMaxPrepared      = 192
	atMaxLocks         = 196
	atFloatFormat      = 208
	atBlockBytes       = 216
	atFileBlocks       = 220
	atWALPageBytes     = 224
	atWALSegment       = 228
	atChecksumVersion  = 252
	controlBytes       = 296
	floatMark          = 1234567.0
)

// ReadControl reads global/pg_control of a data directory.
func ReadControl(data string) (Control, error) {
	raw, err := plainfile.Read(filepath.Join(data, "global", "pg_control"), 64<<10)
	if err != nil {
		return Control{}, fmt.Errorf("global/pg_control: %w", err)
	}
	if len(raw) < controlBytes {
		return Control{}, fmt.Errorf("global/pg_control: %d bytes: cut short", len(raw))
	}
	word := func(at int) uint32 { return binary.NativeEndian.Uint32(raw[at:]) }
	long := func(at int) uint64 { return binary.NativeEndian.Uint64(raw[at:]) }
	number := func(at int) int { return int(int32(binary.NativeEndian.Uint32(raw[at:]))) }
	if math.Float64frombits(binary.NativeEndian.Uint64(raw[atFloatFormat:])) != floatMark {
		return Control{}, nil
	}
	return Control{
		Known:                   true,
		SystemIdentifier:        binary.NativeEndian.Uint64(raw[atSystemIdentifier:]),
		MaxConnections:          number(atMaxConnections),
		MaxWorkerProcesses:      number(atMaxWorkers),
		MaxWALSenders:           number(atMaxWALSenders),
		MaxPreparedTransactions: number(atMaxPrepared),
		MaxLocksPerTransaction:  number(atMaxLocks),
		Checksums:               number(atChecksumVersion) > 0,
		Checkpoint:              long(atCheckpoint), Redo: long(atRedo), Timeline: word(atTimeline),
		MinRecovery: long(atMinRecovery), MinRecoveryTimeline: word(atMinRecoveryLine),
		WALPageBytes: uint64(word(atWALPageBytes)), WALSegment: uint64(word(atWALSegment)),
		BlockBytes: word(atBlockBytes), FileBlocks: word(atFileBlocks),
	}, nil
}
