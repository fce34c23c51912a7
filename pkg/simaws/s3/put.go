package s3

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const (
	metadataPrefix     = "X-Amz-Meta-"
	encryptionHeader   = "X-Amz-Server-Side-Encryption"
	keyHeader          = "X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id"
	bucketKeyHeader    = "X-Amz-Server-Side-Encryption-Bucket-Key-Enabled"
	versionHeader      = "X-Amz-Version-Id"
	deleteMarkerHeader = "X-Amz-Delete-Marker"
)

var (
	putHeaders        = []string{"Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Type", "If-None-Match", metadataPrefix}
	encryptionHeaders = []string{encryptionHeader, keyHeader, bucketKeyHeader}
	// keptHeaders come back as they were put.
	keptHeaders = []string{"Cache-Control", "Content-Disposition", "Content-Language", "Content-Type"}
)

// Limits: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html and UsingMetadata.html
const (
	maxKeyBytes      = 1024
	maxMetadataBytes = 2048
)

// put answers https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
func (s *Service) put(r request) (wire.Reply, error) {
	if len(r.key) > maxKeyBytes {
		return wire.Reply{}, wire.Errorf("KeyTooLongError", "Your key is too long")
	}
	p, err := r.payload()
	if err != nil {
		return wire.Reply{}, err
	}
	v := &Object{Key: r.key, Body: p.body, Header: http.Header{}, Modified: r.Now}
	if err := r.keep(v); err != nil {
		return wire.Reply{}, err
	}
	if err := s.encrypt(r, v); err != nil {
		return wire.Reply{}, err
	}
	if err := r.lock(v, p.vouched); err != nil {
		return wire.Reply{}, err
	}
	if err := r.absent(); err != nil {
		return wire.Reply{}, err
	}
	v.VersionID = s.nextVersion(r)
	v.Header.Set(p.checksum, p.value)
	v.Header.Set("X-Amz-Checksum-Type", "FULL_OBJECT")
	v.Header.Set("Etag", v.etag())
	r.bucket.add(v)
	reply := http.Header{versionHeader: {v.VersionID}, "X-Amz-Request-Id": {requestID}}
	for _, name := range append([]string{"Etag", p.checksum, "X-Amz-Checksum-Type"}, encryptionHeaders...) {
		if value := v.Header.Get(name); value != "" {
			reply.Set(name, value)
		}
	}
	return wire.Reply{Header: reply}, nil
}

// keep takes over the headers that come back with an object.
func (r request) keep(v *Object) error {
	size := 0
	for name, values := range r.HTTP.Header {
		if strings.HasPrefix(name, metadataPrefix) {
			v.Header[name] = values
			size += len(name) - len(metadataPrefix) + len(strings.Join(values, ","))
		}
	}
	if size > maxMetadataBytes {
		return wire.Errorf("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size")
	}
	for _, name := range keptHeaders {
		if value := r.header(name); value != "" {
			v.Header.Set(name, value)
		}
	}
	var encodings []string
	for part := range strings.SplitSeq(r.header("Content-Encoding"), ",") {
		if part = strings.TrimSpace(part); part != "" && part != "aws-chunked" {
			encodings = append(encodings, part)
		}
	}
	if encodings != nil {
		v.Header.Set("Content-Encoding", strings.Join(encodings, ","))
	}
	return nil
}

// encrypt notes how an object is encrypted: with S3's own key unless the put
// says otherwise.
func (s *Service) encrypt(r request, v *Object) error {
	mode, key := r.header(encryptionHeader), r.header(keyHeader)
	switch mode {
	case "", "AES256":
		if key != "" {
			return invalid("Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms")
		}
		v.Header.Set(encryptionHeader, "AES256")
		return nil
	case "aws:kms":
	default:
		return wire.Unknown("s3 PutObject: server-side encryption %q", mode)
	}
	if key == "" {
		key = wire.ARN("kms", r.Region, r.Account, "alias/aws/s3")
	}
	v.Header.Set(encryptionHeader, mode)
	v.Header.Set(keyHeader, key)
	if enabled := r.header(bucketKeyHeader); enabled != "" {
		v.Header.Set(bucketKeyHeader, enabled)
	}
	return s.useKey(r, v, "kms:GenerateDataKey")
}

// useKey lets a caller in who may use the key of an object.
func (s *Service) useKey(r request, v *Object, action string) error {
	key := v.Header.Get(keyHeader)
	if key == "" {
		return nil
	}
	if err := s.o.UseKey(key, r.Account, r.Principal); err != nil {
		return denied("User is not authorized to perform: " + action + " on resource: " + key)
	}
	return nil
}

// absent checks If-None-Match: an object under a delete marker is absent.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
func (r request) absent() error {
	condition := r.header("If-None-Match")
	if condition == "" {
		return nil
	}
	if condition != "*" {
		return &wire.Error{Code: "NotImplemented", Message: "A header you provided implies functionality that is not implemented", Status: http.StatusNotImplemented}
	}
	if v := r.bucket.latest(r.key); v != nil && !v.Deleted {
		return &wire.Error{
			Code: "PreconditionFailed", Message: "At least one of the pre-conditions you specified did not hold",
			Status: http.StatusPreconditionFailed, Fields: map[string]any{"Condition": "If-None-Match"},
		}
	}
	return nil
}

// nextVersion makes an identifier that says nothing and is the same in every
// run.
func (s *Service) nextVersion(r request) string {
	s.count++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%d", r.bucket.name, r.key, s.count))
	return hex.EncodeToString(sum[:16])
}

// etag is the MD5 of the body only where S3 keeps the key: under a KMS key it
// says nothing about the body.
func (v *Object) etag() string {
	sum := md5.Sum(v.Body)
	if v.Header.Get(keyHeader) != "" {
		sum = md5.Sum([]byte(v.VersionID))
	}
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

const (
	modeHeader  = "X-Amz-Object-Lock-Mode"
	untilHeader = "X-Amz-Object-Lock-Retain-Until-Date"
)

var lockHeaders = []string{modeHeader, untilHeader}

// lock takes the retention of a put, which needs a checksum beside it.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
func (r request) lock(v *Object, vouched bool) error {
	mode, until := r.header(modeHeader), r.header(untilHeader)
	if mode == "" && until == "" {
		return nil
	}
	if r.bucket.unlocked {
		return noObjectLock()
	}
	if mode == "" || until == "" {
		return invalid("x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied")
	}
	if mode != "GOVERNANCE" && mode != "COMPLIANCE" {
		return invalid("Unknown wormMode directive.")
	}
	at, err := time.Parse(time.RFC3339, until)
	if err != nil {
		return invalid("The retain until date must be provided in ISO 8601 format")
	}
	if !at.After(r.Now) {
		return invalid("The retain until date must be in the future!")
	}
	if !vouched {
		return wire.Errorf("InvalidRequest", "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters")
	}
	v.Mode, v.RetainUntil = mode, at.UTC()
	return nil
}

// noObjectLock is what a bucket without object lock answers whoever speaks of one.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html
func noObjectLock() *wire.Error {
	return wire.Errorf("InvalidRequest", "Bucket is missing Object Lock Configuration")
}
