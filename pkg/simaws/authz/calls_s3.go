package authz

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// s3Address finds bucket and key, the bucket in the host or in the path.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
var virtualRE = regexp.MustCompile(`^(.+)\.(?:s3(?:\.dualstack)?(?:[.-][a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?|localhost)(?::\d+)?$`)

func (r *request) s3Address() (bucket, key string) {
	u := r.HTTP.URL
	if host := virtualRE.FindStringSubmatch(cmp.Or(r.HTTP.Host, u.Host)); host != nil {
		return host[1], strings.TrimPrefix(u.Path, "/")
	}
	bucket, key, _ = strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	return bucket, key
}

func s3Bucket(r *request) []string {
	bucket, _ := r.s3Address()
	return []string{"arn:" + wire.Partition(r.Region) + ":s3:::" + bucket}
}

func s3Object(r *request) []string {
	_, key := r.s3Address()
	return []string{s3Bucket(r)[0] + "/" + key}
}

// s3Request is what headers and parameters tell.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
func s3Request(r *request) map[string]any {
	context := map[string]any{"s3:TlsVersion": "1.3", "s3:ResourceAccount": r.Account}
	for header, key := range map[string]string{
		"X-Amz-Server-Side-Encryption":                "s3:x-amz-server-side-encryption",
		"X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id": "s3:x-amz-server-side-encryption-aws-kms-key-id",
		"X-Amz-Object-Lock-Mode":                      "s3:object-lock-mode",
		"X-Amz-Object-Lock-Retain-Until-Date":         "s3:object-lock-retain-until-date",
		"If-None-Match":                               "s3:if-none-match",
		"If-Match":                                    "s3:if-match",
	} {
		if value := r.HTTP.Header.Get(header); value != "" {
			context[key] = value
		}
	}
	if until, err := time.Parse(time.RFC3339, r.HTTP.Header.Get("X-Amz-Object-Lock-Retain-Until-Date")); err == nil {
		context["s3:object-lock-remaining-retention-days"] = strconv.Itoa(int(until.Sub(r.Now).Hours() / 24))
	}
	parameters := r.HTTP.URL.Query()
	for _, name := range []string{"prefix", "delimiter", "max-keys"} {
		if parameters.Has(name) {
			context["s3:"+name] = parameters.Get(name)
		}
	}
	if version := parameters.Get("versionId"); version != "" {
		context["s3:versionid"] = version
	}
	return context
}

// s3Version: a version that is named needs another action.
func s3Version(newest, named string) func(*request, Facts) ([]Question, error) {
	return func(r *request, f Facts) ([]Question, error) {
		action := newest
		if r.HTTP.URL.Query().Get("versionId") != "" {
			action = named
		}
		return []Question{r.question(action, s3Object(r)[0], f, s3Request(r))}, nil
	}
}

// s3Delete: going around a retention is an action of its own.
func s3Delete(r *request, f Facts) ([]Question, error) {
	list, err := s3Version("s3:DeleteObject", "s3:DeleteObjectVersion")(r, f)
	if r.HTTP.Header.Get("X-Amz-Bypass-Governance-Retention") == "true" {
		list = append(list, r.question("s3:BypassGovernanceRetention", s3Object(r)[0], f, s3Request(r)))
	}
	return list, err
}
