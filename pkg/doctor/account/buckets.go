package account

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/printable"
)

// BucketReader reads how buckets keep what is put into them.
type BucketReader interface {
	Bucket(ctx context.Context, name string) (b seen.Bucket, there bool, err error)
}

// Buckets looks whether the buckets that the plan keeps dumps in have versions, and
// lock what is written.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
func Buckets(n Needs, c Checkout, from BucketReader) doctor.Check {
	return doctor.Check{Area: "buckets", Run: func(ctx context.Context) (lines []doctor.Line) {
		looked := map[string]bool{}
		for _, w := range n.Plan.Workloads {
			for _, d := range w.Databases {
				if d.Backup == nil || d.Backup.Bucket == nil || looked[d.Backup.Bucket.Name] {
					continue
				}
				looked[d.Backup.Bucket.Name] = true
				lines = append(lines, bucket(ctx, n, c, from, *d.Backup.Bucket)...)
			}
		}
		if len(lines) == 0 {
			return undeclared("S3", "the plan names no bucket of dumps")
		}
		return lines
	}}
}

// usualRetention is the plan's where it does not say.
const usualRetention = 35 * 24 * time.Hour

// anywhere is the region where a bucket lies that names none: S3 refuses its name.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucketConfiguration.html
const anywhere = "us-east-1"

func bucket(ctx context.Context, n Needs, c Checkout, from BucketReader, wanted plan.DumpBucket) (lines []doctor.Line) {
	subject := "bucket " + wanted.Name
	say := func(state doctor.State, command, format string, arguments ...any) {
		lines = append(lines, doctor.Line{Subject: subject, State: state, What: fmt.Sprintf(format, arguments...), Command: command, Basis: doctor.Asked})
	}
	actual, there, err := from.Bucket(ctx, wanted.Name)
	switch {
	case err != nil:
		return []doctor.Line{unread(subject, err, "aws s3api get-bucket-versioning --bucket "+wanted.Name)}
	case !there && wanted.Manage:
		say(doctor.Wrong, c.deploy(), "is not there: no dump can be kept in it")
		return lines
	case !there:
		create := "s3api create-bucket --bucket " + wanted.Name + " --object-lock-enabled-for-bucket"
		if n.Names.Region != anywhere {
			create += " --create-bucket-configuration LocationConstraint=" + n.Names.Region
		}
		say(doctor.Wrong, cli(n.Names, "%s", create), "is not there: no dump can be kept in it")
		return lines
	}
	if !actual.Versioned {
		say(doctor.Wrong, "aws s3api put-bucket-versioning --bucket "+wanted.Name+" --versioning-configuration Status=Enabled", "keeps no versions: whoever writes a dump again destroys the one before")
	}
	mode, keep := cmp.Or(wanted.ObjectLock, plan.ImmutabilityGovernance), cmp.Or(time.Duration(wanted.Retention), usualRetention)
	if mode != plan.ImmutabilityNone {
		locked(say, wanted.Name, mode, keep, actual)
	}
	if len(lines) == 0 {
		what := "keeps versions"
		if actual.Lock != "" {
			what += fmt.Sprintf(", and locks what is written for %s (%s)", days(actual.Retention), strings.ToLower(actual.Lock))
		}
		say(doctor.OK, "", "%s", what)
	}
	return lines
}

// locked compares the lock of what is written without one of its own.
func locked(say func(doctor.State, string, string, ...any), name, mode string, keep time.Duration, actual seen.Bucket) {
	put := "aws s3api put-object-lock-configuration --bucket " + name + " --object-lock-configuration " + printable.ShellWord(fmt.Sprintf(
		`{"ObjectLockEnabled":"Enabled","Rule":{"DefaultRetention":{"Mode":%q,"Days":%d}}}`, strings.ToUpper(mode), inDays(keep)))
	switch {
	case !actual.Lockable:
		say(doctor.Wrong, put, "has no Object Lock, and the plan wants %s: whoever may can delete dumps for good", mode)
	case actual.Lock == "":
		say(doctor.Unknown, put, "locks nothing by itself, and the plan wants %s for %s: whether whoever writes dumps locks them is not known", mode, days(keep))
	case mode == plan.ImmutabilityCompliance && !strings.EqualFold(actual.Lock, mode):
		say(doctor.Wrong, put, "locks by %s, and the plan wants %s: whoever may can still delete dumps", strings.ToLower(actual.Lock), mode)
	case actual.Retention < keep:
		say(doctor.Wrong, put, "locks what is written for %s, and the plan wants %s", days(actual.Retention), days(keep))
	}
}
