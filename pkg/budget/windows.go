package budget

import (
	"strconv"
	"strings"
	"time"
)

// What AWS Backup's guide says of the maintenance window of an RDS instance: a
// backup that would start in it, or in the hour before it, fails.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/plan-options-and-configuration.html#backup-window
//
// The automated-backup window is not such a time there (of FSx it is): it makes no
// backup fail here, and coinciding is told as a warning.
const beforeMaintenance = time.Hour

// assumedMaintenance is how long a window is that the plan does not tell: 30
// minutes are the shortest, and what RDS chooses itself.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Maintenance.html
const assumedMaintenance = 30 * time.Minute

const week = 7 * 24 * time.Hour

// blocked is when no backup can start: every week from From on, for Length. From
// counts from a Sunday's midnight, in UTC.
type blocked struct {
	known  bool // else it lies where it harms most
	from   int64
	length int64
}

// block is that of a maintenance window such as sun:04:00-sun:04:30; one that
// cannot be read, which plan.Validate refuses, is as unknown as none.
func block(maintenance string) blocked {
	unknown := blocked{length: seconds(beforeMaintenance + assumedMaintenance)}
	from, until, found := strings.Cut(maintenance, "-")
	begin, ok1 := weekMoment(from)
	end, ok2 := weekMoment(until)
	if !found || !ok1 || !ok2 {
		return unknown
	}
	length := mod(end-begin, seconds(week))
	return blocked{known: true, from: mod(begin-seconds(beforeMaintenance), seconds(week)), length: length + seconds(beforeMaintenance)}
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// weekMoment reads sun:04:30 as seconds since the week began.
func weekMoment(text string) (int64, bool) {
	day, clock, found := strings.Cut(strings.ToLower(strings.TrimSpace(text)), ":")
	for i, name := range weekdays {
		if found && name == day {
			at, ok := dayMoment(clock)
			return int64(i)*86400 + at, ok
		}
	}
	return 0, false
}

// dayMoment reads 04:30 as seconds since midnight.
func dayMoment(text string) (int64, bool) {
	hour, minute, found := strings.Cut(text, ":")
	h, err1 := strconv.Atoi(hour)
	m, err2 := strconv.Atoi(minute)
	return int64(h*3600 + m*60), found && err1 == nil && err2 == nil && h >= 0 && h < 24 && m >= 0 && m < 60
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

// mod is never negative.
func mod(a, n int64) int64 { return ((a % n) + n) % n }

// hits tells whether some moment of [start, end) is blocked where the weekly block
// begins at phase.
func (b blocked) hits(start, end, phase int64) bool {
	at := mod(start-phase, seconds(week))
	return at < b.length || end > start+seconds(week)-at
}

// free is the first moment from t on that is not blocked.
func (b blocked) free(t, phase int64) int64 {
	if at := mod(t-phase, seconds(week)); at < b.length {
		return t + b.length - at
	}
	return t
}
