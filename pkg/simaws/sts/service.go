// Package sts is the simulated Security Token Service: who am I, and be
// somebody else. The keys that it hands out are of the form that simaws knows
// its callers by; they do not expire.
//
// https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html
package sts

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Options of the service.
type Options struct {
	// Trusts says whether a role may be assumed by a caller: its trust policy
	// and the caller's own permission; nil: always.
	Trusts func(roleARN, account, principal string) bool
}

// Service implements wire.Handler.
type Service struct {
	wire.Query
	o Options
}

// New makes the service.
func New(o Options) *Service {
	if o.Trusts == nil {
		o.Trusts = func(string, string, string) bool { return true }
	}
	s := &Service{o: o}
	s.Query = wire.Query{Namespace: "https://sts.amazonaws.com/doc/2011-06-15/", Operations: map[string]wire.Operation{
		"GetCallerIdentity": wire.Op(s.identity),
		"AssumeRole":        wire.Op(s.assume),
	}}
	return s
}

type identityOut struct {
	UserID  string `xml:"UserId"`
	Account string
	Arn     string
}

// identity needs no permission, and so no resource.
func (s *Service) identity(c *wire.Call, _ wire.Empty) (identityOut, error) {
	c.Touch("*")
	return identityOut{"AROA" + c.Account + ":simaws", c.Account, c.Caller()}, nil
}

type assumeIn struct {
	RoleArn         string
	RoleSessionName string
	DurationSeconds *int // default an hour
	ExternalID      string
}

type assumeOut struct {
	Credentials     keys
	AssumedRoleUser user
}

type keys struct {
	AccessKeyID     string `xml:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
	Expiration      string
}

type user struct {
	AssumedRoleID string `xml:"AssumedRoleId"`
	Arn           string
}

var (
	roleRE    = regexp.MustCompile(`^arn:aws[a-z-]*:iam::([0-9]{12}):role/(?:[^:]+/)?([\w+=,.@-]{1,64})$`)
	sessionRE = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
)

// assume hands out keys. Every caller here is a role, so this is role chaining,
// which ends after an hour.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
func (s *Service) assume(c *wire.Call, in assumeIn) (assumeOut, error) {
	c.Touch(in.RoleArn)
	role := roleRE.FindStringSubmatch(in.RoleArn)
	if role == nil {
		return assumeOut{}, wire.Errorf("ValidationError", "%s is invalid", in.RoleArn)
	}
	if !sessionRE.MatchString(in.RoleSessionName) {
		return assumeOut{}, wire.Errorf("ValidationError", "1 validation error detected: Value '%s' at 'roleSessionName' failed to satisfy constraint: "+
			"Member must satisfy regular expression pattern: [\\w+=,.@-]*", in.RoleSessionName)
	}
	lasts := time.Hour
	if in.DurationSeconds != nil {
		lasts = time.Duration(*in.DurationSeconds) * time.Second
	}
	switch {
	case lasts < 15*time.Minute:
		return assumeOut{}, wire.Errorf("ValidationError", "1 validation error detected: Value '%d' at 'durationSeconds' failed to satisfy constraint: "+
			"Member must have value greater than or equal to 900", *in.DurationSeconds)
	case lasts > time.Hour:
		return assumeOut{}, wire.Errorf("ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
	case !s.o.Trusts(in.RoleArn, c.Account, c.Principal):
		return assumeOut{}, &wire.Error{Code: "AccessDenied", Status: http.StatusForbidden,
			Message: fmt.Sprintf("User: %s is not authorized to perform: sts:AssumeRole on resource: %s", c.Caller(), in.RoleArn)}
	}
	key := "ASIA" + role[1] + role[2] // as simaws.AccessKey makes it
	return assumeOut{
		keys{key, "secret-of-" + key, "token-of-" + key, c.Now.Add(lasts).UTC().Format(time.RFC3339)},
		user{"AROA" + role[1] + ":" + in.RoleSessionName, strings.Join([]string{"arn:aws:sts::" + role[1] + ":assumed-role", role[2], in.RoleSessionName}, "/")},
	}, nil
}
