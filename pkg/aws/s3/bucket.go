// Package s3 keeps evidence in a bucket where nothing is ever overwritten.
//
// An object is put only where there is none of its key (If-None-Match), with a
// retention of its own, so that nobody without the right to bypass governance
// can delete it before its time, and a second put makes no second version that
// would be locked as well. Where one is there already, it is read back: the
// same bytes are success, because the answer to an earlier put may have been
// lost. A failure leaves the whole object or none.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
package s3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// maxObjectBytes is far above any evidence; it bounds what a foreign object
// costs.
const maxObjectBytes = 64 << 20

// Clock tells the time, in UTC.
type Clock interface{ Now() time.Time }

// api is what this package uses of S3.
type api interface {
	PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error)
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
	ListObjectVersions(context.Context, *s3.ListObjectVersionsInput, ...func(*s3.Options)) (*s3.ListObjectVersionsOutput, error)
}

// Options of a bucket.
type Options struct {
	Bucket string
	// KMSKey is the ARN of the key that objects are encrypted with; empty: the
	// bucket's own default.
	KMSKey string
	// Retention of each object from the moment it is put, mode governance.
	// Zero: none, for a bucket without object lock.
	Retention time.Duration
	Clock     Clock
}

// Bucket is safe for concurrent use.
type Bucket struct {
	api api
	o   Options
}

// New returns a bucket. Where the configuration names an endpoint of its own,
// which has no host name per bucket, the bucket's name stands in the path.
func New(cfg aws.Config, o Options) *Bucket {
	client := s3.NewFromConfig(cfg, func(c *s3.Options) { c.UsePathStyle = c.BaseEndpoint != nil })
	return &Bucket{api: client, o: o}
}

// Put writes an object that is not there yet and returns its location,
// s3://bucket/key. That it is there with the same body is success. Errors:
// EvidenceFailed, also where another body is there.
func (b *Bucket) Put(ctx context.Context, key, contentType string, body []byte) (location string, err error) {
	location = "s3://" + b.o.Bucket + "/" + key
	sum := sha256.Sum256(body)
	in := &s3.PutObjectInput{
		Bucket: &b.o.Bucket, Key: &key, Body: bytes.NewReader(body), ContentType: &contentType,
		IfNoneMatch:       aws.String("*"),
		ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
		ChecksumSHA256:    aws.String(base64.StdEncoding.EncodeToString(sum[:])),
	}
	if b.o.KMSKey != "" {
		in.ServerSideEncryption, in.SSEKMSKeyId = types.ServerSideEncryptionAwsKms, &b.o.KMSKey
	}
	if b.o.Retention > 0 {
		in.ObjectLockMode = types.ObjectLockModeGovernance
		in.ObjectLockRetainUntilDate = aws.Time(b.o.Clock.Now().Add(b.o.Retention).UTC())
	}
	_, err = b.api.PutObject(ctx, in)
	switch awsconfig.Code(err) {
	case "PreconditionFailed": // 412
		return location, b.mustHold(ctx, key, body, location)
	case "ConditionalRequestConflict": // 409: another put of this key is under way
		return "", &drill.Error{Name: drill.Transient, What: "write " + location, Err: err}
	}
	if err != nil {
		return "", b.named(err, "write "+location)
	}
	return location, nil
}

func (b *Bucket) mustHold(ctx context.Context, key string, body []byte, location string) error {
	there, err := b.Get(ctx, key)
	if err != nil {
		return err
	}
	if !bytes.Equal(there, body) {
		return &drill.Error{
			Name: drill.EvidenceFailed, What: location + " is there already, and says something else",
			Hint: "compare the two: what was recorded is never overwritten",
		}
	}
	return nil
}

// Get reads an object. Its checksum is verified. A caller that may not list the
// bucket is answered AccessDenied where there is none.
func (b *Bucket) Get(ctx context.Context, key string) ([]byte, error) {
	what := "read s3://" + b.o.Bucket + "/" + key
	out, err := b.api.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.o.Bucket, Key: &key, ChecksumMode: types.ChecksumModeEnabled})
	if err != nil {
		return nil, b.named(err, what)
	}
	defer out.Body.Close()
	body, err := io.ReadAll(io.LimitReader(out.Body, maxObjectBytes+1))
	if err != nil {
		return nil, &drill.Error{Name: drill.Transient, What: what, Err: err}
	}
	if len(body) > maxObjectBytes {
		return nil, &drill.Error{Name: drill.EvidenceFailed, What: fmt.Sprintf("%s: it is larger than %d bytes", what, maxObjectBytes)}
	}
	return body, nil
}

func (b *Bucket) named(err error, what string) error {
	hint := "see that the role may read and write bucket " + b.o.Bucket + " and use its key"
	switch awsconfig.Code(err) {
	case "NoSuchBucket":
		hint = "bucket " + b.o.Bucket + " is not there: deploy lifeboat to this account and region"
	case "NoSuchKey":
		hint = "nothing was recorded under that key"
	case "InvalidRequest":
		hint = "see that bucket " + b.o.Bucket + " has object lock: it can be switched on at any time, with versioning"
	}
	return awsconfig.Named(err, drill.EvidenceFailed, what, hint)
}
