package backup

import (
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

type startJobIn struct {
	BackupVaultName, ResourceArn, IamRoleArn, IdempotencyToken string

	StartWindowMinutes, CompleteWindowMinutes int
	Lifecycle                                 *lifecycleOut
}

type startedJob struct {
	BackupJobID      string `json:"BackupJobId"`
	BackupVaultArn   string
	CreationDate     wire.Epoch
	RecoveryPointArn string `json:",omitempty"`
}

// startJob answers https://docs.aws.amazon.com/aws-backup/latest/devguide/API_StartBackupJob.html:
// a job of no rule. The same token names the job that it made.
func (s *Service) startJob(c *wire.Call, _ []string) (any, error) {
	var in startJobIn
	if err := wire.DecodeJSON(c, c.Body, &in); err != nil {
		return nil, err
	}
	c.Touch(vaultARN(c.Account, c.Region, in.BackupVaultName))
	r := s.at(c.Account, c.Region)
	if in.IdempotencyToken != "" {
		for _, j := range r.backups {
			if j.token == in.IdempotencyToken {
				return started(j), nil
			}
		}
	}
	if r.vault(in.BackupVaultName) == nil {
		return nil, wire.Errorf("ResourceNotFoundException", "Backup vault %s does not exist.", in.BackupVaultName)
	}
	resource, there := s.resource(in.ResourceArn)
	if !there || in.IamRoleArn == "" {
		return nil, wire.Errorf("InvalidParameterValueException", "Invalid resource or role: %s, %s.", in.ResourceArn, in.IamRoleArn)
	}
	rule := Rule{StartWindow: time.Duration(in.StartWindowMinutes) * time.Minute, CompletionWindow: time.Duration(in.CompleteWindowMinutes) * time.Minute}
	if in.Lifecycle != nil {
		rule.Lifecycle = Lifecycle{in.Lifecycle.DeleteAfterDays, in.Lifecycle.MoveToColdStorageAfterDays}
	}
	j := &Job{
		ID: s.newID(), Resource: in.ResourceArn, ResourceType: resource.Type, ResourceName: resource.Name, Vault: in.BackupVaultName, State: StateCreated,
		Created: c.Now, StartBy: c.Now.Add(rule.startWindow()), Key: resource.Key, Role: in.IamRoleArn, Lifecycle: rule.Lifecycle,
		place: place{c.Account, c.Region}, token: in.IdempotencyToken,
	}
	r.backups = append(r.backups, j)
	if s.o.Clock != nil {
		s.o.Clock.AfterFunc(0, func() { s.begin(j, rule) })
	}
	return started(j), nil
}

func started(j *Job) startedJob {
	return startedJob{BackupJobID: j.ID, BackupVaultArn: vaultARN(j.account, j.region, j.Vault), CreationDate: wire.Epoch(j.Created)}
}
