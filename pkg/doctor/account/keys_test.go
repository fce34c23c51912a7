package account

import (
	"context"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

const arnOfKey = "arn:aws:kms:eu-central-1:111122223333:key/"

// rotated is what is needed of a key that the template has rotated.
func rotated() Needs {
	return Needs{Names: theNames, Assembly: cfn.Assembly{Stacks: []cfn.Template{{Resources: map[string]cfn.Resource{
		"Key": {Type: "AWS::KMS::Key", Properties: map[string]any{"EnableKeyRotation": true}},
	}}}}}
}

func TestOwnKey(t *testing.T) {
	const alias = "alias/lifeboat-prod"
	own, other := seen.Key{ARN: arnOfKey + "own", State: "Enabled"}, seen.Key{ARN: arnOfKey + "other", State: "Enabled"}
	in := func(state string) seen.Key { return seen.Key{ARN: own.ARN, State: state, Deletion: now} }
	queue := fakeQueue{queue: seen.Queue{Key: own.ARN}, there: true}
	for name, c := range map[string]struct {
		keys    fakeKeys
		queue   fakeQueue
		state   doctor.State
		what    string
		command string
	}{
		"ok":               {fakeKeys{keys: map[string]seen.Key{alias: own, own.ARN: own}, turns: true}, queue, doctor.OK, "enabled", ""},
		"queue without":    {fakeKeys{keys: map[string]seen.Key{alias: own}, turns: true}, fakeQueue{there: true}, doctor.OK, "enabled", ""},
		"not rotated":      {fakeKeys{keys: map[string]seen.Key{alias: own, own.ARN: own}}, queue, doctor.Wrong, "not replaced", "aws kms enable-key-rotation --key-id " + own.ARN},
		"rotation unknown": {fakeKeys{keys: map[string]seen.Key{alias: own, own.ARN: own}, noturn: errDenied}, queue, doctor.Unknown, "it takes", "aws kms get-key-rotation-status"},
		"disabled":         {fakeKeys{keys: map[string]seen.Key{alias: in("Disabled"), own.ARN: in("Disabled")}}, queue, doctor.Wrong, "disabled", "aws kms enable-key --key-id " + own.ARN},
		"goes":             {fakeKeys{keys: map[string]seen.Key{alias: in("PendingDeletion"), own.ARN: in("PendingDeletion")}}, queue, doctor.Wrong, "goes on 2026-11-02T03:00:00Z", "aws kms cancel-key-deletion"},
		"replicas go":      {fakeKeys{keys: map[string]seen.Key{alias: in("PendingReplicaDeletion"), own.ARN: in("PendingReplicaDeletion")}}, queue, doctor.Wrong, "once its replicas", "aws kms cancel-key-deletion"},
		"no key store":     {fakeKeys{keys: map[string]seen.Key{alias: in("Unavailable"), own.ARN: in("Unavailable")}}, queue, doctor.Wrong, "not connected", "aws kms describe-custom-key-stores"},
		"no material":      {fakeKeys{keys: map[string]seen.Key{alias: in("PendingImport"), own.ARN: in("PendingImport")}}, queue, doctor.Wrong, "no key material", "aws kms describe-key"},
		"another state":    {fakeKeys{keys: map[string]seen.Key{alias: in("Updating"), own.ARN: in("Updating")}}, queue, doctor.Unknown, "Updating", "aws kms describe-key"},
		"no alias":         {fakeKeys{keys: map[string]seen.Key{own.ARN: own}, turns: true}, queue, doctor.Wrong, "no key has this alias", "aws kms create-alias --alias-name alias/lifeboat-prod --target-key-id own"},
		"moved":            {fakeKeys{keys: map[string]seen.Key{alias: other, own.ARN: own}, turns: true}, queue, doctor.Wrong, "the alias names", "aws kms update-alias --alias-name alias/lifeboat-prod --target-key-id own"},
		"nothing":          {fakeKeys{}, fakeQueue{}, doctor.Wrong, "nothing is deployed", "make deploy PLAN=lifeboat.yaml"},
		"denied":           {fakeKeys{err: errDenied}, queue, doctor.Unknown, "it takes", "aws kms describe-key"},
		"throttled":        {fakeKeys{err: errThrottled}, queue, doctor.Unknown, "of late", "aws kms describe-key"},
		"no queue known":   {fakeKeys{keys: map[string]seen.Key{alias: own}}, fakeQueue{err: errDenied}, doctor.Unknown, "it takes", "aws sqs get-queue-attributes"},
	} {
		t.Run(name, func(t *testing.T) {
			got := said(t, ownKey(context.Background(), rotated(), theCheckout, KeySources{Keys: c.keys, Rotation: c.keys, Queues: c.queue}))
			if got.State != c.state || !strings.Contains(got.What, c.what) || !strings.HasPrefix(got.Command, c.command) {
				t.Errorf("%+v", got)
			}
		})
	}
}

type fakePoints struct {
	keys []string
	err  error
}

func (f fakePoints) KeysOfPoints(context.Context, []drill.Spec) ([]string, error) {
	return f.keys, f.err
}

func TestRestoreKeys(t *testing.T) {
	own := seen.Key{ARN: arnOfKey + "backups", State: "Enabled"}
	keys := fakeKeys{keys: map[string]seen.Key{"alias/backups": own, own.ARN: own}}
	n := Needs{Names: theNames, Databases: []drill.Spec{{Place: drill.Place{KMSKey: "alias/backups"}}, {Place: drill.Place{KMSKey: "alias/backups"}}, {}}}
	found, lines := restoreKeys(context.Background(), n, keys, fakePoints{keys: []string{own.ARN}})
	if len(found) != 1 || len(lines) != 0 {
		t.Errorf("one key under two names: %v, %v", found, lines)
	}
	for name, c := range map[string]struct {
		keys   fakeKeys
		points KeysOfPoints
		state  doctor.State
	}{
		"gone":     {fakeKeys{}, nil, doctor.Wrong},
		"denied":   {fakeKeys{err: errDenied}, nil, doctor.Unknown},
		"unlisted": {keys, fakePoints{err: errBroken}, doctor.Unknown},
	} {
		if _, lines := restoreKeys(context.Background(), n, c.keys, c.points); len(lines) != 1 || lines[0].State != c.state {
			t.Errorf("%s: %+v", name, lines)
		}
	}
}
