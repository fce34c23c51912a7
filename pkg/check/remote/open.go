// Package remote puts checks to a restored database that is reached over
// the network: it connects, and chooses the engine.
//
// The connection is encrypted and the name of the server is verified against
// the given authorities; nothing else is accepted. Passwords, rows and the texts of database errors never
// leave: errors carry SQLSTATEs and numbers only.
//
// A copy that does not let anybody in yet (it is starting, or its password is
// not in effect) is NotReady: whoever asks comes back later, and bounds that.
// A failure leaves nothing behind.
package remote

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Options of a session.
type Options struct {
	Endpoint       drill.Endpoint
	User, Password string
	// Cleartext lets MySQL send the password as it is, which IAM tokens need.
	// The connection is encrypted all the same.
	Cleartext bool
	// Roots are the authorities that the server's certificate must come from.
	Roots *x509.CertPool
	// StatementTimeout of one statement; zero: none.
	StatementTimeout time.Duration
	// ReadBudget of one call of a deep read; zero: to its end.
	ReadBudget time.Duration
	// StartedAt is the start of the drill: ages are counted to it.
	StartedAt time.Time
	Clock     clock.Clock // nil: the wall clock
}

// Session puts checks; see step.CheckSession.
type Session interface {
	Run(ctx context.Context, check drill.Check) (drill.CheckResult, error)
	Close() error
}

// connectTimeout is for one attempt: the network is the copy's own.
const connectTimeout = 10 * time.Second

// Open connects. Errors: NotReady, ValidationImpossible.
func Open(ctx context.Context, o Options) (Session, error) {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	switch o.Endpoint.Engine {
	case "postgres":
		return openPostgres(ctx, o)
	case "mysql", "mariadb":
		return openMySQL(ctx, o)
	}
	return nil, &drill.Error{
		Name: drill.ValidationImpossible, What: fmt.Sprintf("engine %q cannot be asked", o.Endpoint.Engine),
		Hint: "databases of postgres, mysql and mariadb can be validated",
	}
}

func (o Options) tls() *tls.Config {
	return &tls.Config{RootCAs: o.Roots, ServerName: o.Endpoint.Host, MinVersion: tls.VersionTLS12}
}

// refused names the failure of a connection. code is all of a database's own
// error that may leave; notYet tells that it may work in a while.
func (o Options) refused(err error, code string, notYet bool) error {
	where := fmt.Sprintf("connect to %s:%d", o.Endpoint.Host, o.Endpoint.Port)
	var certificate *tls.CertificateVerificationError
	var timeout net.Error
	switch {
	case errors.As(err, &certificate):
		return &drill.Error{
			Name: drill.ValidationImpossible, What: where + ": the server's certificate is not one of its authority for this name",
			Hint: "look at the copy's CA certificate identifier, and at what answers under that name",
		}
	case notYet:
		return &drill.Error{Name: drill.NotReady, What: where + ": not yet (" + code + ")"}
	case code == "" && (errors.As(err, &timeout) || errors.Is(err, net.ErrClosed)):
		return &drill.Error{Name: drill.NotReady, What: where + ": nothing answers yet"}
	case code == "":
		code = "no answer"
	}
	return &drill.Error{
		Name: drill.ValidationImpossible, What: where + " as " + o.User + ": " + code,
		Hint: "see that the user may log in, that the database exists, and that the validating function may reach the copy",
	}
}
