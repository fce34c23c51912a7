package stacks_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// jobEvents are events of AWS Backup, of the shape that its guide shows.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html
var jobEvents = map[string]string{
	"lifeboat-prod-backup-jobs": `{"time": "2026-11-26T10:05:00Z", "detail": {"backupJobId": "34176239-e96d-4e1d-9fad-529dbb3c3556", "resourceArn": "arn:aws:rds:eu-west-1:111122223333:db:orders-prod",
		"state": "FAILED", "statusMessage": "\"Backup job failed because the DB instance is in its maintenance window.\""}}`,
	"lifeboat-prod-backup-issues": `{"time": "2026-11-26T10:05:00Z", "detail": {"backupJobId": "34176239-e96d-4e1d-9fad-529dbb3c3556", "resourceArn": "arn:aws:rds:eu-west-1:111122223333:db:orders-prod",
		"state": "COMPLETED", "statusMessage": "Continuous backup could not be enabled; a snapshot was taken."}}`,
	"lifeboat-prod-copy-jobs": `{"time": "2026-11-26T11:05:00Z", "detail": {"copyJobId": "47C8EF56-74D8-059D-1301-C5BE1D5C926E", "resourceArn": "arn:aws:rds:eu-west-1:111122223333:db:orders-prod",
		"state": "FAILED", "statusMessage": "The key of the destination vault cannot be used."}}`,
}

// What people read of jobs is held by a file, and has no hole in it.
func TestWhatIsToldOfJobs(t *testing.T) {
	in := shaped(t, "backups").backups
	says := map[string]string{}
	for _, id := range in.Of("AWS::Events::Rule") {
		p := in.Resources[id].Properties
		name := p["Name"].(string)
		transformer := p["Targets"].([]any)[0].(map[string]any)["InputTransformer"].(map[string]any)
		var event map[string]any
		if err := json.Unmarshal([]byte(jobEvents[name]), &event); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		text, paths := transformer["InputTemplate"].(string), transformer["InputPathsMap"].(map[string]any)
		for placeholder, path := range paths {
			if !strings.Contains(text, "<"+placeholder+">") {
				t.Errorf("%s does not say <%s>", name, placeholder)
			}
			text = strings.ReplaceAll(text, "<"+placeholder+">", leadsTo(t, event, path.(string)))
		}
		if hole := regexp.MustCompile(`<[a-z]+>`).FindString(text); hole != "" {
			t.Errorf("%s says %s as it stands", name, hole)
		}
		unquoted := strings.ReplaceAll(strings.Trim(text, `"`), `\n`, "\n") // as EventBridge hands it over
		if len(unquoted) > 8192 {
			t.Errorf("%s: %d characters", name, len(unquoted))
		}
		says[name] = unquoted
	}
	var golden bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(says)) {
		fmt.Fprintf(&golden, "==== %s\n%s\n\n", name, says[name])
	}
	if len(says) != len(jobEvents) {
		t.Errorf("%d rules tell", len(says))
	}
	asGolden(t, "testdata/messages/backups.txt", golden.Bytes())
}

// leadsTo is what a path such as $.detail.state leads to.
func leadsTo(t *testing.T, in map[string]any, path string) string {
	t.Helper()
	var value any = in
	for _, name := range strings.Split(strings.TrimPrefix(path, "$."), ".") {
		object, is := value.(map[string]any)
		if !is || object[name] == nil {
			t.Fatalf("an event has no %s", path)
		}
		value = object[name]
	}
	return fmt.Sprint(value)
}
