package backup

import (
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

type job struct {
	AccountID                 string `json:"AccountId"`
	RestoreJobID              string `json:"RestoreJobId"`
	RecoveryPointArn          string
	RecoveryPointCreationDate *wire.Epoch `json:",omitempty"`
	SourceResourceArn         string      `json:",omitempty"`
	ResourceType              string
	BackupVaultArn            string `json:",omitempty"`
	CreationDate              wire.Epoch
	CompletionDate            *wire.Epoch `json:",omitempty"`
	Status                    string
	StatusMessage             string `json:",omitempty"`
	PercentDone               string `json:",omitempty"`
	BackupSizeInBytes         int64
	IamRoleArn                string `json:",omitempty"`
	CreatedResourceArn        string `json:",omitempty"`
}

type restoreJobsOut struct {
	RestoreJobs []job
	NextToken   *string `json:",omitempty"`
}

var jobStatuses = []string{"PENDING", "RUNNING", "COMPLETED", "ABORTED", "FAILED"}

func (s *Service) restoreJobs(c *wire.Call, _ []string) (any, error) {
	c.Touch("*")
	q := read(c, "nextToken", "maxResults", "accountId", "resourceType", "status", "createdBefore", "createdAfter", "completeBefore", "completeAfter")
	if status := q.values.Get("status"); q.has("status") && !slices.Contains(jobStatuses, status) {
		return nil, invalid("status=%s is not one of %v", status, jobStatuses)
	}
	list := []job{}
	for _, j := range s.at(c.Account, c.Region).restores {
		if !q.allows("accountId", j.account) || !q.allows("resourceType", j.ResourceType) || !q.allows("status", j.Status) ||
			!q.between(j.Created, "createdAfter", "createdBefore") || !q.between(j.Completed, "completeAfter", "completeBefore") {
			continue
		}
		list = append(list, job{
			AccountID: j.account, RestoreJobID: j.ID, RecoveryPointArn: j.RecoveryPoint, RecoveryPointCreationDate: epoch(j.RecoveryPointCreated),
			SourceResourceArn: j.Source, ResourceType: j.ResourceType, BackupVaultArn: j.Vault, CreationDate: wire.Epoch(j.Created),
			CompletionDate: epoch(j.Completed), Status: j.Status, StatusMessage: j.StatusMessage, PercentDone: j.PercentDone,
			BackupSizeInBytes: j.Bytes, IamRoleArn: j.Role, CreatedResourceArn: j.CreatedResource,
		})
	}
	part, next, err := page(q, list, func(j job) string { return j.RestoreJobID })
	return restoreJobsOut{part, next}, err
}
