package server

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// setPassword gives every superuser of the cluster the server's random
// password, in single-user mode, before anything listens: a restored cluster
// has passwords that nobody here knows. The statement goes through standard
// input; a base backup is recovered on the way.
func (s *Server) setPassword(ctx context.Context, log *os.File) error {
	// The password is letters and digits (rand.Text). One line: single-user
	// mode ends a statement at the line's end.
	statement := fmt.Sprintf("DO $do$ DECLARE r name; BEGIN FOR r IN SELECT rolname FROM pg_catalog.pg_roles WHERE rolsuper LOOP "+
		"EXECUTE pg_catalog.format('ALTER ROLE %%I LOGIN PASSWORD %%L VALID UNTIL ''infinity''', r, '%s'); END LOOP; END $do$\n", s.password)
	args := append([]string{"--single"}, s.decisive()...)
	spec := s.command("postgres", append(args, "-c", "log_min_messages=warning", "template1")...)
	spec.Stdin = strings.NewReader(statement)
	spec.Stderr = log
	if err := s.runWith(ctx, spec); err != nil {
		e := read(s.tail(s.logFrom), err.Error())
		return &drill.Error{Name: drill.RestoreFailed, What: "set a password in the throwaway cluster on " + s.cfg.Data, Hint: hints[e.Reason], Err: e}
	}
	return nil
}
