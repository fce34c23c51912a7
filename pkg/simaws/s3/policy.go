package s3

import (
	"encoding/json"
	"net/http"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// policy answers https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html:
// the document itself is the body.
func (s *Service) policy(r request) (wire.Reply, error) {
	var text json.RawMessage
	if s.o.Policy != nil {
		text = s.o.Policy(r.bucket.arn(""))
	}
	if text == nil {
		return wire.Reply{}, &wire.Error{
			Code: "NoSuchBucketPolicy", Message: "The bucket policy does not exist", Status: http.StatusNotFound, Fields: map[string]any{"BucketName": r.bucket.name},
		}
	}
	return wire.Reply{Header: http.Header{"Content-Type": {"application/json"}, "X-Amz-Request-Id": {requestID}}, Body: text}, nil
}
