package s3

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// find is the version that a request names, or the newest; the error is what S3
// answers where it is not there or deleted.
func (r request) find() (*Object, error) {
	id := r.query.Get("versionId")
	v := r.bucket.latest(r.key)
	if id != "" {
		v = r.bucket.version(r.key, id)
	}
	switch {
	case v == nil && id != "":
		return nil, &wire.Error{Code: "NoSuchVersion", Message: "The specified version does not exist.", Status: http.StatusNotFound}
	case v == nil:
		return nil, noSuchKey(nil)
	case v.Deleted && id != "":
		return nil, &wire.Error{Code: "MethodNotAllowed", Message: "The specified method is not allowed against this resource.", Status: http.StatusMethodNotAllowed, Fields: marker(v)}
	case v.Deleted:
		return nil, noSuchKey(marker(v))
	}
	return v, nil
}

func noSuchKey(fields map[string]any) *wire.Error {
	return &wire.Error{Code: "NoSuchKey", Message: "The specified key does not exist.", Status: http.StatusNotFound, Fields: fields}
}

func marker(v *Object) map[string]any {
	return map[string]any{deleteMarkerHeader: "true", versionHeader: v.VersionID}
}

func (b *bucket) version(key, id string) *Object {
	for _, v := range b.versions {
		if v.Key == key && v.VersionID == id {
			return v
		}
	}
	return nil
}

// get answers https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
// and HeadObject, which leaves out the body.
func (s *Service) get(r request) (wire.Reply, error) {
	v, err := r.find()
	if err != nil {
		return wire.Reply{}, err
	}
	if err := s.useKey(r, v, "kms:Decrypt"); err != nil {
		return wire.Reply{}, err
	}
	header := v.Header.Clone()
	if r.header("X-Amz-Checksum-Mode") != "ENABLED" {
		for name := range header {
			if strings.HasPrefix(name, checksumPrefix) {
				header.Del(name)
			}
		}
	}
	if v.Mode != "" {
		header.Set(modeHeader, v.Mode)
		header.Set(untilHeader, timestamp(v.RetainUntil))
	}
	header.Set(versionHeader, v.VersionID)
	header.Set("Last-Modified", v.Modified.UTC().Format(http.TimeFormat))
	header.Set("Content-Length", strconv.Itoa(len(v.Body)))
	header.Set("Accept-Ranges", "bytes")
	header.Set("X-Amz-Request-Id", requestID)
	reply := wire.Reply{Header: header}
	if r.HTTP.Method != http.MethodHead {
		reply.Body = v.Body
	}
	return reply, nil
}

// timestamp is how S3 writes a time in XML and in the headers of a lock.
func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

type retention struct {
	Mode            string
	RetainUntilDate string
}

// retention answers https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectRetention.html
func (s *Service) retention(r request) (wire.Reply, error) {
	if r.bucket.unlocked {
		return wire.Reply{}, noObjectLock()
	}
	v, err := r.find()
	if err != nil {
		return wire.Reply{}, err
	}
	if v.Mode == "" {
		return wire.Reply{}, &wire.Error{Code: "NoSuchObjectLockConfiguration", Message: "The specified object does not have a ObjectLock configuration", Status: http.StatusNotFound}
	}
	return document("Retention", retention{v.Mode, timestamp(v.RetainUntil)})
}

type listing struct {
	Name                  string
	Prefix                string
	StartAfter            string `xml:",omitempty"`
	KeyCount              int
	MaxKeys               int
	IsTruncated           bool
	ContinuationToken     string `xml:",omitempty"`
	NextContinuationToken string `xml:",omitempty"`
	Contents              []entry
}

type entry struct {
	Key               string
	LastModified      string
	ETag              string
	ChecksumAlgorithm string
	ChecksumType      string
	Size              int
	StorageClass      string
}

const maxKeys = 1000

// list answers https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
// The token of a page is the last key of the one before, in disguise.
func (s *Service) list(r request) (wire.Reply, error) {
	out := listing{
		Name: r.bucket.name, Prefix: r.query.Get("prefix"), StartAfter: r.query.Get("start-after"),
		ContinuationToken: r.query.Get("continuation-token"), MaxKeys: maxKeys,
	}
	if text := r.query.Get("max-keys"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return wire.Reply{}, invalid("Provided max-keys not an integer or within integer range")
		}
		out.MaxKeys = min(n, maxKeys)
	}
	after := out.StartAfter
	if out.ContinuationToken != "" {
		key, err := base64.URLEncoding.DecodeString(out.ContinuationToken)
		if err != nil {
			return wire.Reply{}, invalid("The continuation token provided is incorrect")
		}
		after = string(key)
	}
	for _, v := range r.bucket.current() {
		if v.Key <= after || !strings.HasPrefix(v.Key, out.Prefix) {
			continue
		}
		if len(out.Contents) == out.MaxKeys {
			out.IsTruncated = out.MaxKeys > 0
			break
		}
		out.Contents = append(out.Contents, v.entry())
	}
	out.KeyCount = len(out.Contents)
	if out.IsTruncated {
		out.NextContinuationToken = base64.URLEncoding.EncodeToString([]byte(out.Contents[out.KeyCount-1].Key))
	}
	return document("ListBucketResult", out)
}

// current are the newest versions by key, without what is deleted.
func (b *bucket) current() []*Object {
	var list []*Object
	for i, v := range b.versions {
		last := i+1 == len(b.versions) || b.versions[i+1].Key != v.Key
		if last && !v.Deleted {
			list = append(list, v)
		}
	}
	return list
}

func (v *Object) entry() entry {
	e := entry{
		Key: v.Key, LastModified: timestamp(v.Modified), ETag: v.Header.Get("Etag"),
		ChecksumType: v.Header.Get("X-Amz-Checksum-Type"), Size: len(v.Body), StorageClass: "STANDARD",
	}
	for name := range checksums {
		if v.Header.Get(name) != "" {
			e.ChecksumAlgorithm = strings.ToUpper(strings.TrimPrefix(name, checksumPrefix))
		}
	}
	return e
}
