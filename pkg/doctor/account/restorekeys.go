package account

import (
	"context"
	"fmt"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/policy"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// KeysOfPoints are the keys that recovery points of databases are encrypted with
// where they would be restored, ids or ARNs, each once.
type KeysOfPoints interface {
	KeysOfPoints(ctx context.Context, specs []drill.Spec) ([]string, error)
}

// restoreKeys are the keys that drills restore with: those that the plan names,
// and those of the recovery points that are there. What could not be found is a
// line.
func restoreKeys(ctx context.Context, n Needs, keys KeyFinder, points KeysOfPoints) (found []seen.Key, lines []doctor.Line) {
	var ids []string
	for _, spec := range n.Databases {
		if id := spec.Place.KMSKey; id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if points != nil {
		more, err := points.KeysOfPoints(ctx, n.Databases)
		if err != nil {
			err = seen.Cannot(err, "the recovery points in "+n.Names.Region, "rds:DescribeDBInstances, rds:DescribeDBInstanceAutomatedBackups and rds:DescribeDBSnapshots")
			lines = append(lines, unread("recovery points", err, cli(n.Names, "rds describe-db-snapshots")))
		}
		ids = append(ids, more...)
	}
	for _, id := range ids {
		look := cli(n.Names, "kms describe-key --key-id %s", id)
		switch key, there, err := keys.Key(ctx, id); {
		case err != nil:
			lines = append(lines, unread("key "+id, err, look))
		case !there:
			lines = append(lines, doctor.Line{Subject: "key " + id, State: doctor.Wrong, What: "there is no such key in " + n.Names.Region + ": what is encrypted with it cannot be restored", Command: look, Basis: doctor.Asked})
		case !slices.ContainsFunc(found, func(k seen.Key) bool { return k.ARN == key.ARN }):
			found = append(found, key)
		}
	}
	return found, lines
}

// restoreKeyPolicies judges whether keys of recovery points let drills restore with
// them: of other accounts' nobody may read the policy.
func restoreKeyPolicies(ctx context.Context, n Needs, from PolicySources) []doctor.Line {
	reader, reached := from.Keys.at(home(n))
	if !reached {
		return nil // drills restore in the deployment's account
	}
	keys, _ := restoreKeys(ctx, n, reader, from.Points) // what could not be found is told where keys are
	var lines []doctor.Line
	for _, key := range keys {
		subject, look := "key "+key.ID(), lookAtPolicy(n.Names, key.ARN)
		if key.AWSManaged {
			lines = append(lines, doctor.Line{Subject: subject, State: doctor.OK, What: "is AWS's own, which everybody of the account uses through its service", Basis: doctor.Judged})
			continue
		}
		if part(key.ARN, 4) != n.Names.Account {
			lines = append(lines, doctor.Line{Subject: subject, State: doctor.Unknown, What: "belongs to account " + part(key.ARN, 4) + ", which alone may read its policy", Command: look, Basis: doctor.Judged})
			continue
		}
		text, err := from.Of["kms"].In(n.Names.Region).Policy(ctx, key.ARN)
		if err != nil {
			lines = append(lines, unread(subject, err, look))
			continue
		}
		statements, err := policy.Parse(text)
		if err != nil {
			lines = append(lines, doctor.Line{Subject: subject, State: doctor.Unknown, What: "its policy cannot be understood: " + err.Error(), Command: look, Basis: doctor.Judged})
			continue
		}
		lines = append(lines, judgedKey(n, key, restoreRequests(n, n.simulatedKey(), key.ARN), statements)...)
	}
	return lines
}

// restoreRequests are what drills ask of the keys of recovery points, each once:
// what the rehearsal asked of keys that are not the deployment's own, as the
// simulation calls that.
func restoreRequests(n Needs, own, key string) (list []policy.Request) {
	seen := map[string]bool{}
	for _, q := range n.Questions {
		if part(q.Resource, 2) != "kms" || q.Resource == own || part(q.Resource, 4) != n.Names.Account {
			continue
		}
		context := contextOf(q.Context)
		delete(context, "kms:ResourceAliases") // the simulated key's
		delete(context, "kms:RequestAlias")
		r := policy.Request{Principal: q.Principal, Action: q.Action, Resource: key, Context: context}
		if id := fmt.Sprint(r.Principal, r.Action, context["kms:ViaService"], context["kms:GrantIsForAWSResource"]); !seen[id] {
			seen[id] = true
			list = append(list, r)
		}
	}
	return list
}

func judgedKey(n Needs, key seen.Key, requests []policy.Request, statements []policy.Statement) (lines []doctor.Line) {
	subject := "key " + key.ID()
	for _, r := range requests {
		hit, by := policy.Allowed(statements, r)
		what := r.Principal + " needs " + r.Action
		switch {
		case hit == policy.Yes:
			continue
		case hit == policy.No && by != nil:
			lines = append(lines, doctor.Line{Subject: subject, State: doctor.Wrong, What: what + ", and the key's policy denies it: " + by.JSON(), Basis: doctor.Judged,
				Command: mendPolicy(n.Names, key.ARN, *by, policy.Mended(statements, []policy.Statement{*by}, nil))})
		case hit == policy.No:
			more, _ := policy.Parse([]byte(statementFor(r))) // it is one
			lines = append(lines, doctor.Line{Subject: subject, State: doctor.Wrong, What: what + ", and no statement of the key's policy lets it, or its account, in", Basis: doctor.Judged,
				Command: mendPolicy(n.Names, key.ARN, policy.Statement{}, policy.Mended(statements, nil, more))})
		default:
			lines = append(lines, doctor.Line{Subject: subject, State: doctor.Unknown, What: what + "; whether this statement of the key's policy is about it cannot be told: " + by.JSON(),
				Command: lookAtPolicy(n.Names, key.ARN), Basis: doctor.Judged})
		}
	}
	switch {
	case len(lines) > 0:
	case len(requests) == 0:
		lines = append(lines, doctor.Line{Subject: subject, State: doctor.Unknown, What: "the rehearsal asked nothing of such a key, so what drills need of it is not known", Command: lookAtPolicy(n.Names, key.ARN), Basis: doctor.Judged})
	default:
		lines = append(lines, doctor.Line{Subject: subject, State: doctor.OK, What: "lets drills restore with it", Basis: doctor.Judged})
	}
	return lines
}

// statementFor is a document that lets a role do what it needs of a key: grants for
// AWS's resources only.
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html#key-policy-service-integration
func statementFor(r policy.Request) string {
	condition := ""
	if r.Action == "kms:CreateGrant" {
		condition = `,"Condition":{"Bool":{"kms:GrantIsForAWSResource":"true"}}`
	}
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + r.Principal + `"},"Action":"` + r.Action + `","Resource":"*"` + condition + `}]}`
}
