package backup

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Vault is a backup vault.
type Vault struct {
	Name string
	// Key is the ARN of its key, by which copies come to be encrypted; "": one of
	// AWS's own.
	Key string
	// AirGapped: it is logically air-gapped. Its lock is one of compliance that
	// nothing ever removes, and it takes only some types of resources.
	// https://docs.aws.amazon.com/aws-backup/latest/devguide/logicallyairgappedvault.html
	AirGapped bool
	Policy    json.RawMessage // who may and may not; nil: the vault has none
	Notify    Notifications
	Lock      *Lock // nil: it is not locked
	Created   time.Time
	State     string // default AVAILABLE
}

// Lock of a vault.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html
type Lock struct {
	MinDays, MaxDays int // 0: no bound
	// Date is when the lock of compliance can no longer be removed; zero: it is one
	// of governance, which whoever has the permission removes.
	Date time.Time
}

// Notifications that a vault sends.
type Notifications struct {
	Topic  string   // ARN; "": none
	Events []string // BACKUP_JOB_COMPLETED, ...
}

// SetVault makes a vault, or changes the one of that name, and returns its ARN.
func (s *Service) SetVault(account, region string, v Vault) string {
	r := s.at(account, region)
	if v.Created.IsZero() {
		v.Created = s.now()
	}
	if known := r.vault(v.Name); known != nil {
		v.Created = known.Created
		*known = v
	} else {
		r.vaults = append(r.vaults, &v)
	}
	return vaultARN(account, region, v.Name)
}

// RemoveVault removes a vault, with whatever is in it.
func (s *Service) RemoveVault(account, region, name string) {
	r := s.at(account, region)
	r.vaults = slices.DeleteFunc(r.vaults, func(v *Vault) bool { return v.Name == name })
	r.points = slices.DeleteFunc(r.points, func(p *Point) bool { return p.vault == name })
}

// Vault is one by its name, to be looked at and changed; nil: there is none.
func (s *Service) Vault(account, region, name string) *Vault {
	return s.at(account, region).vault(name)
}

func (r *region) vault(name string) *Vault {
	i := slices.IndexFunc(r.vaults, func(v *Vault) bool { return v.Name == name })
	if i < 0 {
		return nil
	}
	return r.vaults[i]
}

// locked tells whether a vault is, and whether anybody could still undo it.
func (v *Vault) locked() bool { return v.AirGapped || v.Lock != nil }

func (v *Vault) typ() string {
	if v.AirGapped {
		return "LOGICALLY_AIR_GAPPED_BACKUP_VAULT"
	}
	return "BACKUP_VAULT"
}

// keyType is of the vault's key, of which AWS knows two.
func (v *Vault) keyType() string {
	if v.Key == "" {
		return "AWS_OWNED_KMS_KEY"
	}
	return "CUSTOMER_MANAGED_KMS_KEY"
}

type describedVault struct {
	BackupVaultName        string
	BackupVaultArn         string
	CreationDate           wire.Epoch
	EncryptionKeyArn       string `json:",omitempty"`
	EncryptionKeyType      string
	Locked                 bool
	LockDate               *wire.Epoch `json:",omitempty"`
	MinRetentionDays       int         `json:",omitempty"`
	MaxRetentionDays       int         `json:",omitempty"`
	NumberOfRecoveryPoints int
	VaultState             string
	VaultType              string
}

func (r *region) described(at place, v *Vault) describedVault {
	d := describedVault{
		BackupVaultName: v.Name, BackupVaultArn: vaultARN(at.account, at.region, v.Name), CreationDate: wire.Epoch(v.Created),
		EncryptionKeyArn: v.Key, EncryptionKeyType: v.keyType(), Locked: v.locked(), VaultState: cmp.Or(v.State, "AVAILABLE"), VaultType: v.typ(),
	}
	if v.Lock != nil {
		d.MinRetentionDays, d.MaxRetentionDays, d.LockDate = v.Lock.MinDays, v.Lock.MaxDays, epoch(v.Lock.Date)
	}
	for _, p := range r.points {
		if p.vault == v.Name {
			d.NumberOfRecoveryPoints++
		}
	}
	return d
}

func (s *Service) describeVault(c *wire.Call, path []string) (any, error) {
	r, err := s.vault(c, path[1])
	if err != nil {
		return nil, err
	}
	q := read(c, "backupVaultAccountId")
	if q.has("backupVaultAccountId") && q.values.Get("backupVaultAccountId") != c.Account {
		return nil, wire.Unknown("%s: a vault that another account shares", c.Operation)
	}
	return r.described(place{c.Account, c.Region}, r.vault(path[1])), q.err
}

type vaultsOut struct {
	BackupVaultList []describedVault
	NextToken       *string `json:",omitempty"`
}

func (s *Service) listVaults(c *wire.Call, _ []string) (any, error) {
	c.Touch("*")
	q, r := read(c, "nextToken", "maxResults", "vaultType"), s.at(c.Account, c.Region)
	list := []describedVault{}
	for _, v := range r.vaults {
		if q.allows("vaultType", v.typ()) {
			list = append(list, r.described(place{c.Account, c.Region}, v))
		}
	}
	part, next, err := page(q, list, func(v describedVault) string { return v.BackupVaultName })
	return vaultsOut{part, next}, err
}

type accessPolicyOut struct {
	BackupVaultName, BackupVaultArn string
	Policy                          string
}

func (s *Service) accessPolicy(c *wire.Call, path []string) (any, error) {
	r, err := s.vault(c, path[1])
	if err != nil {
		return nil, err
	}
	if q := read(c); q.err != nil {
		return nil, q.err
	}
	v := r.vault(path[1])
	if v.Policy == nil {
		return nil, wire.Errorf("ResourceNotFoundException", "Backup vault %s has no access policy", v.Name)
	}
	return accessPolicyOut{v.Name, vaultARN(c.Account, c.Region, v.Name), string(v.Policy)}, nil
}

type notificationsOut struct {
	BackupVaultName, BackupVaultArn string
	SNSTopicArn                     string
	BackupVaultEvents               []string
}

func (s *Service) notifications(c *wire.Call, path []string) (any, error) {
	r, err := s.vault(c, path[1])
	if err != nil {
		return nil, err
	}
	if q := read(c); q.err != nil {
		return nil, q.err
	}
	v := r.vault(path[1])
	if v.Notify.Topic == "" {
		return nil, wire.Errorf("ResourceNotFoundException", "Backup vault %s sends no notifications", v.Name)
	}
	return notificationsOut{v.Name, vaultARN(c.Account, c.Region, v.Name), v.Notify.Topic, v.Notify.Events}, nil
}

// bounds are the retentions that a vault takes, in days; 0: no bound. An
// air-gapped vault takes none below a week.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/logicallyairgappedvault.html
func (v *Vault) bounds() (minDays, maxDays int) {
	if v.Lock != nil {
		minDays, maxDays = v.Lock.MinDays, v.Lock.MaxDays
	}
	if v.AirGapped {
		minDays = max(cmp.Or(minDays, 7), 7)
	}
	return minDays, maxDays
}
