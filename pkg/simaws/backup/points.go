package backup

import (
	"slices"
	"strconv"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// ofResource is a point in the list of a resource: it has no completion date,
// the list of the vault has.
type ofResource struct {
	RecoveryPointArn string
	CreationDate     wire.Epoch
	Status           Status
	StatusMessage    string `json:",omitempty"`
	EncryptionKeyArn string `json:",omitempty"`
	BackupSizeBytes  int64
	BackupVaultName  string
	IsParent         bool
	ResourceName     string `json:",omitempty"`
	VaultType        string
}

type byResourceOut struct {
	NextToken      *string `json:",omitempty"`
	RecoveryPoints []ofResource
}

// byResource needs no permission for the resource. All points here are managed
// by AWS Backup, so that filter changes nothing.
func (s *Service) byResource(c *wire.Call, path []string) (any, error) {
	c.Touch("*")
	q := read(c, "nextToken", "maxResults", "managedByAWSBackupOnly")
	if only := q.values.Get("managedByAWSBackupOnly"); only != "" {
		if _, err := strconv.ParseBool(only); err != nil {
			return nil, invalid("managedByAWSBackupOnly=%s is no boolean", only)
		}
	}
	list := []ofResource{}
	r := s.at(c.Account, c.Region)
	for _, p := range r.points {
		if p.Resource != path[1] {
			continue
		}
		list = append(list, ofResource{
			RecoveryPointArn: p.ARN, CreationDate: wire.Epoch(p.Created), Status: p.Status, StatusMessage: p.StatusMessage,
			EncryptionKeyArn: p.KMSKey, BackupSizeBytes: p.Bytes, BackupVaultName: p.vault, ResourceName: p.ResourceName, VaultType: r.vaultType(p),
		})
	}
	part, next, err := page(q, list, func(p ofResource) string { return p.RecoveryPointArn })
	return byResourceOut{next, part}, err
}

// ofVault is a point in the list of a vault, and described by itself.
type ofVault struct {
	RecoveryPointArn     string
	BackupVaultName      string
	BackupVaultArn       string
	SourceBackupVaultArn string `json:",omitempty"`
	ResourceArn          string
	ResourceType         string
	ResourceName         string `json:",omitempty"`
	IamRoleArn           string `json:",omitempty"`
	Status               Status
	StatusMessage        string `json:",omitempty"`
	CreationDate         wire.Epoch
	InitiationDate       wire.Epoch
	CompletionDate       *wire.Epoch `json:",omitempty"`
	BackupSizeInBytes    int64
	CalculatedLifecycle  *lifecycle    `json:",omitempty"`
	Lifecycle            *lifecycleOut `json:",omitempty"`
	EncryptionKeyArn     string        `json:",omitempty"`
	EncryptionKeyType    string        `json:",omitempty"`
	IsEncrypted          bool
	IsParent             bool
	CreatedBy            *shownBy `json:",omitempty"`
	VaultType            string
}

type lifecycle struct {
	DeleteAt            *wire.Epoch `json:",omitempty"`
	MoveToColdStorageAt *wire.Epoch `json:",omitempty"`
}

type described struct {
	ofVault
	StorageClass string
}

func (r *region) shown(p *Point) ofVault {
	v := ofVault{
		RecoveryPointArn: p.ARN, BackupVaultName: p.vault, BackupVaultArn: p.vaultARN, SourceBackupVaultArn: p.SourceVault,
		ResourceArn: p.Resource, ResourceType: p.ResourceType, ResourceName: p.ResourceName, IamRoleArn: p.Role, Status: p.Status, StatusMessage: p.StatusMessage,
		CreationDate: wire.Epoch(p.Created), InitiationDate: wire.Epoch(p.Created), CompletionDate: epoch(p.Completed), BackupSizeInBytes: p.Bytes,
		EncryptionKeyArn: p.KMSKey, IsEncrypted: p.KMSKey != "", VaultType: r.vaultType(p), Lifecycle: p.Lifecycle.shown(), CreatedBy: p.By.shown(),
	}
	if p.KMSKey != "" {
		v.EncryptionKeyType = "CUSTOMER_MANAGED_KMS_KEY"
	}
	if !p.Delete.IsZero() || p.Lifecycle.ColdAfterDays > 0 {
		v.CalculatedLifecycle = &lifecycle{DeleteAt: epoch(p.Delete)}
		if days := p.Lifecycle.ColdAfterDays; days > 0 {
			v.CalculatedLifecycle.MoveToColdStorageAt = epoch(p.Created.AddDate(0, 0, days))
		}
	}
	return v
}

func (r *region) vaultType(p *Point) string {
	if v := r.vault(p.vault); v != nil {
		return v.typ()
	}
	return "BACKUP_VAULT"
}

func epoch(t time.Time) *wire.Epoch {
	if t.IsZero() {
		return nil
	}
	e := wire.Epoch(t)
	return &e
}

// storage is the class that a point lies in now.
func (p *Point) storage(now time.Time) string {
	if days := p.Lifecycle.ColdAfterDays; days > 0 && !now.Before(p.Created.AddDate(0, 0, days)) {
		return "COLD"
	}
	return "WARM"
}

type byVaultOut struct {
	NextToken      *string `json:",omitempty"`
	RecoveryPoints []ofVault
}

func (s *Service) byVault(c *wire.Call, path []string) (any, error) {
	r, err := s.vault(c, path[1])
	if err != nil {
		return nil, err
	}
	q := read(c, "nextToken", "maxResults", "resourceArn", "resourceType", "backupPlanId", "createdBefore", "createdAfter")
	list := []ofVault{}
	for _, p := range r.points {
		if p.vault == path[1] && q.allows("resourceArn", p.Resource) && q.allows("resourceType", p.ResourceType) && q.allows("backupPlanId", p.By.PlanID) && q.between(p.Created, "createdAfter", "createdBefore") {
			list = append(list, r.shown(p))
		}
	}
	part, next, err := page(q, list, func(p ofVault) string { return p.RecoveryPointArn })
	return byVaultOut{next, part}, err
}

func (s *Service) describe(c *wire.Call, path []string) (any, error) {
	r, err := s.vault(c, path[1])
	if err != nil {
		return nil, err
	}
	c.Touch(path[3])
	if q := read(c); q.err != nil {
		return nil, q.err
	}
	i := slices.IndexFunc(r.points, func(p *Point) bool { return p.vault == path[1] && p.ARN == path[3] })
	if i < 0 {
		return nil, wire.Errorf("ResourceNotFoundException", "Recovery point %s does not exist in the vault %s", path[3], path[1])
	}
	return described{r.shown(r.points[i]), r.points[i].storage(c.Now)}, nil
}

// vault finds a vault of the caller's own: a name says no account.
func (s *Service) vault(c *wire.Call, name string) (*region, error) {
	c.Touch(vaultARN(c.Account, c.Region, name))
	r := s.at(c.Account, c.Region)
	if r.vault(name) == nil {
		return nil, wire.Errorf("ResourceNotFoundException", "Backup vault %s does not exist", name)
	}
	return r, nil
}
