package sts_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sts"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	simsts "github.com/lifeboat-dr/lifeboat/pkg/simaws/sts"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const roleARN = "arn:aws:iam::111122223333:role/lifeboat-prod-exercise"

func TestARoleIsAssumedWhenItsTimeIsUp(t *testing.T) {
	now := clock.NewVirtual(time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC))
	trusts := true
	cloud := simaws.New(simaws.Options{Clock: now}, map[string]wire.Handler{
		"sts": simsts.New(simsts.Options{Trusts: func(string, string, string) bool { return trusts }}),
	})
	cfg := awsconfig.New(awsconfig.Options{
		Region: "eu-central-1", HTTPClient: &http.Client{Transport: cloud}, Pause: func(time.Duration) {},
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey("111122223333", "lifeboat-prod-run-step"), "secret", ""),
	})
	role := sts.Assume(cfg, roleARN, "lifeboat-exercise", now)
	if len(cloud.Calls()) > 0 {
		t.Error("nobody needs it yet")
	}
	for _, step := range []struct {
		reason string
		later  time.Duration
		calls  int
	}{
		{"it is needed for the first time", 0, 1},
		{"it is kept", 54 * time.Minute, 1},
		{"it ends within minutes, and a call may take some", 2 * time.Minute, 2},
	} {
		now.Advance(step.later)
		got, err := role.Retrieve(context.Background())
		if err != nil || got.AccessKeyID != simaws.AccessKey("111122223333", "lifeboat-prod-exercise") {
			t.Errorf("%s: %v", step.reason, err)
		}
		if n := len(cloud.Calls()); n != step.calls {
			t.Errorf("%s: %d calls", step.reason, n)
		}
	}
	now.Advance(2 * time.Hour)
	trusts = false
	// Whoever calls with it sees the name and the hint through the SDK's own error.
	acting := cfg
	acting.Credentials = role
	_, err := sts.New(acting).Caller(context.Background())
	if drill.NameOf(err) != drill.Unexpected {
		t.Errorf("a role that trusts somebody else: %v", err)
	}
}
