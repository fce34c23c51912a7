package s3_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/s3"
)

// meddler changes requests on their way.
type meddler struct {
	next   http.RoundTripper
	change func(*http.Request)
}

func (m meddler) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	m.change(r)
	return m.next.RoundTrip(r)
}

func swap(from, to string) func(*http.Request) {
	return func(r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(bytes.Replace(body, []byte(from), []byte(to), 1)))
	}
}

func TestABodyThatIsDamagedOnItsWay(t *testing.T) {
	tests := map[string]struct {
		reason string
		plain  bool
		change func(*http.Request)
		want   string
	}{
		"trailer":         {"the checksum behind the body", false, swap("Passed", "Failed"), "BadDigest"},
		"size of a chunk": {"the body ends too early", false, swap("14\r\n", "ff\r\n"), "IncompleteBody"},
		"no trailer":      {"it was announced", false, swap("x-amz-checksum-crc32", "x-amz-other"), "MalformedTrailerError"},
		"length":          {"of the body as it was", false, func(r *http.Request) { r.Header.Set("X-Amz-Decoded-Content-Length", "5") }, "IncompleteBody"},
		"signed hash":     {"the body is part of the signature", true, swap("Passed", "Failed"), "XAmzContentSHA256Mismatch"},
		"md5":             {"an older checksum", false, func(r *http.Request) { r.Header.Set("Content-Md5", "xx==") }, "BadDigest"},
		"other encoding":  {"signed chunks are not simulated", false, func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD") }, "NotSimulated"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLab(s3.Options{}, func(o *sdk.Options) { o.EndpointOptions.DisableHTTPS = tc.plain })
			_, err := l.client.PutObject(ctx, input("x"), func(o *sdk.Options) { o.HTTPClient = &http.Client{Transport: meddler{l.cloud, tc.change}} })
			if code(err) != tc.want || len(l.s3.Objects(*bucketName)) != 0 {
				t.Errorf("%s: %v, want %s", tc.reason, err, tc.want)
			}
		})
	}
}

func TestRefusedPuts(t *testing.T) {
	past := start.Add(-time.Hour)
	tests := map[string]struct {
		reason string
		change func(*sdk.PutObjectInput)
		want   string
	}{
		"lock without date":  {"both or none", func(in *sdk.PutObjectInput) { in.ObjectLockMode = types.ObjectLockModeCompliance }, "InvalidArgument"},
		"date without lock":  {"both or none", func(in *sdk.PutObjectInput) { in.ObjectLockRetainUntilDate = &until }, "InvalidArgument"},
		"mode of a lock":     {"one of two", func(in *sdk.PutObjectInput) { in.ObjectLockMode, in.ObjectLockRetainUntilDate = "STRICT", &until }, "InvalidArgument"},
		"a lock in the past": {"must still run", func(in *sdk.PutObjectInput) { in.ObjectLockMode, in.ObjectLockRetainUntilDate = "COMPLIANCE", &past }, "InvalidArgument"},
		"key without KMS":    {"a key needs aws:kms", func(in *sdk.PutObjectInput) { in.SSEKMSKeyId = aws.String(kmsKey) }, "InvalidArgument"},
		"another condition":  {"only * for a put", func(in *sdk.PutObjectInput) { in.IfNoneMatch = aws.String(`"abc"`) }, "NotImplemented"},
		"long key":           {"1024 bytes", func(in *sdk.PutObjectInput) { in.Key = aws.String(strings.Repeat("x", 1025)) }, "KeyTooLongError"},
		"much metadata":      {"2 KB", func(in *sdk.PutObjectInput) { in.Metadata = map[string]string{"x": strings.Repeat("x", 2048)} }, "MetadataTooLarge"},
		"bucket":             {"is not there", func(in *sdk.PutObjectInput) { in.Bucket = aws.String("other") }, "NoSuchBucket"},
		"another's bucket":   {"as the caller says", func(in *sdk.PutObjectInput) { in.ExpectedBucketOwner = aws.String("444455556666") }, "AccessDenied"},
		"tags":               {"are not simulated", func(in *sdk.PutObjectInput) { in.Tagging = aws.String("a=b") }, "NotSimulated"},
		"storage class":      {"is not simulated", func(in *sdk.PutObjectInput) { in.StorageClass = types.StorageClassGlacier }, "NotSimulated"},
		"legal hold":         {"is not simulated", func(in *sdk.PutObjectInput) { in.ObjectLockLegalHoldStatus = types.ObjectLockLegalHoldStatusOn }, "NotSimulated"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLab(s3.Options{})
			in := input("x")
			tc.change(in)
			if _, err := l.client.PutObject(ctx, in); code(err) != tc.want || len(l.s3.Objects(*bucketName)) != 0 {
				t.Errorf("%s: %v, want %s", tc.reason, err, tc.want)
			}
		})
	}
}

// A bucket without object lock takes no retention, and tells of none.
func TestABucketWithoutObjectLock(t *testing.T) {
	l := newLab(s3.Options{})
	l.s3.SetObjectLock("other", false) // is not there
	l.s3.SetObjectLock(*bucketName, false)
	refused := func(what string, err error) {
		t.Helper()
		var response *smithyhttp.ResponseError
		if code(err) != "InvalidRequest" || !strings.Contains(err.Error(), "Bucket is missing Object Lock Configuration") || !errors.As(err, &response) || response.HTTPStatusCode() != http.StatusBadRequest {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, mode := range []types.ObjectLockMode{types.ObjectLockModeCompliance, types.ObjectLockModeGovernance} {
		refused(string(mode), second(l.client.PutObject(ctx, locked("x", mode))))
	}
	if got := l.s3.Objects(*bucketName); len(got) != 0 {
		t.Errorf("it was put all the same: %+v", got)
	}
	l.put(t, input("x")) // without a retention
	asked := &sdk.GetObjectRetentionInput{Bucket: bucketName, Key: aws.String("x")}
	refused("asked for", second(l.client.GetObjectRetention(ctx, asked)))

	l.s3.SetObjectLock(*bucketName, true)
	l.put(t, locked("x", types.ObjectLockModeCompliance))
	if _, err := l.client.GetObjectRetention(ctx, asked); err != nil {
		t.Errorf("with object lock: %v", err)
	}
}

func TestALockNeedsAChecksum(t *testing.T) {
	l := newLab(s3.Options{}, func(o *sdk.Options) { o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired })
	if _, err := l.client.PutObject(ctx, locked("x", types.ObjectLockModeCompliance)); code(err) != "InvalidRequest" {
		t.Errorf("a client that was not made by LoadDefaultConfig sends none: %v", err)
	}
	l.put(t, input("x"))
	if got := l.s3.Objects(*bucketName)[0].Header.Get("X-Amz-Checksum-Crc64nvme"); got == "" {
		t.Error("S3 adds a checksum of its own")
	}
}
