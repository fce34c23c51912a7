package s3_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/s3"
)

// TestVersionsAreListed in pages of any size: by key, the newest first.
func TestVersionsAreListed(t *testing.T) {
	l := newLab(s3.Options{})
	for _, key := range []string{"runs/2", "runs/1", "runs/1", "other/1", "runs/1"} {
		l.put(t, input(key))
	}
	if _, err := l.client.DeleteObject(ctx, &sdk.DeleteObjectInput{Bucket: bucketName, Key: aws.String("runs/2")}); err != nil {
		t.Fatal(err)
	}
	for size := range 7 {
		var got []string
		in := &sdk.ListObjectVersionsInput{Bucket: bucketName, Prefix: aws.String("runs/"), MaxKeys: aws.Int32(int32(size + 1))}
		for {
			out, err := l.client.ListObjectVersions(ctx, in)
			if err != nil {
				t.Fatal(err)
			}
			// The two kinds come in lists of their own.
			for _, m := range out.DeleteMarkers {
				got = append(got, fmt.Sprintf("%s marker latest %v", *m.Key, *m.IsLatest))
			}
			for _, v := range out.Versions {
				if *v.Size != int64(len(text)) || *v.VersionId == "" {
					t.Errorf("%+v", v)
				}
				got = append(got, fmt.Sprintf("%s latest %v", *v.Key, *v.IsLatest))
			}
			if !*out.IsTruncated {
				break
			}
			in.KeyMarker, in.VersionIdMarker = out.NextKeyMarker, out.NextVersionIdMarker
		}
		want := []string{"runs/1 latest true", "runs/1 latest false", "runs/1 latest false", "runs/2 marker latest true", "runs/2 latest false"}
		if size > 0 { // where a page has both, the test reads markers first
			slices.Sort(got)
			slices.Sort(want)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pages of %d (-want +got):\n%s", size+1, diff)
		}
	}
	if _, err := l.client.ListObjectVersions(ctx, &sdk.ListObjectVersionsInput{Bucket: bucketName, VersionIdMarker: aws.String("x")}); code(err) != "InvalidArgument" {
		t.Errorf("a marker of no key: %v", err)
	}
}
