// Package secretsmanager is the simulated Secrets Manager: secrets with
// versions and labels, those that RDS manages included.
//
// A managed secret exists before it has a value, is rotated (AWSPENDING becomes
// AWSCURRENT, which becomes AWSPREVIOUS), and goes at once with its instance.
// Only the account that owns a secret reads it: none here has a resource
// policy.
//
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/Welcome.html
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
package secretsmanager

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Options of the service.
type Options struct {
	Clock clock.Clock
	// NoValueFor is how long a managed secret exists before it has a value.
	// Meanwhile GetSecretValue answers ResourceNotFoundException, "can't find
	// the specified secret value for staging label: AWSCURRENT".
	NoValueFor time.Duration
}

// Secret is one secret.
type Secret struct {
	Name        string
	Description string
	Value       string // of the version AWSCURRENT
	KMSKey      string // empty: aws/secretsmanager
	Tags        []Tag

	arn           string
	owningService string
	created       time.Time
	rotated       time.Time
	deletion      time.Time // zero: not marked
	versions      []version
}

// Tag of a secret.
type Tag struct{ Key, Value string }

type version struct {
	id      string
	value   string
	stages  []string
	created time.Time
	from    time.Time // when it can first be read
}

const (
	current  = "AWSCURRENT"
	pending  = "AWSPENDING"
	previous = "AWSPREVIOUS"
)

// rotationDays is how often RDS rotates a managed secret.
const rotationDays = 7

// Service implements wire.Handler. Calls must come one at a time, as
// simaws.Cloud sends them.
type Service struct {
	wire.JSON
	o       Options
	secrets []*Secret
	count   int
}

// New makes the service, without any secret.
func New(o Options) *Service {
	s := &Service{o: o}
	s.JSON = wire.JSON{Version: "1.1", Operations: map[string]wire.Operation{
		"GetSecretValue": wire.Op(s.value),
		"DescribeSecret": wire.Op(s.describe),
		"CreateSecret":   wire.Op(s.create),
		"PutSecretValue": wire.Op(s.put),
		"RestoreSecret":  wire.Op(s.restore),
		"DeleteSecret":   wire.Op(s.remove),
	}}
	return s
}

// Add makes a secret and returns its ARN.
func (s *Service) Add(account, region string, secret Secret) string {
	now := s.o.Clock.Now()
	secret.arn = wire.ARN("secretsmanager", region, account, fmt.Sprintf("secret:%s-%06x", secret.Name, s.next()))
	secret.created = now
	secret.versions = []version{{id: s.uuid(), value: secret.Value, stages: []string{current}, created: now, from: now}}
	s.secrets = append(s.secrets, &secret)
	return secret.arn
}

// Create makes the master secret of a DB instance as RDS does.
func (s *Service) Create(account, region, instanceARN, user, password string) string {
	arn := s.Add(account, region, Secret{
		Name: "rds!db-" + s.uuid(), Description: "The secret associated with the primary RDS DB instance: " + instanceARN,
		Value: master(user, password),
		Tags:  []Tag{{"aws:rds:primaryDBInstanceArn", instanceARN}, {"aws:secretsmanager:owningService", "rds"}},
	})
	secret := s.byARN(arn)
	secret.owningService, secret.rotated = "rds", secret.created
	secret.versions[0].from = secret.created.Add(s.o.NoValueFor)
	return arn
}

// master is the value of a master secret.
func master(user, password string) string {
	text, _ := json.Marshal(map[string]string{"username": user, "password": password}) // texts always encode
	return string(text)
}

// Rotate begins a rotation: the new value is AWSPENDING until Rotated.
func (s *Service) Rotate(arn, user, password string) {
	if secret := s.byARN(arn); secret != nil {
		now := s.o.Clock.Now()
		secret.label(pending, "")
		secret.versions = append(secret.versions, version{id: s.uuid(), value: master(user, password), stages: []string{pending}, created: now, from: now})
	}
}

// Rotated ends a rotation: what was AWSPENDING is AWSCURRENT.
func (s *Service) Rotated(arn string) {
	secret := s.byARN(arn)
	if secret == nil {
		return
	}
	next := secret.at(pending)
	if next == nil {
		return
	}
	secret.label(previous, secret.at(current).id)
	secret.label(current, next.id)
	secret.label(pending, "")
	secret.rotated = s.o.Clock.Now()
}

// Delete removes a secret at once, as RDS does with an instance's own.
func (s *Service) Delete(arn string) {
	s.secrets = slices.DeleteFunc(s.secrets, func(secret *Secret) bool { return secret.arn == arn })
}

// MarkForDeletion lets a secret go in 30 days, the default recovery window;
// until then it can be described, not read.
func (s *Service) MarkForDeletion(arn string) {
	if secret := s.byARN(arn); secret != nil {
		secret.deletion = s.o.Clock.Now().AddDate(0, 0, 30)
	}
}

func (s *Service) byARN(arn string) *Secret {
	i := slices.IndexFunc(s.secrets, func(secret *Secret) bool { return secret.arn == arn })
	if i < 0 {
		return nil
	}
	return s.secrets[i]
}

// at is the version with a label; nil: there is none.
func (s *Secret) at(stage string) *version {
	i := slices.IndexFunc(s.versions, func(v version) bool { return slices.Contains(v.stages, stage) })
	if i < 0 {
		return nil
	}
	return &s.versions[i]
}

// label moves a label to the version with the id; empty: to none.
func (s *Secret) label(stage, id string) {
	for i := range s.versions {
		v := &s.versions[i]
		v.stages = slices.DeleteFunc(v.stages, func(l string) bool { return l == stage })
		if v.id == id {
			v.stages = append(v.stages, stage)
		}
	}
}

func (s *Secret) account() string { return strings.Split(s.arn, ":")[4] }
func (s *Secret) region() string  { return strings.Split(s.arn, ":")[3] }

func (s *Service) next() int    { s.count++; return s.count }
func (s *Service) uuid() string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", s.next()) }
