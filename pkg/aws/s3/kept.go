package s3

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

type keptAPI interface {
	GetBucketVersioning(context.Context, *s3.GetBucketVersioningInput, ...func(*s3.Options)) (*s3.GetBucketVersioningOutput, error)
	GetObjectLockConfiguration(context.Context, *s3.GetObjectLockConfigurationInput, ...func(*s3.Options)) (*s3.GetObjectLockConfigurationOutput, error)
}

// Kept is how buckets keep what is put into them, wherever they lie.
type Kept struct{ api keptAPI }

// NewKept makes an adapter. It makes no call.
func NewKept(cfg aws.Config) Kept {
	return Kept{s3.NewFromConfig(cfg, func(c *s3.Options) { c.UsePathStyle = c.BaseEndpoint != nil })}
}

// Bucket by its name; false: there is none. Errors are *seen.Unread.
func (k Kept) Bucket(ctx context.Context, name string) (seen.Bucket, bool, error) {
	versioning, err := k.api.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &name})
	var there []func(*s3.Options) // where it lies elsewhere
	if region := regionOf(err); region != "" {
		there = append(there, func(o *s3.Options) { o.Region = region })
		versioning, err = k.api.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &name}, there...)
	}
	switch {
	case awsconfig.Code(err) == "NoSuchBucket":
		return seen.Bucket{}, false, nil
	case err != nil:
		return seen.Bucket{}, false, seen.Cannot(err, "bucket "+name, "s3:GetBucketVersioning on it")
	}
	b := seen.Bucket{Versioned: versioning.Status == types.BucketVersioningStatusEnabled}
	lock, err := k.api.GetObjectLockConfiguration(ctx, &s3.GetObjectLockConfigurationInput{Bucket: &name}, there...)
	switch {
	case awsconfig.Code(err) == "ObjectLockConfigurationNotFoundError":
		return b, true, nil
	case err != nil:
		return seen.Bucket{}, false, seen.Cannot(err, "the object lock of bucket "+name, "s3:GetBucketObjectLockConfiguration on it")
	}
	if c := lock.ObjectLockConfiguration; c != nil {
		b.Lockable = c.ObjectLockEnabled == types.ObjectLockEnabledEnabled
		if c.Rule != nil && c.Rule.DefaultRetention != nil {
			r := c.Rule.DefaultRetention
			b.Lock = string(r.Mode)
			b.Retention = time.Duration(aws.ToInt32(r.Days)+365*aws.ToInt32(r.Years)) * 24 * time.Hour
		}
	}
	return b, true, nil
}

// regionOf is where a bucket lies that was asked for elsewhere; "": it was not.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html
func regionOf(err error) string {
	var answer *smithyhttp.ResponseError
	if !errors.As(err, &answer) || answer.Response == nil {
		return ""
	}
	switch awsconfig.Code(err) {
	case "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException":
		return answer.Response.Header.Get("X-Amz-Bucket-Region")
	}
	return ""
}
