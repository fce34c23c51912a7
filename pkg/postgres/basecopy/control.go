package basecopy

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
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
}

// Places in the file (ControlFileData in src/include/catalog/pg_control.h,
// unchanged from 13 to 18), all integers in the machine's order. floatFormat
// always holds floatMark, and so proves the layout.
const (
	atSystemIdentifier = 0
	atMaxConnections   = 180
	atMaxWorkers       = 184
	atMaxWALSenders    = 188
	atMaxPrepared      = 192
	atMaxLocks         = 196
	atFloatFormat      = 208
	atChecksumVersion  = 252
	controlBytes       = 296
	floatMark          = 1234567.0
)

// ReadControl reads global/pg_control of a data directory.
func ReadControl(data string) (Control, error) {
	raw, err := os.ReadFile(filepath.Join(data, "global", "pg_control"))
	if err != nil {
		return Control{}, fmt.Errorf("global/pg_control: %w", err)
	}
	if len(raw) < controlBytes {
		return Control{}, fmt.Errorf("global/pg_control: %d bytes: cut short", len(raw))
	}
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
	}, nil
}
