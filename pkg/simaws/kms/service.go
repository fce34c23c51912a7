// Package kms is the simulated Key Management Service: keys with a state, a
// policy and grants, and the question who may use one.
//
// A caller may use a key only if both sides say so: the key's policy (or a
// grant) lets the caller in, and the caller holds the permission itself. In
// AWS the key policy alone could do within an account; keys that it delegates
// to IAM, as all keys of lifeboat's and of most teams are, need both.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/control-access.html
package kms

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Options of the service.
type Options struct {
	Clock clock.Clock
	// Holds says whether the caller's own policies allow a use; nil: always.
	Holds func(Use) bool
	// Policy is a key's policy as GetKeyPolicy tells it, by the key's ARN; nil: the
	// one that KMS gives to every key. What it says is not asked here: see Key.Policy.
	Policy func(arn string) json.RawMessage
}

// Use is one use of a key that somebody asks for.
type Use struct {
	Account, Principal string
	Action             string // kms:DescribeKey, kms:CreateGrant, kms:Decrypt
	Key                string // ARN
	// ForAWSResource: a service such as RDS asks in the caller's name, so the
	// condition kms:GrantIsForAWSResource holds.
	ForAWSResource bool
}

// State of a key.
type State string

const (
	Enabled         State = "Enabled"
	Disabled        State = "Disabled"
	PendingDeletion State = "PendingDeletion"
)

// Key is one KMS key.
type Key struct {
	ID          string // default: made up
	Description string
	State       State    // default Enabled
	Aliases     []string // "alias/backups"
	// AWSManaged: an AWS service made it (KeyManager AWS). Everybody of the
	// account uses it, through that service only; no other account ever does.
	AWSManaged bool
	// Policy is whom the key lets in; nil: every principal of its account, as
	// KMS's default policy does.
	Policy  []Statement
	Rotated bool      // its material is replaced every year
	Created time.Time // default now
	// Deletion is when a key that is PendingDeletion goes; default 30 days from
	// now, the default waiting period.
	Deletion time.Time

	arn    string
	grants []grant
}

// Statement of a key's policy lets a principal use the key.
type Statement struct {
	Account   string
	Principal string // a role; "*": each of the account
	// OnlyForAWSResources: grants only under kms:GrantIsForAWSResource.
	OnlyForAWSResources bool
}

type grant struct {
	grantee    string // ARN
	operations []string
}

// Service implements wire.Handler. Calls must come one at a time, as
// simaws.Cloud sends them.
type Service struct {
	wire.JSON
	o     Options
	keys  []*Key
	count int
}

// New makes the service, without any key.
func New(o Options) *Service {
	if o.Holds == nil {
		o.Holds = func(Use) bool { return true }
	}
	s := &Service{o: o}
	s.JSON = wire.JSON{Version: "1.1", Operations: map[string]wire.Operation{
		"DescribeKey": wire.Op(s.describe),
		"CreateGrant": wire.Op(s.createGrant),

		"GetKeyPolicy":         wire.Op(s.policy),
		"GetKeyRotationStatus": wire.Op(s.rotation),
	}}
	return s
}

// AddKey makes a key and returns its ARN.
func (s *Service) AddKey(account, region string, k Key) string {
	if k.ID == "" {
		k.ID = uuid(s.next())
	}
	if k.State == "" {
		k.State = Enabled
	}
	if k.Created.IsZero() {
		k.Created = s.o.Clock.Now()
	}
	if k.Policy == nil {
		k.Policy = []Statement{{Account: account, Principal: "*"}}
	}
	k.arn = wire.ARN("kms", region, account, "key/"+k.ID)
	s.keys = append(s.keys, &k)
	s.SetState(k.arn, k.State)
	return k.arn
}

// SetState changes the state of a key; of an unknown one nothing.
func (s *Service) SetState(arn string, state State) {
	k := s.byARN(arn)
	if k == nil {
		return
	}
	k.State = state
	if state == PendingDeletion && k.Deletion.IsZero() {
		k.Deletion = s.o.Clock.Now().AddDate(0, 0, 30)
	}
}

// Usable says whether RDS may use a key in the name of a caller, to restore
// what is encrypted under it. The error is an *wire.Error with code
// KMSKeyNotAccessibleFault and the reason.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.Keys.html
func (s *Service) Usable(key, account, principal string) error {
	refuse := func(why string) error {
		return wire.Errorf("KMSKeyNotAccessibleFault", "The specified KMS key [%s] does not exist, is not enabled or you do not have permissions to access it: %s", key, why)
	}
	k := s.byARN(key)
	if k == nil {
		return refuse("there is no such key")
	}
	if k.State != Enabled {
		return refuse("its state is " + string(k.State))
	}
	for _, action := range []string{"kms:DescribeKey", "kms:CreateGrant", "kms:Decrypt"} {
		if why := s.refusal(k, Use{Account: account, Principal: principal, Action: action, Key: k.arn, ForAWSResource: true}); why != "" {
			return refuse(why)
		}
	}
	return nil
}

// refusal is why a use is refused; empty: it is not.
func (s *Service) refusal(k *Key, u Use) string {
	role := wire.GlobalARN("iam", k.region(), u.Account, "role/"+u.Principal)
	for _, g := range k.grants {
		if g.grantee == role && slices.Contains(g.operations, strings.TrimPrefix(u.Action, "kms:")) {
			return "" // a grant needs no policy
		}
	}
	if !k.letsIn(u) {
		return "no resource-based policy allows the " + u.Action + " action to " + role
	}
	if !s.o.Holds(u) {
		return "no identity-based policy allows the " + u.Action + " action to " + role
	}
	return ""
}

func (k *Key) letsIn(u Use) bool {
	grants := u.Action == "kms:CreateGrant"
	if k.AWSManaged {
		return u.Account == k.account() && (u.ForAWSResource || !grants)
	}
	return slices.ContainsFunc(k.Policy, func(s Statement) bool {
		if s.Account != u.Account || s.Principal != "*" && s.Principal != u.Principal {
			return false
		}
		return u.ForAWSResource || !s.OnlyForAWSResources || !grants
	})
}

// Managed tells whether a key, by its ARN, is one that an AWS service made.
func (s *Service) Managed(key string) bool {
	k := s.byARN(key)
	return k != nil && k.AWSManaged
}

func (k *Key) account() string { return strings.Split(k.arn, ":")[4] }
func (k *Key) region() string  { return strings.Split(k.arn, ":")[3] }

func (s *Service) byARN(arn string) *Key {
	i := slices.IndexFunc(s.keys, func(k *Key) bool { return k.arn == arn })
	if i < 0 {
		return nil
	}
	return s.keys[i]
}

func (s *Service) next() int { s.count++; return s.count }
