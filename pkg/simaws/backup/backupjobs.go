package backup

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// State of a backup job or a copy job.
type State string

// States. A job that is COMPLETED and has a message is one that the console calls
// completed with issues.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html
const (
	StateCreated   State = "CREATED"
	StatePending   State = "PENDING"
	StateRunning   State = "RUNNING"
	StateAborted   State = "ABORTED"
	StateCompleted State = "COMPLETED"
	StateFailed    State = "FAILED"
	StateExpired   State = "EXPIRED"
	StatePartial   State = "PARTIAL"
)

// Job is one backup of one resource.
type Job struct {
	ID            string // default: made up
	Resource      string // ARN of what is backed up
	ResourceType  string // default RDS
	ResourceName  string
	Vault         string // by name
	State         State  // default COMPLETED
	Message       string // StatusMessage
	Category      string // MessageCategory; default SUCCESS of what is COMPLETED
	RecoveryPoint string // ARN; "": there is none yet
	By            By
	Created       time.Time // when it was scheduled
	Started       time.Time // zero: not yet
	StartBy       time.Time // the end of the start window
	Completed     time.Time // zero: not yet
	Bytes         int
	Key, Role     string // ARNs
	Lifecycle     Lifecycle
	Continuous    bool

	place
	token string // of who started it by hand
}

// By is the rule that made a job or a point; zero: somebody did, on demand.
type By struct{ PlanID, PlanARN, PlanName, PlanVersion, RuleID, RuleName, Cron, Timezone string }

type shownBy struct {
	BackupPlanID       string `json:"BackupPlanId"`
	BackupPlanArn      string
	BackupPlanName     string
	BackupPlanVersion  string
	BackupRuleID       string `json:"BackupRuleId"`
	BackupRuleName     string
	BackupRuleCron     string
	BackupRuleTimezone string
}

func (b By) shown() *shownBy {
	if b == (By{}) {
		return nil
	}
	return &shownBy{b.PlanID, b.PlanARN, b.PlanName, b.PlanVersion, b.RuleID, b.RuleName, b.Cron, b.Timezone}
}

// over fills in what a job that is noted does not say: it went well, of a database.
func over(resourceType *string, state *State, category *string) {
	*resourceType, *state = cmp.Or(*resourceType, "RDS"), cmp.Or(*state, StateCompleted)
	if *state == StateCompleted {
		*category = cmp.Or(*category, "SUCCESS")
	}
}

// AddJob notes a backup job that is over, or that nobody carries on.
func (s *Service) AddJob(account, region string, j Job) *Job {
	if j.ID == "" {
		j.ID = s.newID()
	}
	over(&j.ResourceType, &j.State, &j.Category)
	j.place = place{account, region}
	r := s.at(account, region)
	r.backups = append(r.backups, &j)
	return &j
}

// Jobs are the backup jobs of an account in a region, in the order in which they
// came, also those that AWS lists no longer.
func (s *Service) Jobs(account, region string) []*Job { return s.at(account, region).backups }

type shownJob struct {
	AccountID              string `json:"AccountId"`
	BackupJobID            string `json:"BackupJobId"`
	BackupVaultName        string
	BackupVaultArn         string
	RecoveryPointArn       string `json:",omitempty"`
	ResourceArn            string
	ResourceType           string
	ResourceName           string `json:",omitempty"`
	BackupType             string `json:",omitempty"`
	State                  State
	StatusMessage          string `json:",omitempty"`
	MessageCategory        string `json:",omitempty"`
	CreationDate           wire.Epoch
	StartBy                *wire.Epoch `json:",omitempty"`
	InitiationDate         *wire.Epoch `json:",omitempty"`
	CompletionDate         *wire.Epoch `json:",omitempty"`
	PercentDone            string
	BackupSizeInBytes      int
	EncryptionKeyArn       string `json:",omitempty"`
	IsEncrypted            bool
	IamRoleArn             string `json:",omitempty"`
	IsParent               bool
	CreatedBy              *shownBy      `json:",omitempty"`
	RecoveryPointLifecycle *lifecycleOut `json:",omitempty"`
	VaultType              string        `json:",omitempty"`
	VaultLockState         string        `json:",omitempty"`
}

