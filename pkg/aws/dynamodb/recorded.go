package dynamodb

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// Recoveries whose evidence was written are one item each, all under one key: the
// newest is what the next one links to. When each workload was last recovered is an
// item of its own, so that the monitor reads all with a call.
const (
	recordedKey  = "recorded"
	recoveredKey = "recovered"
)

// AddRecovery adds a recorded recovery to the index of the deployment. Adding it again
// changes nothing.
func (t *Table) AddRecovery(ctx context.Context, r recovery.Recorded) error {
	at := r.RecordedAt.UTC().Format(sortableTime)
	i := key{recordedKey, at + "#" + r.ID}.item()
	i["runId"], i["mode"], i["ending"], i["workloads"] = text(r.ID), text(string(r.Mode)), text(r.Ending), text(strings.Join(r.Workloads, ","))
	i["startedAt"], i["recordedAt"] = text(r.StartedAt.UTC().Format(sortableTime)), text(at)
	i["location"], i["sha256"] = text(r.Location), text(r.SHA256)
	what := fmt.Sprintf("add %s to the recoveries that were recorded", r.ID)
	if _, err := t.put(ctx, i, condition{absent: true}, what); err != nil {
		return err
	}
	for _, workload := range r.Workloads {
		i := key{recoveredKey, workload}.item()
		i["recordedAt"] = text(at)
		if _, err := t.put(ctx, i, condition{before: at}, what); err != nil {
			return err
		}
	}
	return nil
}

// NewestRecovery is the one that was recorded last; found is false where none was.
func (t *Table) NewestRecovery(ctx context.Context) (newest recovery.Recorded, found bool, err error) {
	for i, err := range t.query(ctx, key{pk: recordedKey}, true, 1, "look which recovery was recorded last") {
		if err != nil {
			return recovery.Recorded{}, false, err
		}
		return recordedOf(i), true, nil
	}
	return recovery.Recorded{}, false, nil
}

func recordedOf(i item) recovery.Recorded {
	moment := func(name string) time.Time {
		at, err := time.Parse(sortableTime, textOf(i, name))
		if err != nil {
			return time.Time{} // written by hand: the order is the key's anyway
		}
		return at
	}
	r := recovery.Recorded{
		ID: textOf(i, "runId"), Mode: recovery.Mode(textOf(i, "mode")), Ending: textOf(i, "ending"), SHA256: textOf(i, "sha256"), Location: textOf(i, "location"),
		StartedAt: moment("startedAt"), RecordedAt: moment("recordedAt"),
	}
	if names := textOf(i, "workloads"); names != "" {
		r.Workloads = strings.Split(names, ",") // which no name of a plan has
	}
	return r
}

// LastRecovered is when a recovery of each workload, in whichever mode, last ended with
// evidence, in whichever ending.
func (t *Table) LastRecovered(ctx context.Context) (map[string]time.Time, error) {
	return t.times(ctx, recoveredKey, "recordedAt", "read when workloads were last recovered")
}
