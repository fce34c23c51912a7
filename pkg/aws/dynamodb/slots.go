package dynamodb

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// A lock is one item per database. Whoever finds it free, expired, or with an
// owner that is closed puts itself there, on condition that the owner is still
// the one that was found: of several, one succeeds, and the others look again.
//
// A scheduled time is an item of its own, written while the lock is held and
// never overwritten. The lock carries the time as well, so that a twin start
// that comes between the two writes is still known as a duplicate.

func slotKey(database string) string { return "slot#" + database }

func lockKey(database string) key { return key{slotKey(database), "lock"} }

func timeKey(database, scheduled string) key { return key{slotKey(database), "time#" + scheduled} }

// holder is who has a lock, or claimed a time.
type holder struct {
	owner, runID, scheduledTime string
	claimedAt                   string // RFC 3339
	expiresAt                   time.Time
}

func holderOf(i item) holder {
	h := holder{owner: textOf(i, "owner"), runID: textOf(i, "runId"), scheduledTime: textOf(i, "scheduledTime"), claimedAt: textOf(i, "claimedAt")}
	if n := numberOf(i, "expiresAt"); n != nil {
		h.expiresAt = time.Unix(int64(*n), 0)
	}
	return h
}

// Claim takes the lock of a database, or keeps it where the execution has it
// already. duplicate is true, and nothing is taken, where another execution has
// claimed the same scheduled time, even if that one is long over.
// Errors: SlotBusy where another execution has the lock and is not closed.
func (t *Table) Claim(ctx context.Context, r drill.SlotRequest) (duplicate bool, err error) {
	what := "claim the slot of " + r.Database
	if duplicate, err := t.isDuplicate(ctx, r, what); duplicate || err != nil {
		return duplicate, err
	}
	for range maxConflicts {
		now, err := t.get(ctx, lockKey(r.Database), what)
		if err != nil {
			return false, err
		}
		condition := condition{absent: true}
		if now != nil {
			h := holderOf(now)
			if duplicate, err := t.mayTake(ctx, h, r); duplicate || err != nil {
				return duplicate, err
			}
			if err := t.keepTimeOf(ctx, h, r, what); err != nil {
				return false, err
			}
			condition.owner, condition.absent = h.owner, false
		}
		taken, err := t.put(ctx, lockItem(r), condition, what)
		if err != nil {
			return false, err
		}
		if taken {
			return t.claimTime(ctx, r, what)
		}
	}
	return false, &drill.Error{Name: drill.Transient, What: fmt.Sprintf("%s: others took it %d times meanwhile", what, maxConflicts)}
}

// isDuplicate reports whether another execution has claimed the time.
func (t *Table) isDuplicate(ctx context.Context, r drill.SlotRequest, what string) (bool, error) {
	if r.ScheduledTime == "" {
		return false, nil
	}
	claimed, err := t.get(ctx, timeKey(r.Database, r.ScheduledTime), what)
	return claimed != nil && textOf(claimed, "owner") != r.ExecutionID, err
}

// mayTake judges the holder of a lock: it may be taken from itself, once it
// has expired, and from an execution that is closed.
func (t *Table) mayTake(ctx context.Context, h holder, r drill.SlotRequest) (duplicate bool, err error) {
	if h.owner == r.ExecutionID {
		return false, nil
	}
	if r.ScheduledTime != "" && h.scheduledTime == r.ScheduledTime {
		return true, nil
	}
	if !h.expiresAt.After(r.Now) {
		return false, nil
	}
	closed, err := t.closed(ctx, h.owner)
	if err != nil {
		return false, fmt.Errorf("ask whether execution %s, which has the slot of %s, is closed: %w", h.owner, r.Database, err)
	}
	if closed {
		return false, nil
	}
	return false, &drill.Error{
		Name: drill.SlotBusy,
		What: fmt.Sprintf("%s is being drilled by run %s (execution %s) since %s", r.Database, h.runID, h.owner, h.claimedAt),
		Hint: "wait for that drill to end, or stop it: aws stepfunctions stop-execution --region " + regionOf(h.owner) + " --execution-arn " + h.owner,
	}
}

// regionOf is the region in an ARN.
func regionOf(execution string) string {
	parsed, err := arn.Parse(execution)
	if err != nil {
		return "<its region>"
	}
	return parsed.Region
}

// keepTimeOf writes down the time that the lock's last holder claimed, in case
// it was cut off before it could.
func (t *Table) keepTimeOf(ctx context.Context, h holder, r drill.SlotRequest, what string) error {
	if h.owner == r.ExecutionID || h.scheduledTime == "" {
		return nil
	}
	_, err := t.put(ctx, timeItem(r.Database, h.scheduledTime, h.owner, h.runID, r.Now), condition{owner: h.owner, absent: true}, what)
	return err
}

// claimTime claims the scheduled time for the holder of the lock. Where another
// execution was faster, the lock goes back.
func (t *Table) claimTime(ctx context.Context, r drill.SlotRequest, what string) (duplicate bool, err error) {
	if r.ScheduledTime == "" {
		return false, nil
	}
	ours, err := t.put(ctx, timeItem(r.Database, r.ScheduledTime, r.ExecutionID, r.RunID, r.Now), condition{owner: r.ExecutionID, absent: true}, what)
	if err != nil || ours {
		return false, err
	}
	return true, t.Release(ctx, r.Database, r.ExecutionID)
}

func lockItem(r drill.SlotRequest) item {
	i := lockKey(r.Database).item()
	i["owner"], i["runId"] = text(r.ExecutionID), text(r.RunID)
	i["claimedAt"] = text(r.Now.UTC().Format(time.RFC3339))
	i["expiresAt"] = epoch(r.ExpiresAt)
	if r.ScheduledTime != "" {
		i["scheduledTime"] = text(r.ScheduledTime)
	}
	return i
}

func timeItem(database, scheduled, owner, runID string, now time.Time) item {
	i := timeKey(database, scheduled).item()
	i["owner"], i["runId"] = text(owner), text(runID)
	i["expiresAt"] = epoch(now.Add(keptFor))
	return i
}

// Release gives the lock back, if the execution has it.
func (t *Table) Release(ctx context.Context, database, executionID string) error {
	return t.remove(ctx, lockKey(database), condition{owner: executionID}, "release the slot of "+database)
}
