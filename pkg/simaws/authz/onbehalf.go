package authz

import (
	"maps"
	"regexp"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/onbehalf"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

var placeholderRE = regexp.MustCompile(`\$\{(\w+)\}`)

// fill puts values into a row's text. ok is false where one of them is a key that
// is not there: what is not encrypted with a key of the account asks of none. Any
// other value that nobody gave stays as it is, and nothing allows that.
func fill(text string, values map[string]string) (filled string, ok bool) {
	ok = true
	filled = placeholderRE.ReplaceAllStringFunc(text, func(placeholder string) string {
		name := placeholder[2 : len(placeholder)-1]
		value, known := values[name]
		if !known && strings.HasSuffix(name, "Key") && name != "Key" {
			value, known = values["Key"]
		}
		if strings.HasSuffix(name, "Key") && value == "" {
			ok = false
		}
		if !known || value == "" {
			return placeholder
		}
		return value
	})
	return filled, ok
}

// asked makes a question out of a row's.
func askedOf(row onbehalf.Row, q onbehalf.Question, principal, account string, values map[string]string, f Facts) (Question, bool) {
	resource, ok := fill(q.Resource, values)
	if !ok {
		return Question{}, false
	}
	made := Question{Principal: principal, Action: q.Action, Resource: resource, Owner: owner(f, resource, account), Context: map[string]any{}, Why: row.Why, Source: row.Source}
	for key, value := range q.Context {
		filled, ok := fill(value, values)
		if !ok {
			return Question{}, false
		}
		made.Context[key] = filled
	}
	return made, true
}

// onBehalf are the questions that AWS asks besides a call.
func (r *request) onBehalf(f Facts, own []Question) (list []Question) {
	if len(own) == 0 {
		return nil
	}
	values := r.values(f, own)
	for _, row := range onbehalf.Table {
		if row.On != r.action() || row.With != "" && !r.has(row.With) {
			continue
		}
		for _, each := range row.Asks {
			q, ok := askedOf(row, each, r.caller(), r.Account, values, f)
			if !ok {
				continue
			}
			q.Context["aws:ViaAWSService"], q.Context["aws:RequestedRegion"] = "true", r.Region
			if each.Tags {
				for key, value := range own[0].Context {
					if strings.HasPrefix(key, "aws:RequestTag/") || key == "aws:TagKeys" || strings.HasPrefix(key, "rds:req-tag/") {
						q.Context[key] = value
					}
				}
			}
			addAliases(f, &q)
			list = append(list, q)
		}
	}
	return list
}

// action as rows have it: the service by the name that IAM has.
func (r *request) action() string {
	if r.Service == "monitoring" {
		return "cloudwatch:" + r.Operation
	}
	return r.Service + ":" + r.Operation
}

// values are what a call names.
func (r *request) values(f Facts, own []Question) map[string]string {
	target := own[0].Resource
	values := map[string]string{
		"Partition": wire.Partition(r.Region), "Region": r.Region, "Account": r.Account, "Target": target, "Bucket": own[0].holder(), "Key": "",
	}
	for _, name := range []string{"DBSnapshotIdentifier", "SourceDBInstanceAutomatedBackupsArn", "SourceDBInstanceIdentifier"} {
		kind := map[string]string{"DBSnapshotIdentifier": "snapshot", "SourceDBInstanceAutomatedBackupsArn": "auto-backup", "SourceDBInstanceIdentifier": "db"}[name]
		if r.Service == "rds" && r.text(name) != "" {
			values["Source"] = r.rdsARN(kind, r.text(name))
		}
	}
	for _, name := range []string{"Target", "Bucket", "Source"} {
		if values[name] != "" {
			values[name+"Key"] = f.KeyOf(values[name])
		}
	}
	return values
}

// addAliases: the aliases of a key are known to KMS, whoever asks.
// https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
func addAliases(f Facts, q *Question) {
	if strings.HasPrefix(q.Action, "kms:") {
		if aliases := f.Aliases(q.Resource); len(aliases) > 0 {
			q.Context["kms:ResourceAliases"] = aliases
		}
	}
}

// OfResource are the questions that AWS asks of a deployed resource: of its role,
// or of a service that works for it. has tells whether a property is there, by
// its path; values fill the placeholders of the rows. Where a key is "", nothing
// is asked of it.
func OfResource(typ, role string, has func(path string) bool, values map[string]string, region, account string) (list []Question) {
	all := map[string]string{"Partition": wire.Partition(region), "Region": region, "Account": account}
	maps.Copy(all, values)
	for _, row := range onbehalf.Table {
		if row.On != typ || row.With != "" && !has(row.With) {
			continue
		}
		for _, each := range row.Asks {
			if q, ok := askedOf(row, each, role, account, all, nobody{}); ok {
				list = append(list, q)
			}
		}
	}
	return list
}

// nobody knows anything of a cloud.
type nobody struct{}

func (nobody) Tags(string) map[string]string { return nil }
func (nobody) KeyOf(string) string           { return "" }
func (nobody) Aliases(string) []string       { return nil }
