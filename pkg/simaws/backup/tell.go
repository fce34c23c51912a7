package backup

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/events"
)

// Notification is what a vault tells its topic.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-notifications.html
type Notification struct {
	Vault, Topic     string // ARNs
	Event            string // BACKUP_JOB_FAILED, ...
	Subject, Message string
	Attributes       map[string]string
}

const stamp = "2006-01-02T15:04:05.000Z"

func stamped(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(stamp)
}

// put sends an event, on a best-effort basis.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html
func (s *Service) event(at place, typ, about string, detail map[string]any) {
	if s.o.Bus == nil {
		return
	}
	for name, value := range detail {
		if value == "" {
			delete(detail, name)
		}
	}
	// The detail is made of texts: it always encodes.
	_ = s.o.Bus.Put(events.Event{Source: "aws.backup", DetailType: typ, Account: at.account, Region: at.region, Resources: []string{about}}, detail)
}

func (b By) told() any {
	if b == (By{}) {
		return ""
	}
	return map[string]string{"backupPlanId": b.PlanID, "backupPlanArn": b.PlanARN, "backupPlanVersion": b.PlanVersion, "backupPlanRuleId": b.RuleID}
}

// count adds one to what AWS counts of jobs; of those that are PARTIAL the page
// knows no metric.
func (s *Service) count(at place, jobs string, state State, vault string) {
	words := map[State]string{StateCreated: "Created", StatePending: "Pending", StateRunning: "Running", StateAborted: "Aborted", StateCompleted: "Completed", StateFailed: "Failed", StateExpired: "Expired"}
	if word := words[state]; s.o.Count != nil && word != "" {
		s.o.Count(at.account, at.region, "NumberOf"+jobs+word, vault)
	}
}

// tellJob tells of a job's state.
func (s *Service) tellJob(j *Job) {
	s.count(j.place, "BackupJobs", j.State, j.Vault)
	about := j.RecoveryPoint
	if about == "" {
		about = j.Resource
	}
	s.event(j.place, "Backup Job State Change", about, map[string]any{
		"backupJobId": j.ID, "backupVaultArn": vaultARN(j.account, j.region, j.Vault), "backupVaultName": j.Vault, "resourceArn": j.Resource, "resourceType": j.ResourceType,
		"state": string(j.State), "statusMessage": j.Message, "messageCategory": j.Category, "creationDate": stamped(j.Created), "startBy": stamped(j.StartBy), "completionDate": stamped(j.Completed),
		"iamRoleArn": j.Role, "recoveryPointArn": j.RecoveryPoint, "bytesTransferred": "0", "backupSizeInBytes": strconv.Itoa(j.Bytes), "isParent": "false", "createdBy": j.By.told(),
	})
	var of []string
	switch j.State {
	case StateRunning:
		of = []string{"BACKUP_JOB_STARTED"}
	case StateCompleted:
		of = []string{"BACKUP_JOB_COMPLETED", "BACKUP_JOB_SUCCESSFUL"}
	case StateFailed, StateAborted, StatePartial:
		of = []string{"BACKUP_JOB_COMPLETED", "BACKUP_JOB_FAILED"}
	case StateExpired:
		of = []string{"BACKUP_JOB_COMPLETED", "BACKUP_JOB_EXPIRED"}
	case StateCreated, StatePending:
	}
	for _, event := range of {
		s.tellVault(j.place, j.Vault, event, fmt.Sprintf("An AWS Backup job is %s. Resource ARN : %s. Recovery point ARN: %s. Backup job ID : %s. %s", j.State, j.Resource, j.RecoveryPoint, j.ID, j.Message), map[string]string{
			"EventType": "BACKUP_JOB", "State": string(j.State), "AccountId": j.account, "Id": j.ID, "StartTime": stamped(j.Created),
		})
	}
}

// tellCopy tells of a copy's state, in the account and region of the source.
func (s *Service) tellCopy(c *CopyJob) {
	s.count(c.place, "CopyJobs", c.State, nameOf(c.SourceVault))
	s.event(c.place, "Copy Job State Change", c.DestinationVault, map[string]any{
		"copyJobId": c.ID, "sourceBackupVaultArn": c.SourceVault, "sourceRecoveryPointArn": c.SourcePoint, "destinationBackupVaultArn": c.DestinationVault,
		"destinationRecoveryPointArn": c.DestinationPoint, "resourceArn": c.Resource, "resourceType": c.ResourceType, "state": string(c.State), "statusMessage": c.Message,
		"creationDate": stamped(c.Created), "completionDate": stamped(c.Completed), "iamRoleArn": c.Role, "backupSizeInBytes": strconv.Itoa(c.Bytes), "createdBy": c.By.told(),
	})
	event := map[State]string{StateRunning: "COPY_JOB_STARTED", StateCompleted: "COPY_JOB_SUCCESSFUL", StateFailed: "COPY_JOB_FAILED", StatePartial: "COPY_JOB_FAILED"}[c.State]
	s.tellVault(c.place, nameOf(c.SourceVault), event, fmt.Sprintf("An AWS Backup copy job is %s. Resource ARN : %s. Copy job ID : %s. Destination: %s. %s", c.State, c.Resource, c.ID, c.DestinationVault, c.Message), map[string]string{
		"EventType": "COPY_JOB", "State": string(c.State), "AccountId": c.account, "Id": c.ID, "StartTime": stamped(c.Created),
	})
}

// tellPoint tells of a recovery point's state, where it lies.
func (s *Service) tellPoint(at place, p *Point) {
	s.event(at, "Recovery Point State Change", p.ARN, map[string]any{
		"backupVaultName": p.vault, "backupVaultArn": p.vaultARN, "recoveryPointArn": p.ARN, "resourceArn": p.Resource, "resourceType": p.ResourceType, "status": string(p.Status),
		"statusMessage": p.StatusMessage, "creationDate": stamped(p.Created), "completionDate": stamped(p.Completed), "iamRoleArn": p.Role, "encryptionKeyArn": p.KMSKey,
		"isEncrypted": strconv.FormatBool(p.KMSKey != ""), "storageClass": "WARM", "createdBy": p.By.told(),
	})
}

// tellVault notifies the topic of a vault, where it wants to know of the event.
func (s *Service) tellVault(at place, name, event, message string, attributes map[string]string) {
	v := s.at(at.account, at.region).vault(name)
	if s.o.Notify == nil || v == nil || v.Notify.Topic == "" || !slices.Contains(v.Notify.Events, event) {
		return
	}
	s.o.Notify(Notification{
		Vault: vaultARN(at.account, at.region, name), Topic: v.Notify.Topic, Event: event, Subject: "Notification from AWS Backup", Message: message, Attributes: attributes,
	})
}
