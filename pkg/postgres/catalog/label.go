package catalog

import (
	"bufio"
	"bytes"
	"strings"
	"time"
)

// labelName is the file that makes a copy of a data directory a base backup.
const labelName = "backup_label"

// maxLabel bounds what is read of it; real ones have some 250 bytes.
const maxLabel = 64 << 10

// maxVersion bounds PG_VERSION: a number and a newline.
const maxVersion = 64

// labelTime finds "START TIME: 2026-11-24 00:42:51 CET".
func labelTime(label []byte) (wall time.Time, abbreviation string, ok bool) {
	lines := bufio.NewScanner(bytes.NewReader(label))
	for lines.Scan() {
		if value, is := strings.CutPrefix(lines.Text(), "START TIME: "); is {
			return zonedTime(value)
		}
	}
	return time.Time{}, "", false
}
