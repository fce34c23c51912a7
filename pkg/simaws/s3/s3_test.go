package s3_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/s3"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const (
	account = "111122223333"
	region  = "eu-central-1"
	kmsKey  = "arn:aws:kms:eu-central-1:111122223333:key/evidence"
)

var (
	ctx        = context.Background()
	start      = time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)
	until      = start.AddDate(1, 0, 0)
	bucketName = aws.String("evidence")
	text       = `{"verdict":"Passed"}`
)

type lab struct {
	clock     *clock.Virtual
	s3        *s3.Service
	cloud     *simaws.Cloud
	client    *sdk.Client
	exchanges []simaws.Exchange
}

// newLab has the client as config.LoadDefaultConfig makes it: with a checksum
// for every put.
func newLab(o s3.Options, change ...func(*sdk.Options)) *lab {
	l := &lab{clock: clock.NewVirtual(start), s3: s3.New(o)}
	l.cloud = simaws.New(simaws.Options{Clock: l.clock, Observe: func(e simaws.Exchange) { l.exchanges = append(l.exchanges, e) }},
		map[string]wire.Handler{"s3": l.s3})
	l.client = l.as(account, region, change...)
	l.s3.CreateBucket(account, region, *bucketName)
	return l
}

func (l *lab) as(account, region string, change ...func(*sdk.Options)) *sdk.Client {
	return sdk.NewFromConfig(aws.Config{
		Region: region, HTTPClient: &http.Client{Transport: l.cloud},
		Credentials:                credentials.NewStaticCredentialsProvider(simaws.AccessKey(account, "tester"), "secret", ""),
		Retryer:                    func() aws.Retryer { return aws.NopRetryer{} },
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
	}, change...)
}

func pathStyle(o *sdk.Options) { o.UsePathStyle = true }

func input(key string) *sdk.PutObjectInput {
	return &sdk.PutObjectInput{Bucket: bucketName, Key: &key, Body: strings.NewReader(text)}
}

func locked(key string, mode types.ObjectLockMode) *sdk.PutObjectInput {
	in := input(key)
	in.ObjectLockMode, in.ObjectLockRetainUntilDate = mode, &until
	return in
}

