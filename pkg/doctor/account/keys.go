package account

import (
	"context"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

// KeyRotation says whether a key's material is replaced by itself.
type KeyRotation interface {
	Rotates(ctx context.Context, arn string) (bool, error)
}

// QueueReader looks at a queue.
type QueueReader interface {
	Queue(ctx context.Context, arn string) (queue seen.Queue, found bool, err error)
}

// KeySources are who knows of keys.
type KeySources struct {
	Keys     KeyFinder
	Rotation KeyRotation
	// Queues say which key the deployment really uses: its alias may have been moved.
	Queues QueueReader
	Points KeysOfPoints // nil: the plan's keys alone are looked at
}

// Keys looks whether the deployment's key, and those of recovery points, can be
// used: without the one nothing is recorded and nobody is told, without the others
// nothing is restored.
func Keys(n Needs, c Checkout, from KeySources) doctor.Check {
	return doctor.Check{Area: "keys", Run: func(ctx context.Context) []doctor.Line {
		lines := ownKey(ctx, n, c, from)
		keys, more := restoreKeys(ctx, n, from.Keys, from.Points)
		lines = append(lines, more...)
		for _, key := range keys {
			lines = append(lines, usable(n, key))
		}
		return lines
	}}
}

func ownKey(ctx context.Context, n Needs, c Checkout, from KeySources) []doctor.Line {
	subject := "key " + n.aliasOf()
	line := func(state doctor.State, what, command string) doctor.Line {
		return doctor.Line{Subject: subject, State: state, What: what, Command: command, Basis: doctor.Asked}
	}
	key, there, err := from.Keys.Key(ctx, n.aliasOf())
	if err != nil {
		return []doctor.Line{unread(subject, err, cli(n.Names, "kms describe-key --key-id %s", n.aliasOf()))}
	}
	used, usedThere, err := usedKey(ctx, n, from)
	if err != nil {
		return []doctor.Line{unread("key of the deployment", err, cli(n.Names, "sqs get-queue-attributes --queue-url %s --attribute-names KmsMasterKeyId", queueURL(n.Names, n.Names.Undelivered())))}
	}
	var lines []doctor.Line
	switch {
	case !there && !usedThere:
		return []doctor.Line{line(doctor.Wrong, "there is no such key, and no queue that names one: nothing is deployed here", c.deploy())}
	case !there:
		lines = append(lines, line(doctor.Wrong, "no key has this alias, by which people and this doctor find "+used.ARN,
			cli(n.Names, "kms create-alias --alias-name %s --target-key-id %s", n.aliasOf(), used.ID())))
		key = used
	case usedThere && used.ARN != key.ARN:
		lines = append(lines, line(doctor.Wrong, "the alias names "+key.ARN+", and what is deployed uses "+used.ARN,
			cli(n.Names, "kms update-alias --alias-name %s --target-key-id %s", n.aliasOf(), used.ID())))
		key = used
	}
	state := usable(n, key)
	if state.State != doctor.OK {
		return append(lines, state)
	}
	rotates, err := from.Rotation.Rotates(ctx, key.ARN)
	switch planned := n.rotates(); {
	case err != nil:
		lines = append(lines, unread(subject, err, cli(n.Names, "kms get-key-rotation-status --key-id %s", key.ARN)))
	case planned && !rotates:
		lines = append(lines, line(doctor.Wrong, "its material is not replaced every year, as it was deployed", cli(n.Names, "kms enable-key-rotation --key-id %s", key.ARN)))
	case len(lines) == 0:
		lines = append(lines, line(doctor.OK, "enabled, rotated as it was deployed, and named by its alias", ""))
	}
	return lines
}

// usedKey is the one that the deployment's queue names.
func usedKey(ctx context.Context, n Needs, from KeySources) (seen.Key, bool, error) {
	queue, there, err := from.Queues.Queue(ctx, n.Names.ARN("sqs", n.Names.Undelivered()))
	if err != nil || !there || queue.Key == "" {
		return seen.Key{}, false, err
	}
	return from.Keys.Key(ctx, queue.Key)
}

// rotates is whether the template has the key rotated.
func (n Needs) rotates() bool {
	for _, stack := range n.Assembly.Stacks {
		for _, id := range stack.Of("AWS::KMS::Key") {
			if stack.Resources[id].Properties["EnableKeyRotation"] == true {
				return true
			}
		}
	}
	return false
}

// usable is whether a key can be used now.
// https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
func usable(n Needs, key seen.Key) doctor.Line {
	line := doctor.Line{Subject: "key " + key.ID(), State: doctor.Wrong, Basis: doctor.Asked}
	enable := cli(n.Names, "kms enable-key --key-id %s", key.ARN)
	switch key.State {
	case "Enabled":
		line.State, line.What = doctor.OK, "enabled"
	case "Disabled":
		line.What, line.Command = "is disabled: nothing that is encrypted with it can be read", enable
	case "PendingDeletion":
		line.What = "goes on " + key.Deletion.UTC().Format(time.RFC3339) + ", and all that is encrypted with it for ever"
		line.Command = cli(n.Names, "kms cancel-key-deletion --key-id %s", key.ARN) + " && " + enable
	case "PendingReplicaDeletion":
		line.What = "goes once its replicas in other regions are gone, and all that is encrypted with it for ever"
		line.Command = cli(n.Names, "kms cancel-key-deletion --key-id %s", key.ARN) + " && " + enable
	case "Unavailable":
		line.What = "cannot be used: its key store is not connected, and nothing that is encrypted with it can be read"
		line.Command = cli(n.Names, "kms describe-custom-key-stores")
	case "PendingImport":
		line.What = "has no key material: nothing that is encrypted with it can be read until the same material is imported again"
		line.Command = cli(n.Names, "kms describe-key --key-id %s", key.ARN)
	default:
		line.State, line.What, line.Command = doctor.Unknown, "is in the state "+key.State, cli(n.Names, "kms describe-key --key-id %s", key.ARN)
	}
	return line
}
