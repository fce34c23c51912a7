package catalog

import (
	"strconv"
	"strings"
	"time"
)

// Offsets from UTC in use on Earth reach from -12 to +14 hours. A local time
// whose zone is unknown is therefore somewhere in the interval from 14 hours
// before to 12 hours after the same digits read as UTC.
const (
	furthestEast = 14 * time.Hour
	furthestWest = 12 * time.Hour
)

// moment is a time as a backup's own record tells it.
type moment struct {
	at          time.Time     // UTC, best reading
	uncertainty time.Duration // either way; 0: exact
	newest      time.Time     // it is no later than that; zero: at and uncertainty tell
}

// resolve turns a local time without a reliable zone into a moment.
//
//   - wall holds the digits, as if they were UTC;
//   - abbreviation is what the record says ("UTC", "EST", "+03", or "");
//   - zone is the plan's IANA zone, nil where none is declared;
//   - notAfter is when the record's file was last written, an upper bound
//     (zero: none).
//
// "GMT" and "UTC" are taken at their word, numeric abbreviations are hours
// east of Greenwich, and the plan's zone settles what it can explain. Any
// other abbreviation is shared by several zones (EST is New York and Sydney),
// so it is never guessed: the whole interval is reported. Without any
// abbreviation UTC is the best reading, with the same interval around it.
func resolve(wall time.Time, abbreviation string, zone *time.Location, notAfter time.Time) moment {
	if abbreviation == "UTC" || abbreviation == "GMT" || abbreviation == "Z" {
		return moment{at: wall}
	}
	if offset, ok := numericOffset(abbreviation); ok {
		return moment{at: wall.Add(-offset)}
	}
	if zone != nil {
		if at, again, ok := inZone(wall, abbreviation, zone); ok {
			return doubled(at, again, notAfter)
		}
	}
	oldest, newest := wall.Add(-furthestEast), wall.Add(furthestWest)
	if notAfter.After(oldest) && notAfter.Before(newest) {
		newest = notAfter
	}
	guess := wall
	if abbreviation != "" { // it names a zone, and that is not UTC
		guess = oldest.Add(newest.Sub(oldest) / 2)
	}
	if guess.After(newest) {
		guess = newest
	}
	return moment{at: guess, uncertainty: max(guess.Sub(oldest), newest.Sub(guess)), newest: newest}
}

// doubled settles the hour that comes twice in autumn by when the record was
// written. Else the earlier moment is taken, which makes no backup look younger,
// and the later one bounds how new it may be.
func doubled(at, again, notAfter time.Time) moment {
	if again.Equal(at) || !notAfter.IsZero() && again.After(notAfter) && !at.After(notAfter) {
		return moment{at: at}
	}
	return moment{at: at, newest: again}
}

// inZone finds the moment at which a clock in zone shows wall, with the
// abbreviation where one is given (which settles the doubled hour in autumn);
// without one, the earlier and the later of two such moments.
func inZone(wall time.Time, abbreviation string, zone *time.Location) (found, later time.Time, ok bool) {
	for _, probe := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		_, offset := wall.Add(probe).In(zone).Zone()
		at := wall.Add(-time.Duration(offset) * time.Second)
		name, actual := at.In(zone).Zone()
		if actual != offset || (abbreviation != "" && name != abbreviation) {
			continue
		}
		if found.IsZero() || at.Before(found) {
			found = at
		}
		if at.After(later) {
			later = at
		}
	}
	return found, later, !found.IsZero()
}

// numericOffset reads "+03", "-0330" or "+05:45": the abbreviations of zones
// that have no letters.
func numericOffset(s string) (time.Duration, bool) {
	if s == "" || (s[0] != '+' && s[0] != '-') {
		return 0, false
	}
	digits := strings.ReplaceAll(s[1:], ":", "")
	n, err := strconv.Atoi(digits)
	if err != nil || (len(digits) != 2 && len(digits) != 4) {
		return 0, false
	}
	if len(digits) == 2 {
		n *= 100
	}
	offset := time.Duration(n/100)*time.Hour + time.Duration(n%100)*time.Minute
	if s[0] == '-' {
		offset = -offset
	}
	return offset, offset <= furthestEast && offset >= -furthestWest
}

// zonedTime reads "2026-11-24 00:42:51 CET", as backup_label and verbose
// dumps write it; the zone may be missing.
func zonedTime(s string) (wall time.Time, abbreviation string, ok bool) {
	const layout = "2006-01-02 15:04:05"
	if len(s) < len(layout) {
		return time.Time{}, "", false
	}
	wall, err := time.Parse(layout, s[:len(layout)])
	return wall, strings.TrimSpace(s[len(layout):]), err == nil
}
