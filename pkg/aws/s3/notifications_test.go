package s3_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/s3"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	sims3 "github.com/lifeboat-dr/lifeboat/pkg/simaws/s3"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// An element that is there and empty is not one that is missing; what is denied is
// neither.
func TestSendsEvents(t *testing.T) {
	service := sims3.New(sims3.Options{})
	service.CreateBucket("111122223333", "eu-west-1", "dumps")
	cloud := simaws.New(simaws.Options{
		Clock: clock.NewVirtual(time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)), Faults: []simaws.Fault{{On: "s3:GetBucketNotificationConfiguration", Error: "AccessDenied", Status: http.StatusForbidden, Skip: 2}},
	}, map[string]wire.Handler{"s3": service})
	notifications := s3.NewNotifications(awsconfig.New(awsconfig.Options{
		Region: "eu-west-1", HTTPClient: &http.Client{Transport: cloud}, Pause: func(time.Duration) {},
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey("111122223333", "tester"), "secret", ""),
	}))
	for _, want := range []bool{false, true} {
		service.SendEvents("dumps", want)
		if on, err := notifications.SendsEvents(t.Context(), "arn:aws:s3:::dumps"); on != want || err != nil {
			t.Errorf("%t, not %t; %v", on, want, err)
		}
	}
	if on, err := notifications.SendsEvents(t.Context(), "arn:aws:s3:::dumps"); on || drill.HintOf(err) == "" {
		t.Errorf("denied: %t, %v", on, err)
	}
}