func (l *lab) put(t *testing.T, in *sdk.PutObjectInput) *sdk.PutObjectOutput {
	t.Helper()
	out, err := l.client.PutObject(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (l *lab) get(key string) (string, *sdk.GetObjectOutput, error) {
	out, err := l.client.GetObject(ctx, &sdk.GetObjectInput{Bucket: bucketName, Key: &key})
	if err != nil {
		return "", nil, err
	}
	defer out.Body.Close()
	body, err := io.ReadAll(out.Body)
	return string(body), out, err
}

func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

func TestAnObjectComesBackAsItWas(t *testing.T) {
	for name, change := range map[string]func(*sdk.Options){"bucket in the host": func(*sdk.Options) {}, "bucket in the path": pathStyle} {
		t.Run(name, func(t *testing.T) {
			l := newLab(s3.Options{}, change)
			key := "runs/a b+ä/evidence.json"
			in := locked(key, types.ObjectLockModeCompliance)
			in.ContentType, in.Metadata = aws.String("application/json"), map[string]string{"run": "r1"}
			in.ServerSideEncryption, in.SSEKMSKeyId = types.ServerSideEncryptionAwsKms, aws.String(kmsKey)
			put := l.put(t, in)
			body, got, err := l.get(key)
			if err != nil || body != text {
				t.Fatalf("%q, %v", body, err)
			}
			if *got.ContentType != "application/json" || got.Metadata["run"] != "r1" || *got.SSEKMSKeyId != kmsKey || *got.ContentLength != int64(len(text)) ||
				*got.VersionId != *put.VersionId || got.ObjectLockMode != types.ObjectLockModeCompliance || !got.ObjectLockRetainUntilDate.Equal(until) || !got.LastModified.Equal(start) {
				t.Errorf("%+v", got)
			}
			head, err := l.client.HeadObject(ctx, &sdk.HeadObjectInput{Bucket: bucketName, Key: &key})
			if err != nil || *head.ContentLength != int64(len(text)) || *head.ETag != *put.ETag || head.ObjectLockMode != types.ObjectLockModeCompliance {
				t.Errorf("%+v, %v", head, err)
			}
			held, err := l.client.GetObjectRetention(ctx, &sdk.GetObjectRetentionInput{Bucket: bucketName, Key: &key})
			if err != nil || held.Retention.Mode != types.ObjectLockRetentionModeCompliance || !held.Retention.RetainUntilDate.Equal(until) {
				t.Errorf("%+v, %v", held, err)
			}
			objects := l.s3.Objects(*bucketName)
			if len(objects) != 1 || objects[0].Key != key || string(objects[0].Body) != text || objects[0].Mode != "COMPLIANCE" || !objects[0].RetainUntil.Equal(until) {
				t.Errorf("read in Go: %+v", objects)
			}
			if got := l.cloud.Calls()[0]; got.Operation != "PutObject" || len(got.Resources) != 1 || got.Resources[0] != "arn:aws:s3:::evidence/"+key {
				t.Errorf("call %+v", got)
			}
		})
	}
}

// The SDK sends its checksum behind an aws-chunked body over TLS, in a header
// otherwise; without one it sends the body alone.
func TestChecksumsInEveryForm(t *testing.T) {
	tests := map[string]struct {
		reason    string
		algorithm types.ChecksumAlgorithm
		plain     bool
		header    string // what shows that the form was sent
	}{
		"default":         {"CRC32 in a trailer", "", false, "X-Amz-Trailer"},
		"crc32c":          {"in a trailer", types.ChecksumAlgorithmCrc32c, false, "X-Amz-Trailer"},
		"crc64nvme":       {"in a trailer", types.ChecksumAlgorithmCrc64nvme, false, "X-Amz-Trailer"},
		"sha1":            {"in a trailer", types.ChecksumAlgorithmSha1, false, "X-Amz-Trailer"},
		"sha256":          {"in a trailer", types.ChecksumAlgorithmSha256, false, "X-Amz-Trailer"},
		"without TLS":     {"CRC32 in a header", "", true, "X-Amz-Checksum-Crc32"},
		"sha256, no TLS":  {"in a header", types.ChecksumAlgorithmSha256, true, "X-Amz-Checksum-Sha256"},
		"crc64nvme plain": {"in a header", types.ChecksumAlgorithmCrc64nvme, true, "X-Amz-Checksum-Crc64nvme"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLab(s3.Options{}, func(o *sdk.Options) { o.EndpointOptions.DisableHTTPS = tc.plain })
			in := locked("x", types.ObjectLockModeGovernance)
			in.ChecksumAlgorithm = tc.algorithm
			l.put(t, in)
			if l.exchanges[0].Request.Header.Get(tc.header) == "" {
				t.Errorf("%s: sent %v", tc.reason, l.exchanges[0].Request.Header)
			}
			body, _, err := l.get("x") // the SDK checks the checksum that comes back
			if err != nil || body != text || len(l.s3.Objects(*bucketName)[0].Header.Values("Content-Encoding")) != 0 {
				t.Errorf("%q, %v", body, err)
			}
		})
	}
}

func TestOnlyOncePerKey(t *testing.T) {
	l := newLab(s3.Options{})
	once := func() error {
		in := locked("x", types.ObjectLockModeCompliance)
		in.IfNoneMatch = aws.String("*")
		_, err := l.client.PutObject(ctx, in)
		return err
	}
	if err := once(); err != nil {
		t.Fatal(err)
	}
	if err := once(); code(err) != "PreconditionFailed" {
		t.Errorf("twice: %v", err)
	}
	if got := len(l.s3.Objects(*bucketName)); got != 1 {
		t.Errorf("%d versions", got)
	}
	l.put(t, locked("x", types.ObjectLockModeCompliance))
	if got := len(l.s3.Objects(*bucketName)); got != 2 {
		t.Errorf("%d versions: without the condition a second one is made and locked", got)
	}
}

func TestDeleting(t *testing.T) {
	l := newLab(s3.Options{})
	version := l.put(t, locked("x", types.ObjectLockModeCompliance)).VersionId
	soft := l.put(t, locked("y", types.ObjectLockModeGovernance)).VersionId
	remove := func(key string, version *string, bypass bool) (*sdk.DeleteObjectOutput, error) {
		in := &sdk.DeleteObjectInput{Bucket: bucketName, Key: &key, VersionId: version}
		if bypass {
			in.BypassGovernanceRetention = &bypass
		}
		return l.client.DeleteObject(ctx, in)
	}
	for reason, err := range map[string]error{
		"compliance":               second(remove("x", version, false)),
		"compliance with a bypass": second(remove("x", version, true)),
		"governance":               second(remove("y", soft, false)),
	} {
		if code(err) != "AccessDenied" {
			t.Errorf("%s: %v", reason, err)
		}
	}
	if _, err := remove("y", soft, true); err != nil {
		t.Errorf("governance with a bypass: %v", err)
	}
	marker, err := remove("x", nil, false)
	if err != nil || !*marker.DeleteMarker {
		t.Fatalf("%+v, %v", marker, err)
	}
	var gone *types.NoSuchKey
	if _, _, err := l.get("x"); !errors.As(err, &gone) {
		t.Errorf("behind a delete marker: %v", err)
	}
	var missing *types.NotFound
	if _, err := l.client.HeadObject(ctx, &sdk.HeadObjectInput{Bucket: bucketName, Key: aws.String("x")}); !errors.As(err, &missing) {
		t.Errorf("head behind a delete marker: %v", err)
	}
	in := locked("x", types.ObjectLockModeCompliance)
	in.IfNoneMatch = aws.String("*")
	l.put(t, in) // nothing is there: the marker says so
	if _, err := remove("x", marker.VersionId, false); err != nil {
		t.Errorf("a marker is not locked: %v", err)
	}
	l.clock.Advance(366 * 24 * time.Hour)
	if _, err := remove("x", version, false); err != nil {
		t.Errorf("after the retention: %v", err)
	}
	if _, err := remove("x", version, false); err != nil {
		t.Errorf("what is not there: %v", err)
	}
	if got := l.s3.Objects(*bucketName); len(got) != 1 || got[0].Key != "x" {
		t.Errorf("left %+v", got)
	}
}

func second[T any](_ T, err error) error { return err }

func TestWhatIsNotThere(t *testing.T) {
	l := newLab(s3.Options{})
	l.put(t, input("x"))
	get := func(key, version string) error {
		return second(l.client.GetObject(ctx, &sdk.GetObjectInput{Bucket: bucketName, Key: &key, VersionId: &version}))
	}
	marker, err := l.client.DeleteObject(ctx, &sdk.DeleteObjectInput{Bucket: bucketName, Key: aws.String("y")})
	if err != nil {
		t.Fatal(err)
	}
	for want, err := range map[string]error{
		"NoSuchKey":                     second(l.client.GetObject(ctx, &sdk.GetObjectInput{Bucket: bucketName, Key: aws.String("z")})),
		"NoSuchVersion":                 get("x", "0123"),
		"MethodNotAllowed":              get("y", *marker.VersionId),
		"NoSuchObjectLockConfiguration": second(l.client.GetObjectRetention(ctx, &sdk.GetObjectRetentionInput{Bucket: bucketName, Key: aws.String("x")})),
		"AccessDenied":                  second(l.as("444455556666", region).GetObject(ctx, &sdk.GetObjectInput{Bucket: bucketName, Key: aws.String("x")})),
		"PermanentRedirect":             second(l.as(account, "eu-west-1").GetObject(ctx, &sdk.GetObjectInput{Bucket: bucketName, Key: aws.String("x")})),
	} {
		if code(err) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestKeysOfTheCaller(t *testing.T) {
	allowed := true
	l := newLab(s3.Options{UseKey: func(key, _, principal string) error {
		if allowed && key == kmsKey && principal == "tester" {
			return nil
		}
		return errors.New("denied")
	}})
	in := input("x")
	in.ServerSideEncryption, in.SSEKMSKeyId = types.ServerSideEncryptionAwsKms, aws.String(kmsKey)
	out := l.put(t, in)
	if out.ServerSideEncryption != types.ServerSideEncryptionAwsKms || *out.SSEKMSKeyId != kmsKey {
		t.Errorf("%+v", out)
	}
	allowed = false
	in = input("y")
	in.ServerSideEncryption, in.SSEKMSKeyId = types.ServerSideEncryptionAwsKms, aws.String(kmsKey)
	_, put := l.client.PutObject(ctx, in)
	_, _, get := l.get("x")
	if code(put) != "AccessDenied" || code(get) != "AccessDenied" {
		t.Errorf("put %v, get %v", put, get)
	}
	if out := l.put(t, input("z")); out.ServerSideEncryption != types.ServerSideEncryptionAes256 {
		t.Errorf("S3's own key is the default, got %s", out.ServerSideEncryption)
	}
}

func TestListing(t *testing.T) {
	l := newLab(s3.Options{})
	for i := 6; i >= 0; i-- {
		l.put(t, input(fmt.Sprintf("runs/%d", i)))
	}
	l.put(t, input("runs/1"))
	l.put(t, input("other/1"))
	if _, err := l.client.DeleteObject(ctx, &sdk.DeleteObjectInput{Bucket: bucketName, Key: aws.String("runs/5")}); err != nil {
		t.Fatal(err)
	}
	pages := sdk.NewListObjectsV2Paginator(l.client, &sdk.ListObjectsV2Input{Bucket: bucketName, Prefix: aws.String("runs/"), StartAfter: aws.String("runs/0"), MaxKeys: aws.Int32(2)})
	var got [][]string
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, o := range out.Contents {
			keys = append(keys, *o.Key)
			if *o.Size != int64(len(text)) || !o.LastModified.Equal(start) || o.ChecksumAlgorithm[0] != types.ChecksumAlgorithmCrc32 {
				t.Errorf("%+v", o)
			}
		}
		got = append(got, keys)
	}
	if diff := cmp.Diff([][]string{{"runs/1", "runs/2"}, {"runs/3", "runs/4"}, {"runs/6"}}, got); diff != "" {
		t.Errorf("newest versions, without what is deleted (-want +got):\n%s", diff)
	}
	empty, err := l.client.ListObjectsV2(ctx, &sdk.ListObjectsV2Input{Bucket: bucketName, Prefix: aws.String("none/")})
	if err != nil || len(empty.Contents) != 0 || *empty.IsTruncated || *empty.KeyCount != 0 {
		t.Errorf("%+v, %v", empty, err)
	}
	if _, err := l.client.ListObjectsV2(ctx, &sdk.ListObjectsV2Input{Bucket: bucketName, ContinuationToken: aws.String("?")}); code(err) != "InvalidArgument" {
		t.Errorf("a token of another call: %v", err)
	}
}

func TestUnknownFailsLoudly(t *testing.T) {
	l := newLab(s3.Options{})
	key := aws.String("x")
	l.put(t, input("x"))
	for what, err := range map[string]error{
		"range":     second(l.client.GetObject(ctx, &sdk.GetObjectInput{Bucket: bucketName, Key: key, Range: aws.String("bytes=0-1")})),
		"head":      second(l.client.HeadObject(ctx, &sdk.HeadObjectInput{Bucket: bucketName, Key: key, IfMatch: aws.String("x")})),
		"delimiter": second(l.client.ListObjectsV2(ctx, &sdk.ListObjectsV2Input{Bucket: bucketName, Delimiter: aws.String("/")})),
		"copy":      second(l.client.CopyObject(ctx, &sdk.CopyObjectInput{Bucket: bucketName, Key: key, CopySource: aws.String("evidence/y")})),
		"tagging":   second(l.client.GetObjectTagging(ctx, &sdk.GetObjectTaggingInput{Bucket: bucketName, Key: key})),
		"upload":    second(l.client.CreateMultipartUpload(ctx, &sdk.CreateMultipartUploadInput{Bucket: bucketName, Key: key})),
		"buckets":   second(l.client.ListBuckets(ctx, &sdk.ListBucketsInput{})),
		"bucket":    second(l.client.HeadBucket(ctx, &sdk.HeadBucketInput{Bucket: bucketName})),
		"folders":   second(l.client.ListObjectVersions(ctx, &sdk.ListObjectVersionsInput{Bucket: bucketName, Delimiter: aws.String("/")})),
	} {
		if code(err) != "NotSimulated" {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestOverARealConnection(t *testing.T) {
	l := newLab(s3.Options{})
	server := httptest.NewServer(l.cloud)
	defer server.Close()
	overWire := func(o *sdk.Options) {
		o.HTTPClient, o.BaseEndpoint, o.UsePathStyle = server.Client(), &server.URL, true
	}
	in := locked("runs/a b+ä", types.ObjectLockModeCompliance)
	in.IfNoneMatch = aws.String("*")
	if _, err := l.client.PutObject(ctx, in, overWire); err != nil {
		t.Fatal(err)
	}
	head, err := l.client.HeadObject(ctx, &sdk.HeadObjectInput{Bucket: bucketName, Key: in.Key}, overWire)
	if err != nil || *head.ContentLength != int64(len(text)) {
		t.Errorf("%+v, %v", head, err)
	}
	if _, err := l.client.PutObject(ctx, in, overWire); code(err) != "PreconditionFailed" {
		t.Errorf("twice: %v", err)
	}
}
