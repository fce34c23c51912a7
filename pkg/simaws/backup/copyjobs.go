package backup

import (
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// CopyJob is one copy of one recovery point. Its states are CREATED, RUNNING,
// COMPLETED, FAILED and PARTIAL.
type CopyJob struct {
	ID                     string // default: made up
	Resource               string // ARN of what was backed up
	ResourceType           string // default RDS
	ResourceName           string
	SourceVault            string // ARN
	SourcePoint            string // ARN
	DestinationVault       string // ARN
	DestinationPoint       string // ARN; "": there is none yet
	State                  State  // default COMPLETED
	Message                string // StatusMessage
	Category               string // MessageCategory; default SUCCESS of what is COMPLETED
	By                     By
	BackupJob              string // id of the job that made the point
	Created                time.Time
	Completed              time.Time // zero: not yet
	Bytes                  int
	DestinationKey, Role   string // ARNs
	DestinationLifecycle   Lifecycle
	DestinationVaultIsLAGV bool // a logically air-gapped one

	place // of the source
}

// AddCopy notes a copy job that is over, or that nobody carries on.
func (s *Service) AddCopy(account, region string, j CopyJob) *CopyJob {
	if j.ID == "" {
		j.ID = s.newID()
	}
	over(&j.ResourceType, &j.State, &j.Category)
	j.place = place{account, region}
	r := s.at(account, region)
	r.copies = append(r.copies, &j)
	return &j
}

// Copies are the copy jobs of an account out of a region, in the order in which
// they came, also those that AWS lists no longer.
func (s *Service) Copies(account, region string) []*CopyJob { return s.at(account, region).copies }

type shownCopy struct {
	AccountID                         string `json:"AccountId"`
	CopyJobID                         string `json:"CopyJobId"`
	SourceBackupVaultArn              string
	SourceRecoveryPointArn            string
	DestinationBackupVaultArn         string
	DestinationRecoveryPointArn       string `json:",omitempty"`
	ResourceArn                       string
	ResourceType                      string
	ResourceName                      string `json:",omitempty"`
	State                             State
	StatusMessage                     string `json:",omitempty"`
	MessageCategory                   string `json:",omitempty"`
	CreationDate                      wire.Epoch
	CompletionDate                    *wire.Epoch `json:",omitempty"`
	BackupSizeInBytes                 int
	IamRoleArn                        string `json:",omitempty"`
	IsParent                          bool
	CreatedBy                         *shownBy      `json:",omitempty"`
	CreatedByBackupJobID              string        `json:"CreatedByBackupJobId,omitempty"`
	DestinationEncryptionKeyArn       string        `json:",omitempty"`
	DestinationRecoveryPointLifecycle *lifecycleOut `json:",omitempty"`
	DestinationVaultType              string        `json:",omitempty"`
}

func (j *CopyJob) shown() shownCopy {
	shown := shownCopy{
		AccountID: j.account, CopyJobID: j.ID, SourceBackupVaultArn: j.SourceVault, SourceRecoveryPointArn: j.SourcePoint, DestinationBackupVaultArn: j.DestinationVault,
		DestinationRecoveryPointArn: j.DestinationPoint, ResourceArn: j.Resource, ResourceType: j.ResourceType, ResourceName: j.ResourceName, State: j.State,
		StatusMessage: j.Message, MessageCategory: j.Category, CreationDate: wire.Epoch(j.Created), CompletionDate: epoch(j.Completed), BackupSizeInBytes: j.Bytes,
		IamRoleArn: j.Role, CreatedBy: j.By.shown(), CreatedByBackupJobID: j.BackupJob, DestinationEncryptionKeyArn: j.DestinationKey,
		DestinationRecoveryPointLifecycle: j.DestinationLifecycle.shown(), DestinationVaultType: "BACKUP_VAULT",
	}
	if j.DestinationVaultIsLAGV {
		shown.DestinationVaultType = "LOGICALLY_AIR_GAPPED_BACKUP_VAULT"
	}
	return shown
}

var copyStates = []string{"CREATED", "RUNNING", "COMPLETED", "FAILED", "PARTIAL"}

type copyJobsOut struct {
	CopyJobs  []shownCopy
	NextToken *string `json:",omitempty"`
}

// copyJobs are those that the caller's account made out of this region: where a
// copy comes to, no job of it is listed (unproven: the page says no more than
// "returns metadata about your copy jobs").
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListCopyJobs.html
func (s *Service) copyJobs(c *wire.Call, _ []string) (any, error) {
	c.Touch("*")
	q := read(c, "nextToken", "maxResults", "accountId", "resourceArn", "resourceType", "state", "destinationVaultArn", "sourceRecoveryPointArn",
		"createdBefore", "createdAfter", "completeBefore", "completeAfter", "messageCategory")
	if state := q.values.Get("state"); q.has("state") && !slices.Contains(copyStates, state) {
		return nil, invalid("state=%s is not one of %v", state, copyStates)
	}
	list := []shownCopy{}
	for _, j := range s.at(c.Account, c.Region).copies {
		if c.Now.Sub(j.Created) > listedFor || !q.allows("accountId", j.account) || !q.allows("resourceArn", j.Resource) || !q.allows("resourceType", j.ResourceType) ||
			!q.allows("state", string(j.State)) || !q.allows("destinationVaultArn", j.DestinationVault) || !q.allows("sourceRecoveryPointArn", j.SourcePoint) ||
			!q.allows("messageCategory", j.Category) ||
			!q.between(j.Created, "createdAfter", "createdBefore") || !q.between(j.Completed, "completeAfter", "completeBefore") {
			continue
		}
		list = append(list, j.shown())
	}
	part, next, err := page(q, list, func(j shownCopy) string { return j.CopyJobID })
	return copyJobsOut{part, next}, err
}

type copyJobOut struct{ CopyJob shownCopy }

func (s *Service) describeCopy(c *wire.Call, path []string) (any, error) {
	c.Touch("*")
	if q := read(c); q.err != nil {
		return nil, q.err
	}
	for _, j := range s.at(c.Account, c.Region).copies {
		if j.ID == path[1] {
			return copyJobOut{j.shown()}, nil
		}
	}
	return nil, wire.Errorf("ResourceNotFoundException", "Copy job %s does not exist", path[1])
}

// placeOf is where a vault, or whatever an ARN names, lies.
func placeOf(arn string) place {
	part := strings.SplitN(arn, ":", 6)
	if len(part) < 6 {
		return place{}
	}
	return place{part[4], part[3]}
}
