// Package s3 is the simulated S3: buckets with versioning and object lock, as
// evidence is kept in them.
//
// Every put makes a version that stays; what is deleted gets a delete marker on
// top. A version whose retention still runs cannot be deleted. Bodies are
// checked against the checksums that come with them, in headers or behind an
// aws-chunked body. A call that is refused leaves nothing behind.
//
// Headers and query parameters that are not simulated fail loudly, unless they
// belong to the transport. Access is by account: bucket policies are not
// simulated.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html
package s3

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Options of the service.
type Options struct {
	// UseKey says whether a caller may use a KMS key; nil: always.
	UseKey func(key, account, principal string) error
	// Policy is a bucket's policy as GetBucketPolicy tells it, by the bucket's ARN;
	// nil: none has any. What it says is not asked here.
	Policy func(arn string) json.RawMessage
}

// Service implements wire.Handler. Calls must come one at a time, as
// simaws.Cloud sends them.
type Service struct {
	o       Options
	buckets map[string]*bucket // names are unique in all of AWS
	count   int                // of versions
}

type bucket struct {
	name, account, region string
	unlocked              bool // it has no object lock
	kept                  Kept
	versions              []*Object // by key, then in the order of arrival
}

// Object is one version of an object.
type Object struct {
	Key       string
	VersionID string
	Body      []byte
	// Header is what was put with it and what comes back with it: content type,
	// metadata, encryption, checksums.
	Header      http.Header
	Mode        string    // GOVERNANCE, COMPLIANCE; "" where it is not locked
	RetainUntil time.Time // zero where it is not locked
	Modified    time.Time
	// Deleted is true of a delete marker.
	Deleted bool
}

// New makes the service.
func New(o Options) *Service {
	if o.UseKey == nil {
		o.UseKey = func(string, string, string) error { return nil }
	}
	return &Service{o: o, buckets: map[string]*bucket{}}
}

// CreateBucket makes a bucket with versioning and object lock, without a
// default retention: only what a put says is locked.
func (s *Service) CreateBucket(account, region, name string) {
	s.buckets[name] = &bucket{name: name, account: account, region: region}
}

// SetObjectLock says whether a bucket has object lock. Without it nothing can be
// put under a retention, and none can be asked for: as in a bucket that was made
// without it, or whose versioning is suspended. What is locked already stays so.
// Of an unknown bucket nothing.
func (s *Service) SetObjectLock(name string, enabled bool) {
	if b := s.buckets[name]; b != nil {
		b.unlocked = !enabled
	}
}

// Objects are all versions and delete markers in a bucket, by key, the oldest
// first; nil where there is no such bucket.
func (s *Service) Objects(name string) []Object {
	b := s.buckets[name]
	if b == nil {
		return nil
	}
	var list []Object
	for _, v := range b.versions {
		o := *v
		o.Body, o.Header = slices.Clone(v.Body), v.Header.Clone()
		list = append(list, o)
	}
	return list
}

// latest is the newest version of a key, maybe a delete marker; nil where there
// is none.
func (b *bucket) latest(key string) *Object {
	for _, v := range slices.Backward(b.versions) {
		if v.Key == key {
			return v
		}
	}
	return nil
}

func (b *bucket) add(v *Object) {
	i := 0
	for i < len(b.versions) && b.versions[i].Key <= v.Key {
		i++
	}
	b.versions = slices.Insert(b.versions, i, v)
}

func (b *bucket) arn(key string) string {
	if key == "" {
		return "arn:" + wire.Partition(b.region) + ":s3:::" + b.name
	}
	return "arn:" + wire.Partition(b.region) + ":s3:::" + b.name + "/" + key
}

// Resolve implements wire.Handler.
func (s *Service) Resolve(c *wire.Call) string { return addressOf(c).operation }

type operation struct {
	run     func(*Service, request) (wire.Reply, error)
	headers []string // beside those of the transport; one that ends in - is a prefix
	params  []string
}

