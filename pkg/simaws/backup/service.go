// Package backup is the simulated AWS Backup: vaults with their locks, policies
// and notifications, plans with their selections, jobs that run on schedule in the
// clock's time and make recovery points, copies into other regions and accounts,
// and what regions and the organisation are opted in to. Restore jobs Go calls put
// there. Vaults, plans and selections are made by Go calls as well, as a
// deployment does; over the wire they are read.
//
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_Operations.html
package backup

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/events"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Service implements wire.Handler. Calls must come one at a time, as
// simaws.Cloud sends them.
type Service struct {
	o        Options
	regions  map[place]*region
	made     int                      // of the ids that were made up
	crossing bool                     // into other accounts, for the whole organisation
	busy     map[string]int           // running backups and copies, by the resource's ARN
	owners   map[string]place         // of resources whose ARN does not say it
	upsets   map[Code]map[string]bool // by the resource's ARN
}

// Options of the service.
type Options struct {
	// Clock gives the time; nil: nothing happens by itself, no job runs and nothing
	// expires.
	Clock clock.Clock
	Bus   *events.Bus // nil: nobody is told of jobs
	// Databases are those of RDS, which makes their snapshots; nil: there are none.
	Databases Databases
	// Managed tells whether a key is one of AWS's own; nil: none is.
	Managed func(keyARN string) bool
	// Notify delivers what vaults tell their topics; nil: nothing is.
	Notify func(Notification)
	// Count adds one to a metric of AWS/Backup, of a vault; nil: nobody counts.
	// https://docs.aws.amazon.com/aws-backup/latest/devguide/cloudwatch.html
	Count func(account, region, metric, vault string)
	// May asks what the role of a selection may for a job: what is Backup, Copy or
	// Expire, and values are what it is about, as pkg/simaws/onbehalf has them. Nil:
	// everything.
	May func(what, role string, values map[string]string) error
	// Random gives numbers in [0,1): where within its start window a job starts, and
	// how durations spread; nil: it starts at once, and they do not.
	Random    func() float64
	Behaviour Behaviour
}

// Behaviour of jobs. Zero values take those of Default.
type Behaviour struct {
	Backup time.Duration // how long a backup lasts
	Copy   time.Duration // how long a copy lasts
	Spread float64       // each is drawn within plus or minus this fraction
}

// Default durations are estimates, for a database of some 100 GiB whose snapshots
// are incremental.
var Default = Behaviour{Backup: 12 * time.Minute, Copy: 25 * time.Minute}

// Databases are those of RDS.
type Databases interface {
	// Resources are the DB instances that are there.
	Resources(account, region string) []Resource
	// Take begins a snapshot of an instance, Copy a copy of one; either is finished
	// later.
	Take(instanceARN, identifier string) (snapshotARN string, err error)
	Copy(snapshotARN, account, region, identifier, key string) (copyARN string, err error)
	Finish(snapshotARN string)
	Remove(snapshotARN string)
	// Retain sets for how many days an instance keeps its automated backups.
	Retain(instanceARN string, days int)
}

type place struct{ account, region string }

// region is what an account has in a region, in the order in which it came.
type region struct {
	vaults    []*Vault
	points    []*Point
	plans     []*Plan
	backups   []*Job
	copies    []*CopyJob
	restores  []*RestoreJob
	resources []*Resource
	optIn     map[string]bool
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
	KMSKey        string    // ARN; empty: not encrypted
	Role          string    // ARN
	SourceVault   string    // ARN of the vault that it was copied from
	Delete        time.Time // zero: never
	Lifecycle     Lifecycle // as it was asked for
	By            By

	vault, vaultARN string
	continuous      bool
}

// Vault is the name of the one in which a point lies.
func (p *Point) Vault() string { return p.vault }

// Continuous tells whether it is a continuous recovery point.
func (p *Point) Continuous() bool { return p.continuous }

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

// New makes the service, without any vault and without a clock.
func New() *Service { return NewWith(Options{}) }

// NewWith makes the service, without any vault.
func NewWith(o Options) *Service {
	o.Behaviour.Backup, o.Behaviour.Copy = cmp.Or(o.Behaviour.Backup, Default.Backup), cmp.Or(o.Behaviour.Copy, Default.Copy)
	return &Service{o: o, regions: map[place]*region{}, busy: map[string]int{}, owners: map[string]place{}, upsets: map[Code]map[string]bool{}}
}

