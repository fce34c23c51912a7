package remote

import (
	"context"
	"crypto/x509"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Opener opens the checks of a restored copy: it gets a login from whoever
// restored it, and connects.
type Opener struct {
	// Login is where and as whom to log in; an empty password is a user that
	// logs in with a token. Its error may be NotReady.
	Login func(ctx context.Context, run drill.Run, spec drill.Spec, res drill.Resource) (endpoint drill.Endpoint, user, password string, err error)
	// Token makes a token of the provider's identity service.
	Token func(ctx context.Context, region string, endpoint drill.Endpoint, user string, now time.Time) (string, error)
	Roots *x509.CertPool
	Clock clock.Clock // nil: the wall clock
}

// Open implements step.OpenChecks, but for its type.
func (o Opener) Open(ctx context.Context, run drill.Run, spec drill.Spec, res drill.Resource) (Session, error) {
	endpoint, user, password, err := o.Login(ctx, run, spec, res)
	if err != nil {
		return nil, err
	}
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	token := password == ""
	if token {
		if password, err = o.Token(ctx, spec.Place.Region(), endpoint, user, o.Clock.Now()); err != nil {
			return nil, &drill.Error{Name: drill.ValidationImpossible, What: "a token for " + user + " at " + endpoint.Host, Err: err}
		}
	}
	return Open(ctx, Options{
		Endpoint: endpoint, User: user, Password: password, Cleartext: token, Roots: o.Roots, Clock: o.Clock, StartedAt: run.StartedAt,
		StatementTimeout: drill.Seconds(spec.Limits.StatementSeconds),
		ReadBudget:       readBudget(spec.Limits),
	})
}

// readBudget leaves room in one call for the statement that is under way when
// it is used up, and half a minute for everything else.
func readBudget(l drill.Limits) time.Duration {
	const rest = 30
	return max(time.Second, drill.Seconds(l.ValidateSeconds-l.StatementSeconds-rest))
}
