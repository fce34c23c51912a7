package server

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// State is one observation of a server.
type State string

const (
	Starting   State = "starting"   // nothing answers yet
	Recovering State = "recovering" // it answers, and is not yet open for work
	Open       State = "ready"
)

// probeLimit bounds one probe: a machine under load may be slow to answer.
const probeLimit = 2 * time.Second

// cannotConnectNow is the SQLSTATE of a server that starts, recovers or stops.
const cannotConnectNow = "57P03"

// Probe looks once. The error is for a server that has ended (an ExitError
// under RestoreFailed) or was never started.
func (s *Server) Probe(ctx context.Context) (State, error) {
	s.mu.Lock()
	ended := s.ended
	s.mu.Unlock()
	if ended == nil {
		return "", &drill.Error{Name: drill.RestoreFailed, What: "the throwaway server was not started"}
	}
	select {
	case <-ended:
		return "", s.exited()
	default:
	}
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	conn, err := s.Connect(ctx, Superuser, "template1", nil)
	if err == nil {
		defer conn.Close(ctx)
		if conn.ParameterStatus("in_hot_standby") == "on" {
			return Recovering, nil
		}
		return Open, nil
	}
	var answer *pgconn.PgError
	switch {
	case !errors.As(err, &answer):
		return Starting, nil
	case answer.Code == cannotConnectNow:
		return Recovering, nil
	}
	// It answered: there is no such role in this cluster, or no such
	// database. That is for Connect to say; the server is open.
	return Open, nil
}

// Ready tells whether connections are accepted. See Probe.
func (s *Server) Ready(ctx context.Context) (bool, error) {
	state, err := s.Probe(ctx)
	return state == Open, err
}