func (s *Service) shownJob(j *Job) shownJob {
	shown := shownJob{
		AccountID: j.account, BackupJobID: j.ID, BackupVaultName: j.Vault, BackupVaultArn: vaultARN(j.account, j.region, j.Vault), RecoveryPointArn: j.RecoveryPoint,
		ResourceArn: j.Resource, ResourceType: j.ResourceType, ResourceName: j.ResourceName, State: j.State, StatusMessage: j.Message, MessageCategory: j.Category,
		CreationDate: wire.Epoch(j.Created), StartBy: epoch(j.StartBy), InitiationDate: epoch(j.Started), CompletionDate: epoch(j.Completed), PercentDone: "0.0",
		BackupSizeInBytes: j.Bytes, EncryptionKeyArn: j.Key, IsEncrypted: j.Key != "", IamRoleArn: j.Role, CreatedBy: j.By.shown(), RecoveryPointLifecycle: j.Lifecycle.shown(),
	}
	if j.State == StateCompleted {
		shown.PercentDone = "100.0"
	}
	if j.Continuous {
		shown.BackupType = "CONTINUOUS"
	}
	if v := s.at(j.account, j.region).vault(j.Vault); v != nil {
		shown.VaultType, shown.VaultLockState = v.typ(), s.lockState(v)
	}
	return shown
}

// lockState of a vault: the words are those of the API's field, of whose values
// the reference gives none (unproven).
func (s *Service) lockState(v *Vault) string {
	switch {
	case !v.locked():
		return "UNLOCKED"
	case v.AirGapped || !v.Lock.Date.IsZero() && !s.now().Before(v.Lock.Date):
		return "IMMUTABLE"
	}
	return "LOCKED"
}

// listedFor is how long jobs are listed.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListBackupJobs.html
const listedFor = 30 * 24 * time.Hour

var backupStates = []string{"CREATED", "PENDING", "RUNNING", "ABORTING", "ABORTED", "COMPLETED", "FAILED", "EXPIRED", "PARTIAL"}

type backupJobsOut struct {
	BackupJobs []shownJob
	NextToken  *string `json:",omitempty"`
}

func (s *Service) backupJobs(c *wire.Call, _ []string) (any, error) {
	c.Touch("*")
	q := read(c, "nextToken", "maxResults", "accountId", "resourceArn", "resourceType", "state", "backupVaultName",
		"createdBefore", "createdAfter", "completeBefore", "completeAfter", "messageCategory")
	if state := q.values.Get("state"); q.has("state") && !slices.Contains(backupStates, state) {
		return nil, invalid("state=%s is not one of %v", state, backupStates)
	}
	list := []shownJob{}
	for _, j := range s.at(c.Account, c.Region).backups {
		if c.Now.Sub(j.Created) > listedFor || !q.allows("accountId", j.account) || !q.allows("resourceArn", j.Resource) || !q.allows("resourceType", j.ResourceType) ||
			!q.allows("state", string(j.State)) || !q.allows("backupVaultName", j.Vault) || !q.allows("messageCategory", j.Category) ||
			!q.between(j.Created, "createdAfter", "createdBefore") || !q.between(j.Completed, "completeAfter", "completeBefore") {
			continue
		}
		list = append(list, s.shownJob(j))
	}
	part, next, err := page(q, list, func(j shownJob) string { return j.BackupJobID })
	return backupJobsOut{part, next}, err
}

func (s *Service) describeJob(c *wire.Call, path []string) (any, error) {
	c.Touch("*")
	if q := read(c); q.err != nil {
		return nil, q.err
	}
	for _, j := range s.at(c.Account, c.Region).backups {
		if j.ID == path[1] {
			return s.shownJob(j), nil
		}
	}
	return nil, wire.Errorf("ResourceNotFoundException", "Backup job %s does not exist", path[1])
}

// newID is one that is made up, the same in every run.
func (s *Service) newID() string {
	s.made++
	digits := strconv.Itoa(s.made)
	return "00000000-0000-4000-8000-" + "000000000000"[:12-len(digits)] + digits
}
