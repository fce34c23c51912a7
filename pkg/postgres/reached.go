package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	pgcheck "github.com/lifeboat-dr/lifeboat/pkg/check/postgres"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/server"
)

// answerLimit bounds how long an answer is waited for: a machine under load may be slow.
const answerLimit = 10 * time.Second

// Reached is where a restored server answers. It holds no secret.
type Reached struct {
	Host     string // a folder with its socket, or the loopback address
	Port     int
	User     string
	Database string
	// PasswordFile is where the password of one on the loopback address lies; "": none
	// is needed.
	PasswordFile string
	// Whole: the copy holds more than Database.
	Whole bool
}

// Reach tells where the copy of a run answers, once it is available; false: it does
// not, or another process restored it.
func (a *Adapter) Reach(run drill.Run, spec drill.Spec) (Reached, bool) {
	j := a.job(run, spec)
	if j == nil {
		return Reached{}, false
	}
	running, user, database, whole := j.restore.Target()
	s, ok := running.(interface {
		Host() string
		Port() int
		PasswordFile() string
	})
	if !ok || user == "" {
		return Reached{}, false
	}
	return Reached{Host: s.Host(), Port: s.Port(), User: user, Database: database, PasswordFile: s.PasswordFile(), Whole: whole}, true
}

// OpenChecksAt connects to restored data that this process or an earlier one
// restored, and which still answer. Checks of pages are left to drills. The error is
// ValidationImpossible.
func (a *Adapter) OpenChecksAt(ctx context.Context, run drill.Run, spec drill.Spec, at Reached) (Session, error) {
	source, err := sourceOf(spec)
	if err != nil {
		return nil, err
	}
	to := server.Reach{Host: at.Host, Port: at.Port, PasswordFile: at.PasswordFile}
	return pgcheck.Open(ctx, pgcheck.Options{
		Connect: func(ctx context.Context, database string, parameters map[string]string) (*pgconn.PgConn, error) {
			return to.Connect(ctx, at.User, database, withoutTriggers(parameters))
		},
		Database: at.Database, Cluster: at.Whole,
		StatementTimeout: seconds(spec.Limits.StatementSeconds),
		ReadTimeout:      seconds(max(spec.Limits.StatementSeconds, spec.Limits.ValidateSeconds)),
		StartedAt:        run.StartedAt, TimeZone: source.TimeZone, Clock: a.clock, Progress: a.progress,
	})
}

// RemoveNamed removes a throwaway by its name, whichever process made it; the
// restore, where it is one of this process, is stopped before.
func (a *Adapter) RemoveNamed(ctx context.Context, scratch, deployment, name string) error {
	spec := drill.Spec{Deployment: deployment, Postgres: &drill.PostgresSource{Scratch: scratch}}
	return a.Remove(ctx, drill.Run{Deployment: deployment, Throwaway: name}, spec, drill.Resource{})
}

// Answers tells why a restored server does not answer; nil: it does.
func Answers(ctx context.Context, at Reached) error {
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	conn, err := server.Reach{Host: at.Host, Port: at.Port, PasswordFile: at.PasswordFile}.Connect(ctx, at.User, at.Database, nil)
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}
