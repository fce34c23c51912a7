package s3

import (
	"net/http"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Kept is how a bucket keeps what is put into it.
type Kept struct {
	// Suspended: what is overwritten is lost. Else each version stays.
	Suspended bool
	// Mode and Days are the retention of what is put without one of its own:
	// GOVERNANCE or COMPLIANCE; "" none.
	Mode string
	Days int
}

// SetKept says how a bucket keeps objects; of an unknown one nothing. It is what is
// told of the bucket: objects are locked as each put says.
func (s *Service) SetKept(name string, k Kept) {
	if b := s.buckets[name]; b != nil {
		b.kept = k
	}
}

type versioningOut struct{ Status string }

// versioning answers https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html
func (s *Service) versioning(r request) (wire.Reply, error) {
	return document("VersioningConfiguration", versioningOut{map[bool]string{true: "Suspended", false: "Enabled"}[r.bucket.kept.Suspended]})
}

type objectLockOut struct {
	ObjectLockEnabled string
	Rule              *lockRule `xml:",omitempty"`
}

type lockRule struct {
	DefaultRetention struct {
		Mode string
		Days int
	}
}

// objectLock answers https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLockConfiguration.html
func (s *Service) objectLock(r request) (wire.Reply, error) {
	if r.bucket.unlocked {
		return wire.Reply{}, &wire.Error{
			Code: "ObjectLockConfigurationNotFoundError", Message: "Object Lock configuration does not exist for this bucket", Status: http.StatusNotFound,
			Fields: map[string]any{"BucketName": r.bucket.name},
		}
	}
	out := objectLockOut{ObjectLockEnabled: "Enabled"}
	if k := r.bucket.kept; k.Mode != "" {
		out.Rule = &lockRule{}
		out.Rule.DefaultRetention.Mode, out.Rule.DefaultRetention.Days = k.Mode, k.Days
	}
	return document("ObjectLockConfiguration", out)
}
