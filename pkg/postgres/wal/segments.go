package wal

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// segments are the files of a pg_wal folder, and which of them is read.
type segments struct {
	dir     string
	bytes   uint64
	files   map[uint64][]uint32 // timelines by the number of the segment, newest first
	history []switched          // newest timeline first
}

// switched is a timeline and where it begins.
type switched struct {
	timeline uint32
	begin    uint64
}

var segmentName = regexp.MustCompile(`^[0-9A-F]{24}$`)

func listSegments(o Options) (*segments, error) {
	if n := o.SegmentBytes; n < 1<<20 || n > 1<<30 || n&(n-1) != 0 {
		return nil, fmt.Errorf("global/pg_control: WAL segments of %d bytes: damaged", n)
	}
	if n := o.PageBytes; n < 1<<10 || n > 64<<10 || n&(n-1) != 0 {
		return nil, fmt.Errorf("global/pg_control: WAL pages of %d bytes: damaged", n)
	}
	entries, err := os.ReadDir(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("pg_wal: %w", err)
	}
	s := &segments{dir: o.Dir, bytes: o.SegmentBytes, files: map[uint64][]uint32{}}
	for _, e := range entries {
		if !segmentName.MatchString(e.Name()) {
			continue
		}
		timeline, number := s.parse(e.Name())
		s.files[number] = append(s.files[number], timeline)
	}
	for _, timelines := range s.files {
		slices.SortFunc(timelines, func(a, b uint32) int { return int(int64(b) - int64(a)) })
	}
	s.history, err = readHistory(o.Dir, o.Timeline)
	return s, err
}

// name and parse follow XLogFileName: the timeline, and the segment's number
// in two parts, of which the lower counts the segments of 4 GiB.
func (s *segments) name(timeline uint32, number uint64) string {
	per := uint64(1<<32) / s.bytes
	return fmt.Sprintf("%08X%08X%08X", timeline, number/per, number%per)
}

func (s *segments) parse(name string) (timeline uint32, number uint64) {
	part := func(at int) uint64 {
		n, _ := strconv.ParseUint(name[at:at+8], 16, 32) // segmentName lets nothing else through
		return n
	}
	return uint32(part(0)), part(8)*(1<<32/s.bytes) + part(16) //nolint:gosec // 8 digits
}

// choose is XLogFileReadAnyTLI: of the timelines that lead to the one which is
// recovered, the newest that has the segment, and none older than the last.
func (s *segments) choose(number uint64, last uint32) (timeline uint32, ok bool) {
	for _, t := range s.history {
		if t.timeline < last {
			break
		}
		if t.begin != 0 && number < t.begin/s.bytes {
			continue
		}
		if slices.Contains(s.files[number], t.timeline) {
			return t.timeline, true
		}
	}
	return 0, false
}

// maxHistory bounds a history file: a line of some 50 bytes for each promotion.
const maxHistory = 1 << 20

var historyLine = regexp.MustCompile(`^\s*([0-9]{1,10})\s+([0-9A-F]{1,8})/([0-9A-F]{1,8})\s`)

// readHistory is readTimeLineHistory: without a file, the timeline alone.
func readHistory(dir string, target uint32) ([]switched, error) {
	f, err := os.Open(filepath.Join(dir, fmt.Sprintf("%08X.history", target)))
	if os.IsNotExist(err) || target <= 1 {
		return []switched{{timeline: target}}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("pg_wal: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxHistory+1))
	if err != nil || len(text) > maxHistory {
		return nil, fmt.Errorf("the history of timeline %d cannot be read, or is longer than %d bytes", target, maxHistory)
	}
	history := []switched{}
	begin := uint64(0)
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		m := historyLine.FindSubmatch(append(slices.Clone(line), ' '))
		if m == nil {
			return nil, fmt.Errorf("the history of timeline %d is damaged", target)
		}
		timeline, err := strconv.ParseUint(string(m[1]), 10, 32)
		if err != nil || uint32(timeline) >= target {
			return nil, fmt.Errorf("the history of timeline %d is damaged", target)
		}
		history = append(history, switched{uint32(timeline), begin})
		begin = joined(m[2], m[3])
	}
	history = append(history, switched{target, begin})
	slices.Reverse(history)
	return history, nil
}
