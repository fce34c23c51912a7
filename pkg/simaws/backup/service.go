// Package backup is the simulated AWS Backup, as far as it is read: vaults with
// recovery points, restore jobs, and what a region is opted in to. What is in
// them, Go calls put there.
//
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_Operations.html
package backup

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Service implements wire.Handler. Calls must come one at a time, as
// simaws.Cloud sends them.
type Service struct {
	regions map[place]*region
}

type place struct{ account, region string }

// region is what an account has in a region, in the order in which it came.
type region struct {
	vaults []string
	points []*Point
	jobs   []*RestoreJob
	optIn  map[string]bool
}

// Status of a recovery point. Only what is COMPLETED can be trusted.
type Status string

const (
	Creating  Status = "CREATING"
	Completed Status = "COMPLETED"
	Partial   Status = "PARTIAL"
	Deleting  Status = "DELETING"
	Expired   Status = "EXPIRED"
	Available Status = "AVAILABLE" // of a continuous backup
	Stopped   Status = "STOPPED"   // the same, when it no longer goes on
)

// Point is one recovery point.
type Point struct {
	ARN           string // for RDS the snapshot's
	Resource      string // ARN of what was backed up
	ResourceType  string // default RDS
	ResourceName  string
	Status        Status // default COMPLETED
	StatusMessage string
	Created       time.Time // when the backup began
	Completed     time.Time // zero: it has not; a point counts from here only
	Bytes         int64
	KMSKey        string // ARN; empty: not encrypted
	Role          string // ARN
	SourceVault   string // ARN of the vault that it was copied from
	Delete        time.Time

	vault, vaultARN string
}

// RestoreJob is one restore by AWS Backup.
type RestoreJob struct {
	ID                   string
	RecoveryPoint        string // ARN
	RecoveryPointCreated time.Time
	Source               string // ARN of what had been backed up
	ResourceType         string // default RDS
	Vault                string // ARN
	Status               string // PENDING, RUNNING, COMPLETED, ABORTED, FAILED
	StatusMessage        string
	PercentDone          string // "0.00%"; not to be trusted
	Created              time.Time
	Completed            time.Time // zero: it has not
	Bytes                int64
	Role                 string // ARN
	CreatedResource      string // ARN

	account string
}

// New makes the service, without any vault.
func New() *Service { return &Service{regions: map[place]*region{}} }

func (s *Service) at(account, name string) *region {
	key := place{account, name}
	r := s.regions[key]
	if r == nil {
		r = &region{optIn: maps.Clone(defaultOptIn)}
		s.regions[key] = r
	}
	return r
}

// defaultOptIn is what a region begins with, of the services that matter here:
// Aurora has to be switched on.
var defaultOptIn = map[string]bool{"Aurora": false, "DynamoDB": true, "EBS": true, "EC2": true, "EFS": true, "RDS": true}

// AddVault makes a vault and returns its ARN.
func (s *Service) AddVault(account, region, name string) string {
	r := s.at(account, region)
	r.vaults = append(r.vaults, name)
	return vaultARN(account, region, name)
}

func vaultARN(account, region, name string) string {
	return wire.ARN("backup", region, account, "backup-vault:"+name)
}

// AddPoint puts a recovery point into a vault.
func (s *Service) AddPoint(account, region, vault string, p Point) {
	if p.Status == "" {
		p.Status = Completed
	}
	if p.ResourceType == "" {
		p.ResourceType = "RDS"
	}
	p.vault, p.vaultARN = vault, vaultARN(account, region, vault)
	r := s.at(account, region)
	r.points = append(r.points, &p)
}

// SetStatus changes a recovery point, in whichever vault it lies; completed is
// when it completed, zero leaves that.
func (s *Service) SetStatus(pointARN string, status Status, completed time.Time) {
	for _, r := range s.regions {
		for _, p := range r.points {
			if p.ARN != pointARN {
				continue
			}
			p.Status = status
			if !completed.IsZero() {
				p.Completed = completed
			}
		}
	}
}

// AddRestoreJob notes a restore job.
func (s *Service) AddRestoreJob(account, region string, j RestoreJob) {
	if j.ResourceType == "" {
		j.ResourceType = "RDS"
	}
	j.account = account
	r := s.at(account, region)
	r.jobs = append(r.jobs, &j)
}

// OptIn switches the backup of a resource type on or off in a region.
func (s *Service) OptIn(account, region, resourceType string, on bool) {
	s.at(account, region).optIn[resourceType] = on
}

// Resolve implements wire.Handler.
func (s *Service) Resolve(c *wire.Call) string {
	path := wire.Segments(c.HTTP)
	if c.HTTP.Method == http.MethodGet {
		switch {
		case len(path) == 3 && path[0] == "resources" && path[2] == "recovery-points":
			return "ListRecoveryPointsByResource"
		case len(path) == 3 && path[0] == "backup-vaults" && path[2] == "recovery-points":
			return "ListRecoveryPointsByBackupVault"
		case len(path) == 4 && path[0] == "backup-vaults" && path[2] == "recovery-points":
			return "DescribeRecoveryPoint"
		case slices.Equal(path, []string{"account-settings"}):
			return "DescribeRegionSettings"
		case slices.Equal(path, []string{"restore-jobs"}):
			return "ListRestoreJobs"
		}
	}
	return c.HTTP.Method + " " + c.HTTP.URL.Path
}

// Serve implements wire.Handler.
func (s *Service) Serve(c *wire.Call) (wire.Reply, error) {
	operations := map[string]func(*wire.Call, []string) (any, error){
		"ListRecoveryPointsByResource":    s.byResource,
		"ListRecoveryPointsByBackupVault": s.byVault,
		"DescribeRecoveryPoint":           s.describe,
		"DescribeRegionSettings":          s.settings,
		"ListRestoreJobs":                 s.restoreJobs,
	}
	operation, ok := operations[c.Operation]
	if !ok {
		return wire.Reply{}, wire.Unknown("%s has no operation %q", c.Service, c.Operation)
	}
	result, err := operation(c, wire.Segments(c.HTTP))
	if err != nil {
		return wire.Reply{}, err
	}
	return wire.RESTReply(result)
}

// Fail implements wire.Handler.
func (s *Service) Fail(_ *wire.Call, e *wire.Error) wire.Reply { return wire.RESTFail(e, "Message") }
