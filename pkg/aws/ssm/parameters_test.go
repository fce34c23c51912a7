package ssm_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/secretsmanager"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/ssm"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lab"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
)

const account, region = "111122223333", "eu-central-1"

func simulated(faults ...simaws.Fault) (*lab.Cloud, aws.Config) {
	now := clock.NewVirtual(time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC))
	cloud := lab.New(lab.Options{Options: simaws.Options{Clock: now, Pause: now.Advance, Faults: faults}})
	return cloud, awsconfig.New(awsconfig.Options{
		Region: region, HTTPClient: &http.Client{Transport: cloud}, Pause: now.Advance,
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(account, "role"), "secret", ""),
	})
}

type store interface {
	recoverystep.Announcements
	recoverystep.Withdrawals
}

// Both stores keep the same promises.
func TestStoresOfEndpoints(t *testing.T) {
	for name, made := range map[string]func(aws.Config) store{
		"/lifeboat-prod/endpoint/shop/orders": func(cfg aws.Config) store { return ssm.New(cfg) },
		"lifeboat-prod/endpoint/shop/orders":  func(cfg aws.Config) store { return secretsmanager.NewSecrets(cfg) },
	} {
		for reason, faults := range map[string][]simaws.Fault{
			"as it should": nil,
			"no answer to the first write, which took effect": {{On: "ssm:PutParameter", Effective: true}, {On: "secretsmanager:CreateSecret", Effective: true}},
		} {
			cloud, cfg := simulated(faults...)
			s, ctx := made(cfg), context.Background()
			tags := map[string]string{"lifeboat:deployment": "prod", "lifeboat:run": "first"}
			if arn, err := s.There(ctx, name); err != nil || arn != "" {
				t.Errorf("%s, %s: nothing is there: %q, %v", name, reason, arn, err)
			}
			for _, value := range []string{"one", "one", "two"} {
				arn, err := s.Announce(ctx, name, value, tags)
				if read, readErr := s.Announced(ctx, name); err != nil || readErr != nil || read != value || arn == "" {
					t.Errorf("%s, %s: %q, %q, %v, %v", name, reason, arn, read, err, readErr)
				}
			}
			theirs := map[string]string{"lifeboat:deployment": "test"}
			if _, err := s.Announce(ctx, name, "three", theirs); drill.NameOf(err) != drill.EndpointFailed || !strings.Contains(drill.HintOf(err), "Key=lifeboat:deployment,Value=test") {
				t.Errorf("%s, %s: it is somebody else's: %v", name, reason, err)
			}
			if why, err := s.Foreign(ctx, name, theirs); err != nil || why == "" {
				t.Errorf("%s, %s: %q, %v", name, reason, why, err)
			}
			if why, err := s.Foreign(ctx, name, tags); err != nil || why != "" {
				t.Errorf("%s, %s: %q, %v", name, reason, why, err)
			}
			if read, err := s.Announced(ctx, name); err != nil || read != "two" {
				t.Errorf("%s, %s: it was touched: %q, %v", name, reason, read, err)
			}
			if err := s.Withdraw(ctx, name, map[string]string{"lifeboat:run": "second"}); drill.NameOf(err) != drill.CleanupFailed || drill.HintOf(err) == "" {
				t.Errorf("%s, %s: it is another run's: %v", name, reason, err)
			}
			for range 2 {
				if err := s.Withdraw(ctx, name, tags); err != nil {
					t.Errorf("%s, %s: %v", name, reason, err)
				}
			}
			if arn, err := s.There(ctx, name); err != nil || arn != "" {
				t.Errorf("%s, %s: it is gone: %q, %v", name, reason, arn, err)
			}
			if read, err := s.Announced(ctx, name); err != nil || read != "" {
				t.Errorf("%s, %s: %q, %v", name, reason, read, err)
			}
			if unused := cloud.UnusedFaults(); len(unused) > 1 || faults == nil && len(unused) > 0 {
				t.Errorf("%s, %s: faults that never fired: %+v", name, reason, unused)
			}
		}
	}
}

// A secret that was marked for deletion is taken back: its name is not free.
func TestSecretThatIsMarkedForDeletion(t *testing.T) {
	cloud, cfg := simulated()
	s, ctx, name := secretsmanager.NewSecrets(cfg), context.Background(), "lifeboat-prod/endpoint/shop/orders"
	arn, err := s.Announce(ctx, name, "one", nil)
	if err != nil {
		t.Fatal(err)
	}
	cloud.Secrets.MarkForDeletion(arn)
	if why, err := s.Missing(ctx, name); err != nil || why == "" {
		t.Errorf("nobody can read it: %q, %v", why, err)
	}
	if again, err := s.Announce(ctx, name, "two", nil); err != nil || again != arn {
		t.Errorf("%q, %v", again, err)
	}
	if read, err := s.Announced(ctx, name); err != nil || read != "two" {
		t.Errorf("%q, %v", read, err)
	}
}
