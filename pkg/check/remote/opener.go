package remote

import (
	"context"
	"crypto/x509"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Opener opens the checks of a restored copy: it has been told the way in, reads
// the password or makes a token, and connects.
type Opener struct {
	// Password reads user and password from a secret. Its error may be NotReady.
	Password func(ctx context.Context, region, secret string) (user, password string, err error)
	// Token makes a token of the provider's identity service.
	Token func(ctx context.Context, region string, endpoint drill.Endpoint, user string, now time.Time) (string, error)
	Roots *x509.CertPool
	Clock clock.Clock // nil: the wall clock
}

// Open implements step.OpenChecks, but for its type.
func (o Opener) Open(ctx context.Context, run drill.Run, spec drill.Spec, _ drill.Resource, access drill.Access) (Session, error) {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	user, password, err := o.login(ctx, spec.Place.Region(), access)
	if err != nil {
		return nil, err
	}
	return Open(ctx, Options{
		Endpoint: access.Endpoint, User: user, Password: password, Cleartext: access.Secret == "", Roots: o.Roots, Clock: o.Clock, StartedAt: run.StartedAt,
		StatementTimeout: drill.Seconds(spec.Limits.StatementSeconds),
		ReadBudget:       readBudget(spec.Limits),
	})
}

func (o Opener) login(ctx context.Context, region string, access drill.Access) (user, password string, err error) {
	if access.Secret != "" {
		return o.Password(ctx, region, access.Secret)
	}
	token, err := o.Token(ctx, region, access.Endpoint, access.User, o.Clock.Now())
	if err != nil {
		return "", "", &drill.Error{Name: drill.ValidationImpossible, What: "a token for " + access.User + " at " + access.Endpoint.Host, Err: err}
	}
	return access.User, token, nil
}

// readBudget leaves room in one call for the statement that is under way when
// it is used up, and half a minute for everything else.
func readBudget(l drill.Limits) time.Duration {
	const rest = 30
	return max(time.Second, drill.Seconds(l.ValidateSeconds-l.StatementSeconds-rest))
}
