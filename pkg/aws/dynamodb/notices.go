package dynamodb

import (
	"context"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Whether people were told of an execution is one item per execution, all under
// one key: the rounds read them with a few calls. Whoever is about to tell puts
// "sending" there, on condition that it is still as it was found, so that of two
// one tells.

const (
	noticesKey = "notices"
	// noticesFor is how long they stay: longer than the notifier looks back.
	noticesFor = 30 * 24 * time.Hour
)

func noticeItem(n drill.Noticed, owner string) item {
	i := key{noticesKey, n.Execution}.item()
	i["state"], i["at"], i["owner"] = text(string(n.State)), text(n.At.UTC().Format(sortableTime)), text(owner)
	i["expiresAt"] = epoch(n.At.Add(noticesFor))
	if n.CleanUp != "" {
		i["cleanUp"] = text(n.CleanUp)
	}
	return i
}

func noticeOf(i item) drill.Noticed {
	at, err := time.Parse(sortableTime, textOf(i, "at"))
	if err != nil {
		at = time.Time{} // written by hand: old enough to be taken over
	}
	return drill.Noticed{Execution: textOf(i, "sk"), State: drill.NoticeState(textOf(i, "state")), At: at, CleanUp: textOf(i, "cleanUp")}
}

// Notice is what is known of one execution; the zero state where nobody tried.
func (t *Table) Notice(ctx context.Context, execution string) (drill.Noticed, error) {
	i, err := t.get(ctx, key{noticesKey, execution}, "look whether somebody was told of "+execution)
	if err != nil || i == nil {
		return drill.Noticed{Execution: execution}, err
	}
	return noticeOf(i), nil
}

// Notices are those of the last days, by execution.
func (t *Table) Notices(ctx context.Context) (map[string]drill.Noticed, error) {
	all := map[string]drill.Noticed{}
	for i, err := range t.query(ctx, key{pk: noticesKey}, false, 0, "look of what people were told") {
		if err != nil {
			return nil, err
		}
		n := noticeOf(i)
		all[n.Execution] = n
	}
	return all, nil
}

// ClaimNotice puts "sending" there. mine is false where its end at stopped was
// told, or where somebody is about to since cutOff or later; before is what was found.
func (t *Table) ClaimNotice(ctx context.Context, execution string, stopped, now, cutOff time.Time) (before drill.Noticed, mine bool, err error) {
	what := "claim to tell of " + execution
	found, err := t.get(ctx, key{noticesKey, execution}, what)
	if err != nil {
		return drill.Noticed{}, false, err
	}
	condition := condition{absent: true}
	if found != nil {
		before = noticeOf(found)
		if before.Told(stopped) || before.State == drill.NoticeSending && !before.At.Before(cutOff) {
			return before, false, nil
		}
		condition.owner, condition.absent = textOf(found, "owner"), false
	}
	n := drill.Noticed{Execution: execution, State: drill.NoticeSending, At: now}
	mine, err = t.put(ctx, noticeItem(n, string(n.State)+now.UTC().Format(sortableTime)), condition, what)
	return before, mine, err
}

// KeepNotice remembers how it went.
func (t *Table) KeepNotice(ctx context.Context, n drill.Noticed) error {
	_, err := t.put(ctx, noticeItem(n, string(n.State)+n.At.UTC().Format(sortableTime)), condition{}, "remember that people were told of "+n.Execution)
	return err
}
