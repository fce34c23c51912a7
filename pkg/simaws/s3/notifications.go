package s3

import (
	"net/http"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// SendEvents says whether a bucket sends its events to EventBridge; one that is new
// does not. Of an unknown bucket nothing.
func (s *Service) SendEvents(name string, on bool) {
	if b := s.buckets[name]; b != nil {
		b.events = on
	}
}

// notifications answers
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html:
// of EventBridge there is an empty element, or none.
func (s *Service) notifications(r request) (wire.Reply, error) {
	body := `<NotificationConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></NotificationConfiguration>`
	if r.bucket.events {
		body = `<NotificationConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><EventBridgeConfiguration></EventBridgeConfiguration></NotificationConfiguration>`
	}
	return wire.Reply{Header: http.Header{"Content-Type": {"application/xml"}, "X-Amz-Request-Id": {requestID}}, Body: []byte(body)}, nil
}
