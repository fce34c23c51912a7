package recovery

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Names of executions have 80 characters at most, and one that was closed is taken
// for 90 days.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
const (
	longestName = 80
	longestRun  = 40
)

// ChildName is the name of the execution of a step's present attempt:
// <run>-<nn>-<slug>-<attempt>. The slug has no hyphen, so that no two names of two
// runs are the same, whatever people called these. A long run is cut, and ends with
// a digest of the whole.
func ChildName(run string, r Record) string {
	head := fmt.Sprintf("%s%02d-", ChildPrefix(run), r.Number)
	tail := "-" + strconv.Itoa(r.Status.Attempt)
	slug := notInSlugs.ReplaceAllString(strings.ToLower(r.Node.ID), "_")
	if room := longestName - len(head) - len(tail); len(slug) > room {
		slug = slug[:room]
	}
	return head + slug + tail
}

var notInSlugs = regexp.MustCompile(`[^a-z0-9]+`)

// ChildPrefix is what the names of a run's children begin with; others' may begin
// so, too: see ParseChild.
func ChildPrefix(run string) string {
	if len(run) <= longestRun {
		return run + "-"
	}
	sum := sha256.Sum256([]byte(run))
	digest := hex.EncodeToString(sum[:6])
	return run[:longestRun-len(digest)-1] + "_" + digest + "-"
}

var childName = regexp.MustCompile(`^([0-9]+)-[a-z0-9_]*-([0-9]+)$`)

// ParseChild tells which step and attempt of a run an execution's name is of; false:
// of none.
func ParseChild(run, name string) (number, attempt int, ok bool) {
	rest, found := strings.CutPrefix(name, ChildPrefix(run))
	parts := childName.FindStringSubmatch(rest)
	if !found || parts == nil {
		return 0, 0, false
	}
	number, _ = strconv.Atoi(parts[1])
	attempt, _ = strconv.Atoi(parts[2])
	return number, attempt, true
}

// ParentName is the name of a later parent of a run. Its first is the run itself.
func ParentName(run string, epoch int) string {
	return fmt.Sprintf("%sp%d", ChildPrefix(run), epoch)
}

// ParentAgain is the name of the parent of an epoch after so many of that epoch closed
// without having taken it: their names are taken. 0: ParentName.
func ParentAgain(run string, epoch, closed int) string {
	if closed == 0 {
		return ParentName(run, epoch)
	}
	return fmt.Sprintf("%s-%d", ParentName(run, epoch), closed+1)
}
