package s3

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// address is what a request is about.
type address struct {
	name      string // of the bucket
	key       string // "" for the bucket itself
	operation string
	query     url.Values
}

// virtualRE finds the bucket in the host, where it stands there.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
var virtualRE = regexp.MustCompile(`^(.+)\.(?:s3(?:\.dualstack)?(?:[.-][a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?|localhost)(?::\d+)?$`)

func addressOf(c *wire.Call) address {
	u := c.HTTP.URL
	at := address{query: u.Query()}
	if host := virtualRE.FindStringSubmatch(cmp.Or(c.HTTP.Host, u.Host)); host != nil {
		at.name, at.key = host[1], strings.TrimPrefix(u.Path, "/")
	} else {
		at.name, at.key, _ = strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	}
	at.operation = at.resolve(c.HTTP)
	return at
}

// subresources are query parameters that make another operation out of a
// method. https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
var subresources = []string{
	"accelerate", "acl", "analytics", "annotation", "attributes", "cors", "delete", "encryption", "intelligent-tiering", "inventory",
	"legal-hold", "lifecycle", "location", "logging", "metadataConfiguration", "metadataTable", "metrics", "notification", "object-lock",
	"ownershipControls", "partNumber", "policy", "policyStatus", "publicAccessBlock", "renameObject", "replication", "requestPayment",
	"restore", "retention", "select", "session", "tagging", "torrent", "uploadId", "uploads", "versioning", "versions", "website",
}

// resolve names the operation; one that is not simulated is named by its method
// and what stands in its query.
func (at address) resolve(r *http.Request) string {
	other := ""
	for _, name := range slices.Sorted(maps.Keys(at.query)) {
		if slices.Contains(subresources, name) {
			other = name
		}
	}
	switch {
	case at.key == "" && r.Method == http.MethodGet && at.query.Get("list-type") == "2" && other == "":
		return "ListObjectsV2"
	case at.key == "" && r.Method == http.MethodGet && other == "versions":
		return "ListObjectVersions"
	case at.key == "" && r.Method == http.MethodGet && other == "policy":
		return "GetBucketPolicy"
	case at.key == "" && r.Method == http.MethodGet && other == "versioning":
		return "GetBucketVersioning"
	case at.key == "" && r.Method == http.MethodGet && other == "object-lock":
		return "GetObjectLockConfiguration"
	case at.key != "" && r.Method == http.MethodGet && other == "retention":
		return "GetObjectRetention"
	case at.key == "" || other != "":
		return strings.TrimSpace(cmp.Or(at.query.Get("x-id"), r.Method+" "+other))
	case r.Method == http.MethodPut && r.Header.Get("X-Amz-Copy-Source") != "":
		return "CopyObject"
	}
	return map[string]string{
		http.MethodPut: "PutObject", http.MethodGet: "GetObject", http.MethodHead: "HeadObject", http.MethodDelete: "DeleteObject",
	}[r.Method]
}

// transportHeaders carry a request and do not change what it means.
var transportHeaders = []string{
	"Accept", "Accept-Encoding", "Amz-Sdk-Invocation-Id", "Amz-Sdk-Request", "Authorization", "Connection", "Content-Length",
	"Expect", "User-Agent", "X-Amz-Content-Sha256", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-User-Agent", "X-Amzn-Trace-Id",
	"X-Amz-Expected-Bucket-Owner", // admit checks it
}

// strict refuses headers and parameters that the simulation does not know.
func strict(c *wire.Call, op operation) error {
	known := slices.Concat(transportHeaders, op.headers)
	for _, name := range slices.Sorted(maps.Keys(c.HTTP.Header)) {
		if !slices.ContainsFunc(known, func(k string) bool { return name == k || strings.HasSuffix(k, "-") && strings.HasPrefix(name, k) }) {
			return wire.Unknown("s3 %s: header %s: %s", c.Operation, name, c.HTTP.Header.Get(name))
		}
	}
	for name := range c.HTTP.URL.Query() {
		if name != "x-id" && !slices.Contains(op.params, name) {
			return wire.Unknown("s3 %s: parameter %s", c.Operation, name)
		}
	}
	return nil
}