var operations = map[string]operation{
	"PutObject":          {(*Service).put, slices.Concat(putHeaders, lockHeaders, encryptionHeaders, checksumHeaders), nil},
	"GetObject":          {(*Service).get, []string{"X-Amz-Checksum-Mode"}, []string{"versionId"}},
	"HeadObject":         {(*Service).get, []string{"X-Amz-Checksum-Mode"}, []string{"versionId"}},
	"ListObjectsV2":      {(*Service).list, nil, []string{"list-type", "prefix", "max-keys", "continuation-token", "start-after"}},
	"ListObjectVersions": {(*Service).listVersions, nil, []string{"versions", "prefix", "max-keys", "key-marker", "version-id-marker"}},
	"DeleteObject":       {(*Service).remove, []string{"X-Amz-Bypass-Governance-Retention"}, []string{"versionId"}},
	"GetObjectRetention": {(*Service).retention, nil, []string{"retention", "versionId"}},
	"GetBucketPolicy":    {(*Service).policy, nil, []string{"policy"}},

	"GetBucketVersioning":        {(*Service).versioning, nil, []string{"versioning"}},
	"GetObjectLockConfiguration": {(*Service).objectLock, nil, []string{"object-lock"}},
}

// request is one call with the bucket that it is about.
type request struct {
	*wire.Call
	address
	bucket *bucket
}

func (r request) header(name string) string { return r.HTTP.Header.Get(name) }

// Serve implements wire.Handler.
func (s *Service) Serve(c *wire.Call) (wire.Reply, error) {
	at := addressOf(c)
	op, ok := operations[at.operation]
	if !ok {
		return wire.Reply{}, wire.Unknown("s3: %s", at.operation)
	}
	if err := strict(c, op); err != nil {
		return wire.Reply{}, err
	}
	r := request{c, at, s.buckets[at.name]}
	c.Touch((&bucket{name: at.name, region: c.Region}).arn(at.key))
	if err := r.admit(); err != nil {
		return wire.Reply{}, err
	}
	return op.run(s, r)
}

// admit says whether the caller reaches the bucket.
func (r request) admit() error {
	owner := r.header("X-Amz-Expected-Bucket-Owner")
	switch {
	case r.bucket == nil:
		return &wire.Error{Code: "NoSuchBucket", Message: "The specified bucket does not exist", Status: http.StatusNotFound}
	case r.bucket.region != r.Region:
		return &wire.Error{
			Code: "PermanentRedirect", Message: "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
			Status: http.StatusMovedPermanently, Fields: map[string]any{"X-Amz-Bucket-Region": r.bucket.region},
		}
	case r.bucket.account != r.Account, owner != "" && owner != r.bucket.account:
		return denied("Access Denied")
	}
	return nil
}

// Fail implements wire.Handler. Fields whose names begin with X-Amz- are
// headers. The answer to HEAD has no body, except where the simulation is at
// fault and has to say so.
func (s *Service) Fail(c *wire.Call, e *wire.Error) wire.Reply {
	header := http.Header{"Content-Type": {"application/xml"}, "X-Amz-Request-Id": {requestID}}
	var body bytes.Buffer
	element := func(name, text string) {
		body.WriteString("<" + name + ">")
		_ = xml.EscapeText(&body, []byte(text)) // to memory: cannot fail
		body.WriteString("</" + name + ">")
	}
	body.WriteString(xml.Header + "<Error>")
	element("Code", e.Code)
	element("Message", e.Message)
	for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
		text, _ := e.Fields[name].(string)
		if strings.HasPrefix(name, "X-Amz-") {
			header.Set(name, text)
			continue
		}
		element(name, text)
	}
	element("RequestId", requestID)
	body.WriteString("</Error>")
	reply := wire.Reply{Status: e.Status, Header: header, Body: body.Bytes()}
	if c.HTTP.Method == http.MethodHead && e.Status != http.StatusNotImplemented {
		reply.Body = nil
	}
	return reply
}

// requestID is always the same: a rehearsal repeats byte for byte.
const requestID = "0000000000000000"

func denied(message string) *wire.Error {
	return &wire.Error{Code: "AccessDenied", Message: message, Status: http.StatusForbidden}
}

func invalid(format string, args ...any) *wire.Error {
	return wire.Errorf("InvalidArgument", format, args...)
}

// document answers with XML.
func document(name string, result any) (wire.Reply, error) {
	var body bytes.Buffer
	body.WriteString(xml.Header)
	start := xml.StartElement{Name: xml.Name{Local: name}, Attr: []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: "http://s3.amazonaws.com/doc/2006-03-01/"}}}
	if err := xml.NewEncoder(&body).EncodeElement(result, start); err != nil {
		return wire.Reply{}, err
	}
	return wire.Reply{Header: http.Header{"Content-Type": {"application/xml"}, "X-Amz-Request-Id": {requestID}}, Body: body.Bytes()}, nil
}