func (s *Service) now() time.Time {
	if s.o.Clock == nil {
		return time.Time{}
	}
	return s.o.Clock.Now()
}

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
	return s.SetVault(account, region, Vault{Name: name})
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
	if days := p.Lifecycle.DeleteAfterDays; days > 0 && p.Delete.IsZero() {
		p.Delete = p.Created.AddDate(0, 0, days)
	}
	p.vault, p.vaultARN = vault, vaultARN(account, region, vault)
	r := s.at(account, region)
	r.points = append(r.points, &p)
}

// Points are the recovery points of an account in a region, in the order in which
// they came.
func (s *Service) Points(account, region string) []*Point { return s.at(account, region).points }

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
	r.restores = append(r.restores, &j)
}

// OptIn switches the backup of a resource type on or off in a region.
func (s *Service) OptIn(account, region, resourceType string, on bool) {
	s.at(account, region).optIn[resourceType] = on
}

// routes are the operations by method and path; {} is one part of it.
var routes = []struct{ method, path, operation string }{
	{http.MethodGet, "resources/{}/recovery-points", "ListRecoveryPointsByResource"},
	{http.MethodGet, "backup-vaults", "ListBackupVaults"},
	{http.MethodGet, "backup-vaults/{}", "DescribeBackupVault"},
	{http.MethodGet, "backup-vaults/{}/access-policy", "GetBackupVaultAccessPolicy"},
	{http.MethodGet, "backup-vaults/{}/notification-configuration", "GetBackupVaultNotifications"},
	{http.MethodGet, "backup-vaults/{}/recovery-points", "ListRecoveryPointsByBackupVault"},
	{http.MethodGet, "backup-vaults/{}/recovery-points/{}", "DescribeRecoveryPoint"},
	{http.MethodDelete, "backup-vaults/{}/recovery-points/{}", "DeleteRecoveryPoint"},
	{http.MethodDelete, "backup-vaults/{}/vault-lock", "DeleteBackupVaultLockConfiguration"},
	{http.MethodGet, "account-settings", "DescribeRegionSettings"},
	{http.MethodGet, "global-settings", "DescribeGlobalSettings"},
	{http.MethodGet, "restore-jobs", "ListRestoreJobs"},
	{http.MethodGet, "backup-jobs", "ListBackupJobs"},
	{http.MethodGet, "backup-jobs/{}", "DescribeBackupJob"},
	{http.MethodPut, "backup-jobs", "StartBackupJob"},
	{http.MethodGet, "copy-jobs", "ListCopyJobs"},
	{http.MethodGet, "copy-jobs/{}", "DescribeCopyJob"},
	{http.MethodGet, "backup/plans", "ListBackupPlans"},
	{http.MethodGet, "backup/plans/{}", "GetBackupPlan"},
	{http.MethodGet, "backup/plans/{}/selections", "ListBackupSelections"},
	{http.MethodGet, "backup/plans/{}/selections/{}", "GetBackupSelection"},
}

// Resolve implements wire.Handler.
func (s *Service) Resolve(c *wire.Call) string {
	path := wire.Segments(c.HTTP)
	for _, r := range routes {
		if r.method == c.HTTP.Method && fits(strings.Split(r.path, "/"), path) {
			return r.operation
		}
	}
	return c.HTTP.Method + " " + c.HTTP.URL.Path
}

func fits(route, path []string) bool {
	return slices.EqualFunc(route, path, func(want, got string) bool { return want == "{}" || want == got })
}

// Serve implements wire.Handler.
func (s *Service) Serve(c *wire.Call) (wire.Reply, error) {
	operations := map[string]func(*wire.Call, []string) (any, error){
		"ListRecoveryPointsByResource":       s.byResource,
		"ListRecoveryPointsByBackupVault":    s.byVault,
		"DescribeRecoveryPoint":              s.describe,
		"DescribeRegionSettings":             s.settings,
		"DescribeGlobalSettings":             s.globals,
		"ListRestoreJobs":                    s.restoreJobs,
		"ListBackupVaults":                   s.listVaults,
		"DescribeBackupVault":                s.describeVault,
		"GetBackupVaultAccessPolicy":         s.accessPolicy,
		"GetBackupVaultNotifications":        s.notifications,
		"ListBackupJobs":                     s.backupJobs,
		"DescribeBackupJob":                  s.describeJob,
		"StartBackupJob":                     s.startJob,
		"ListCopyJobs":                       s.copyJobs,
		"DescribeCopyJob":                    s.describeCopy,
		"ListBackupPlans":                    s.listPlans,
		"GetBackupPlan":                      s.getPlan,
		"ListBackupSelections":               s.listSelections,
		"GetBackupSelection":                 s.getSelection,
		"DeleteRecoveryPoint":                s.deletePoint,
		"DeleteBackupVaultLockConfiguration": s.unlock,
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
