package stacks_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// What people read when an alarm is raised, and whether it wakes them: of the
// example, and of a fleet what it has beside that.
func TestWhatAlarmsSay(t *testing.T) {
	var golden bytes.Buffer
	seen := map[string]bool{}
	for _, a := range []assembly{synthesized(t), shaped(t, "small fleet")} {
		says := map[string]string{}
		for id, properties := range alarmsThatTell(a) {
			name, description := properties["AlarmName"].(string), properties["AlarmDescription"].(string)
			topic := text(t, a.recovery, properties["AlarmActions"].([]any)[0])
			if len(description) > 1024 {
				t.Errorf("%s: %d characters", id, len(description))
			}
			kind, _, _ := strings.Cut(name, "/")
			says[kind] = fmt.Sprintf("==== %s, by %s\n%s\n\n", name, topic[strings.LastIndexByte(topic, ':')+1:], strings.ReplaceAll(strings.ReplaceAll(description, " What to do: ", "\nWhat to do: "), " Dashboard: ", "\nDashboard: "))
		}
		for _, kind := range slices.Sorted(maps.Keys(says)) {
			if !seen[kind] {
				golden.WriteString(says[kind])
			}
			seen[kind] = true
		}
	}
	asGolden(t, "testdata/messages/alarms.txt", golden.Bytes())
}
