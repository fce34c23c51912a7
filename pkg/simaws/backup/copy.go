package backup

import (
	"fmt"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// AWS Backup tries a copy again for two hours before it fails.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/recov-point-create-a-copy.html
const (
	copyRetriedFor   = 2 * time.Hour
	copyRetriedEvery = 15 * time.Minute
)

// copy begins the copy of a recovery point. A continuous one cannot be copied: what
// is copied of it is a snapshot that is made for that.
func (s *Service) copy(j *Job, p *Point, action CopyAction, resource Resource) {
	if p.continuous {
		made := &Point{
			Resource: resource.ARN, ResourceType: resource.Type, ResourceName: resource.Name, Status: Completed, Created: j.Started, Completed: s.now(), Bytes: p.Bytes,
			KMSKey: p.KMSKey, Role: p.Role, By: p.By, Lifecycle: p.Lifecycle,
		}
		of := *j
		if s.today(j) != "" || s.snapshot(&of, made) != nil {
			return
		}
		if s.o.Databases != nil {
			s.o.Databases.Finish(made.ARN)
		}
		s.expire(j.place, made)
		p = made
	}
	c := s.AddCopy(j.account, j.region, CopyJob{
		Resource: j.Resource, ResourceType: j.ResourceType, ResourceName: j.ResourceName, SourceVault: p.vaultARN, SourcePoint: p.ARN, DestinationVault: action.Vault,
		State: StateCreated, By: j.By, BackupJob: j.ID, Created: s.now(), Bytes: j.Bytes, Role: j.Role, DestinationLifecycle: action.Lifecycle,
	})
	s.tellCopy(c)
	s.carry(c, p)
}

// carry tries a copy, now or when the resource is free, and again while it is
// refused.
func (s *Service) carry(c *CopyJob, p *Point) {
	if c.State == StateCreated {
		c.State = StateRunning
		s.tellCopy(c)
	}
	if s.busy[c.Resource] > 0 {
		s.o.Clock.AfterFunc(retryEvery, func() { s.carry(c, p) })
		return
	}
	if why := s.refusalOf(c, p); why != "" {
		if s.now().Sub(c.Created) < copyRetriedFor {
			s.o.Clock.AfterFunc(copyRetriedEvery, func() { s.carry(c, p) })
			return
		}
		s.endCopy(c, StateFailed, why)
		return
	}
	s.busy[c.Resource]++
	lasts := s.lasts(s.o.Behaviour.Copy)
	if s.upset(CopyRetried, c.Resource) {
		lasts += copyRetriedFor
	}
	s.o.Clock.AfterFunc(lasts, func() { s.arrive(c, p) })
}

// refusalOf is why AWS does not copy; "": it does.
func (s *Service) refusalOf(c *CopyJob, p *Point) string {
	to, name := placeOf(c.DestinationVault), nameOf(c.DestinationVault)
	v := s.at(to.account, to.region).vault(name)
	if v == nil {
		return "The destination " + c.DestinationVault + " does not exist."
	}
	c.DestinationVaultIsLAGV = v.AirGapped
	if why := v.takes(c.DestinationLifecycle); why != "" {
		return why
	}
	switch {
	case v.AirGapped && p.ResourceType == "RDS":
		return "Copies of RDS are not supported by logically air-gapped vaults."
	case v.AirGapped && p.KMSKey == "":
		return "A logically air-gapped vault takes no recovery point that is not encrypted."
	case to.account != c.account:
		if why := s.intoAnother(c, p, v); why != "" {
			return why
		}
	}
	values := map[string]string{
		"Resource": c.Resource, "SourceSnapshot": p.ARN, "ResourceKey": p.KMSKey, "Vault": c.DestinationVault, "VaultKey": v.Key, "Copied": s.copiedARN(c), "SourceVault": c.SourceVault,
	}
	if to.account != c.account {
		values["Copied"], values["VaultKey"] = "", "" // a role of AWS's own makes it over there
	}
	if err := s.may("Copy", c.Role, values); err != nil {
		return "Access Denied: " + err.Error()
	}
	return ""
}

// intoAnother is why nothing is copied into another account; "": it is.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/create-cross-account-backup.html
func (s *Service) intoAnother(c *CopyJob, p *Point, v *Vault) string {
	allowed, err := allows(v.Policy, "backup:CopyIntoBackupVault", c.account, c.Role)
	switch {
	case !s.crossing:
		return "Cross-account copy is not enabled for the organization: isCrossAccountBackupEnabled is false."
	case err != nil:
		return err.Error()
	case !allowed:
		return "Access Denied trying to call AWS Backup service: the policy of " + c.DestinationVault + " does not let " + c.account + " copy into it (backup:CopyIntoBackupVault)."
	case p.KMSKey != "" && s.managed(p.KMSKey):
		return "The source is encrypted with an AWS managed key, " + p.KMSKey + ", which no other account can use."
	case v.Key == "" || s.managed(v.Key):
		return "The destination vault " + c.DestinationVault + " is encrypted with an AWS managed key: it takes nothing of another account."
	}
	return ""
}

func (s *Service) managed(key string) bool { return s.o.Managed != nil && s.o.Managed(key) }

func (s *Service) copiedARN(c *CopyJob) string {
	to := placeOf(c.DestinationVault)
	if c.ResourceType == "RDS" {
		return wire.ARN("rds", to.region, to.account, "snapshot:awsbackup:copyjob-"+c.ID)
	}
	return wire.ARN("backup", to.region, to.account, "recovery-point:"+c.ID)
}

// arrive puts the copy into its vault. It keeps the creation date of its source,
// from which its lifecycle counts, and is encrypted with the vault's key; what was
// not encrypted stays so.
func (s *Service) arrive(c *CopyJob, p *Point) {
	s.busy[c.Resource]--
	to, name := placeOf(c.DestinationVault), nameOf(c.DestinationVault)
	v := s.at(to.account, to.region).vault(name)
	if v == nil {
		s.endCopy(c, StateFailed, "The destination "+c.DestinationVault+" does not exist.")
		return
	}
	made := *p
	made.ARN, made.SourceVault, made.Lifecycle, made.Status, made.StatusMessage = s.copiedARN(c), c.SourceVault, c.DestinationLifecycle, Completed, ""
	if made.KMSKey != "" {
		made.KMSKey = v.Key
		if made.KMSKey == "" {
			made.KMSKey = wire.ARN("kms", to.region, to.account, "key/aws-backup") // that of the alias aws/backup
		}
		if s.upset(ForeignKey, c.Resource) {
			made.KMSKey = p.KMSKey
		}
	}
	if c.ResourceType == "RDS" && s.o.Databases != nil {
		if _, err := s.o.Databases.Copy(p.ARN, to.account, to.region, fmt.Sprint("awsbackup:copyjob-", c.ID), made.KMSKey); err != nil {
			s.endCopy(c, StateFailed, err.Error())
			return
		}
		s.o.Databases.Finish(made.ARN)
	}
	if to.account != c.account { // the role of there: AWS's own
		made.Role = wire.GlobalARN("iam", to.region, to.account, "role/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup")
	}
	made.Completed, made.Delete = s.now(), time.Time{}
	c.DestinationPoint, c.DestinationKey = made.ARN, made.KMSKey
	s.put(to.account, to.region, name, &made)
	s.expire(to, &made)
	s.endCopy(c, StateCompleted, "")
	s.tellPoint(to, &made)
}

func (s *Service) endCopy(c *CopyJob, state State, message string) {
	c.State, c.Message, c.Completed, c.Category = state, message, s.now(), "SUCCESS"
	if state != StateCompleted {
		c.Category = "Other"
	}
	s.tellCopy(c)
}

// Arrived are the recovery points in a vault that are whole, in the order in which
// they came.
func (s *Service) Arrived(account, region, vault string) []*Point {
	return slices.DeleteFunc(slices.Clone(s.at(account, region).points), func(p *Point) bool { return p.vault != vault || p.Completed.IsZero() })
}
