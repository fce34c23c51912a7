package authz

import (
	"fmt"
	"maps"
	"regexp"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/onbehalf"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

var placeholderRE = regexp.MustCompile(`\$\{(\w+)\}`)

// fill puts values into a row's text. ok is false where one of them is not there:
// of what is not there, or not encrypted with a key of the account, nothing is
// asked. A key that is not named apart is the resource's own.
func fill(text string, values map[string]string) (filled string, ok bool) {
	ok = true
	filled = placeholderRE.ReplaceAllStringFunc(text, func(placeholder string) string {
		name := placeholder[2 : len(placeholder)-1]
		value, known := values[name]
		if !known && strings.HasSuffix(name, "Key") {
			value = values["Key"]
		}
		ok = ok && value != ""
		return value
	})
	return filled, ok
}

// asked makes a question out of a row's.
func askedOf(row onbehalf.Row, q onbehalf.Question, principal, account string, values map[string]string, f Facts) (Question, bool) {
	if row.Principal == onbehalf.Deployer {
		if principal = values["Deployer"]; principal == "" {
			return Question{}, false
		}
	} else if row.Principal != "" {
		principal, _ = fill(row.Principal, values)
	}
	resource, ok := fill(q.Resource, values)
	if !ok || principal == "" {
		return Question{}, false
	}
	made := Question{Principal: principal, Action: q.Action, Resource: resource, Owner: owner(f, resource, account), Context: map[string]any{}, Why: row.Why, Source: row.Source}
	made.Context["aws:RequestedRegion"] = values["Region"]
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
func (r *request) onBehalf(f Facts, own []Question) (list []Question, err error) {
	for _, row := range onbehalf.Table {
		if row.On != r.action() || row.With != "" && !r.has(row.With) || row.Without != "" && !r.lacks(f, row.Without) {
			continue
		}
		for i, about := range own {
			if i > 0 && !row.Each {
				break
			}
			values := r.values(f, about)
			for _, each := range row.Asks {
				q, ok := askedOf(row, each, r.caller(), r.Account, values, f)
				if !ok {
					continue
				}
				q.Context["aws:ViaAWSService"] = "true"
				if each.Tags {
					addTags(q.Context, about.Context)
				}
				if q, err = ofKey(f, q); err != nil {
					return nil, err
				}
				addAliases(f, &q)
				list = append(list, q)
			}
		}
	}
	return list, nil
}

// ofKey has a question about a key name it by its ARN, which policies know:
// resources and requests may name it by its id, or by an alias, which is looked up
// among the keys of the cloud.
// https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id
func ofKey(f Facts, q Question) (Question, error) {
	if !strings.HasPrefix(q.Action, "kms:") || strings.HasSuffix(q.Action, "Alias") || q.Resource == "*" {
		return q, nil // an alias that is made or deleted is itself a resource
	}
	named := q.Resource
	if !strings.HasPrefix(named, "arn:") {
		region, _ := q.Context["aws:RequestedRegion"].(string)
		if region == "" {
			return Question{}, fmt.Errorf("%s: in which region the key is nobody says", q)
		}
		if !strings.HasPrefix(named, "alias/") {
			named = "key/" + named
		}
		named = wire.ARN("kms", region, q.Owner, named)
	}
	if aliasOf(named) != "" {
		known, ok := f.(interface{ KeyOfAlias(arn string) string })
		if !ok {
			return Question{}, fmt.Errorf("%s: which key the alias stands for nobody says", q)
		}
		alias := named
		if named = known.KeyOfAlias(alias); named == "" {
			return Question{}, fmt.Errorf("%s: there is no key of which %s is an alias", q, alias)
		}
	}
	q.Resource = named
	return q, nil
}

// lacks is whether a role does not exist; where nobody knows, it does.
func (r *request) lacks(f Facts, role string) bool {
	known, ok := f.(interface{ HasRole(arn string) bool })
	arn, _ := fill(role, r.values(f, Question{}))
	return ok && !known.HasRole(arn)
}

// addTags adds what a request tells of its tags.
func addTags(context, request map[string]any) {
	for key, value := range request {
		if strings.HasPrefix(key, "aws:RequestTag/") || key == "aws:TagKeys" || strings.HasPrefix(key, "rds:req-tag/") {
			context[key] = value
		}
	}
}

// action as rows have it: the service by the name that IAM has.
func (r *request) action() string {
	if r.Service == "monitoring" {
		return "cloudwatch:" + r.Operation
	}
	return r.Service + ":" + r.Operation
}

// values are what a call names, as far as one of its resources goes.
func (r *request) values(f Facts, about Question) map[string]string {
	values := map[string]string{
		"Partition": wire.Partition(r.Region), "Region": r.Region, "Account": r.Account, "Target": about.Resource, "Key": "", "Bucket": "", "Source": "", "SecretKey": "",
	}
	switch r.Service {
	case "s3":
		values["Bucket"] = about.holder()
	case "dynamodb":
		_, name, _ := strings.Cut(about.Resource, ":table/")
		values["Table"], _, _ = strings.Cut(name, "/")
		values["Target"], _, _ = strings.Cut(about.Resource, "/index/")
	case "rds":
		for _, from := range []struct{ parameter, kind string }{
			{"DBSnapshotIdentifier", "snapshot"}, {"SourceDBInstanceAutomatedBackupsArn", "auto-backup"}, {"SourceDBInstanceIdentifier", "db"},
		} {
			if name := r.text(from.parameter); name != "" {
				values["Source"] = r.rdsARN(from.kind, name)
			}
		}
		if id := r.text("SourceDbiResourceId"); id != "" && values["Source"] == "" {
			values["Source"] = id // which only the cloud can tell
		}
		values["Passed"] = r.text("MonitoringRoleArn")
		if name := r.text("DomainIAMRoleName"); name != "" {
			values["Passed"] = roleARN(r, name)
		}
		values["SecretKey"] = r.text("MasterUserSecretKmsKeyId") // an ARN: others are refused, as no resource of KMS
	}
	for _, name := range []string{"Target", "Bucket", "Source"} {
		values[name+"Key"] = ""
		if values[name] != "" {
			values[name+"Key"] = f.KeyOf(values[name])
		}
	}
	if r.action() == "s3:PutObject" {
		r.encryption(values, about)
	}
	return values
}

// encryption is what a put says of it, which goes before the bucket's default. A put
// under AWS's own key asks nobody's, nor does one that says aws:kms and names none:
// that is the alias aws/s3, never the bucket's.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html#API_PutObject_RequestSyntax
func (r *request) encryption(values map[string]string, about Question) {
	header := r.HTTP.Header
	if header.Get("X-Amz-Server-Side-Encryption") == "" {
		return
	}
	values["BucketKey"] = header.Get("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id")
	if strings.HasPrefix(aliasOf(values["BucketKey"]), "alias/aws/") {
		values["BucketKey"] = ""
	}
	if header.Get("X-Amz-Server-Side-Encryption-Bucket-Key-Enabled") == "false" {
		values["Bucket"] = about.Resource // the context is the object's then
	}
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
// of a service that works for it, and, where values have a Deployer, of whoever
// makes it. has tells whether a property is there, by
// its path; values fill the placeholders of the rows. Of what has no value nothing
// is asked. A key may be an ARN, an id or an alias, of either kind: May finds out
// which it is.
func OfResource(typ, role string, has func(path string) bool, values map[string]string, region, account string) (list []Question) {
	all := map[string]string{"Partition": wire.Partition(region), "Region": region, "Account": account, "Role": role}
	maps.Copy(all, values)
	for _, name := range []string{"Self", "Log"} {
		all[name] = strings.TrimSuffix(all[name], ":*") // as CloudFormation has the ARN of a log group
	}
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
