package s3

import (
	"slices"
	"strconv"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

type versionListing struct {
	Name                string
	Prefix              string
	KeyMarker           string
	VersionIDMarker     string `xml:"VersionIdMarker"`
	NextKeyMarker       string `xml:",omitempty"`
	NextVersionIDMarker string `xml:"NextVersionIdMarker,omitempty"`
	MaxKeys             int
	IsTruncated         bool
	Version             []versionEntry
	DeleteMarker        []markerEntry
}

type versionEntry struct {
	markerEntry
	ETag         string
	Size         int
	StorageClass string
}

type markerEntry struct {
	Key          string
	VersionID    string `xml:"VersionId"`
	IsLatest     bool
	LastModified string
}

// listVersions answers https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
// Keys come in their order, the versions of each newest first. A marker without
// a version is after all of its key.
func (s *Service) listVersions(r request) (wire.Reply, error) {
	out := versionListing{
		Name: r.bucket.name, Prefix: r.query.Get("prefix"), KeyMarker: r.query.Get("key-marker"),
		VersionIDMarker: r.query.Get("version-id-marker"), MaxKeys: maxKeys,
	}
	if text := r.query.Get("max-keys"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return wire.Reply{}, invalid("Provided max-keys not an integer or within integer range")
		}
		out.MaxKeys = min(n, maxKeys)
	}
	if out.VersionIDMarker != "" && out.KeyMarker == "" {
		return wire.Reply{}, invalid("A version-id marker cannot be specified without a key marker.")
	}
	beyond := out.VersionIDMarker == "" // the marker, among the versions of its key
	count := 0
	all := r.bucket.newestFirst()
	for i, v := range all {
		latest := i == 0 || all[i-1].Key != v.Key
		if v.Key == out.KeyMarker && !beyond {
			beyond = v.VersionID == out.VersionIDMarker
			continue
		}
		after := v.Key > out.KeyMarker || v.Key == out.KeyMarker && out.VersionIDMarker != ""
		if !after || !strings.HasPrefix(v.Key, out.Prefix) {
			continue
		}
		if count == out.MaxKeys {
			out.IsTruncated = out.MaxKeys > 0
			break
		}
		count++
		out.NextKeyMarker, out.NextVersionIDMarker = v.Key, v.VersionID
		marker := markerEntry{Key: v.Key, VersionID: v.VersionID, IsLatest: latest, LastModified: timestamp(v.Modified)}
		if v.Deleted {
			out.DeleteMarker = append(out.DeleteMarker, marker)
			continue
		}
		out.Version = append(out.Version, versionEntry{marker, v.Header.Get("Etag"), len(v.Body), "STANDARD"})
	}
	if !out.IsTruncated {
		out.NextKeyMarker, out.NextVersionIDMarker = "", ""
	}
	return document("ListVersionsResult", out)
}

// newestFirst are the versions by key, those of each the newest first.
func (b *bucket) newestFirst() []*Object {
	list := slices.Clone(b.versions)
	slices.Reverse(list)
	slices.SortStableFunc(list, func(a, b *Object) int { return strings.Compare(a.Key, b.Key) })
	return list
}
