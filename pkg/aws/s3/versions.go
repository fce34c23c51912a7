package s3

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Version is one version of an object, or the mark that it was deleted.
type Version struct {
	Key     string
	Bytes   int64
	At      time.Time // of its writing, or of its deletion
	Deleted bool      // a delete marker: it hides the versions before it
}

// Versions lists what lies under a prefix, with all that ever lay there and is
// kept. Their order is none. Errors: EvidenceFailed
// and those of any call.
func (b *Bucket) Versions(ctx context.Context, prefix string) ([]Version, error) {
	var list []Version
	in := &s3.ListObjectVersionsInput{Bucket: &b.o.Bucket, Prefix: &prefix}
	for {
		out, err := b.api.ListObjectVersions(ctx, in)
		if err != nil {
			return nil, b.named(err, "list the versions in s3://"+b.o.Bucket+"/"+prefix)
		}
		for _, v := range out.Versions {
			list = append(list, Version{Key: aws.ToString(v.Key), Bytes: aws.ToInt64(v.Size), At: aws.ToTime(v.LastModified).UTC()})
		}
		for _, m := range out.DeleteMarkers {
			list = append(list, Version{Key: aws.ToString(m.Key), Deleted: true, At: aws.ToTime(m.LastModified).UTC()})
		}
		if !aws.ToBool(out.IsTruncated) {
			return list, nil
		}
		in.KeyMarker, in.VersionIdMarker = out.NextKeyMarker, out.NextVersionIdMarker
	}
}
