package backup_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/backup"
)

// says answers each call with the same.
type says string

func (s says) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(string(s))), Request: r}, nil
}

// A nested job or recovery point is part of another one, which says how all of them
// ended: counted for itself it would stand for a whole backup.
func TestNestedAreTheirParents(t *testing.T) {
	adapter := backup.New(awsconfig.New(awsconfig.Options{
		Region: region, HTTPClient: &http.Client{Transport: says(`{
			"BackupJobs": [{"BackupJobId": "whole", "ResourceArn": "a", "State": "PARTIAL"}, {"BackupJobId": "part", "ParentJobId": "whole", "ResourceArn": "a", "State": "COMPLETED"}],
			"CopyJobs": [{"CopyJobId": "whole", "ResourceArn": "a", "State": "PARTIAL"}, {"CopyJobId": "part", "ParentJobId": "whole", "ResourceArn": "a", "State": "COMPLETED"}],
			"RecoveryPoints": [{"RecoveryPointArn": "whole", "ResourceArn": "a", "Status": "PARTIAL"}, {"RecoveryPointArn": "part", "ParentRecoveryPointArn": "whole", "ResourceArn": "a", "Status": "COMPLETED"}]
		}`)}, Pause: func(time.Duration) {}, Credentials: credentials.NewStaticCredentialsProvider("a", "secret", ""),
	}))
	jobs, err := adapter.Jobs(t.Context(), noon)
	if err != nil || len(jobs["a"]) != 1 || jobs["a"][0].ID != "whole" {
		t.Errorf("%+v, %v", jobs, err)
	}
	copies, err := adapter.CopyJobs(t.Context(), noon)
	if err != nil || len(copies["a"]) != 1 || copies["a"][0].ID != "whole" {
		t.Errorf("%+v, %v", copies, err)
	}
	points, err := adapter.Points(t.Context(), "vault", noon)
	if err != nil || len(points["a"]) != 1 || points["a"][0].ARN != "whole" {
		t.Errorf("%+v, %v", points, err)
	}
}
