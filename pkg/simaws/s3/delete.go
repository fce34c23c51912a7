package s3

import (
	"net/http"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// remove answers https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
// Without a version it puts a delete marker on top, which a lock does not
// prevent; with one it deletes that for good, unless its retention runs. What
// is not there is deleted with success.
func (s *Service) remove(r request) (wire.Reply, error) {
	header := http.Header{"X-Amz-Request-Id": {requestID}}
	id := r.query.Get("versionId")
	if id == "" {
		id = s.nextVersion(r)
		r.bucket.add(&Object{Key: r.key, VersionID: id, Modified: r.Now, Deleted: true})
		header.Set(deleteMarkerHeader, "true")
	} else if v := r.bucket.version(r.key, id); v != nil {
		bypass := v.Mode == "GOVERNANCE" && r.header("X-Amz-Bypass-Governance-Retention") == "true"
		if v.RetainUntil.After(r.Now) && !bypass {
			return wire.Reply{}, denied("Access Denied because object protected by object lock.")
		}
		if v.Deleted {
			header.Set(deleteMarkerHeader, "true")
		}
		r.bucket.versions = slices.DeleteFunc(r.bucket.versions, func(other *Object) bool { return other == v })
	}
	header.Set(versionHeader, id)
	return wire.Reply{Status: http.StatusNoContent, Header: header}, nil
}
