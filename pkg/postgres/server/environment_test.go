package server_test

import (
	"net"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest"
)

// TestPGVariablesAreNotRead: PGSERVICE names a file that may name anything, and
// PGHOST another server; a listener there must get no connection.
func TestPGVariablesAreNotRead(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	met := make(chan struct{}, 8)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			met <- struct{}{}
			c.Close()
		}
	}()
	t.Setenv("PGSERVICE", "nowhere")
	t.Setenv("PGSERVICEFILE", "/dev/zero") // read to its end, it has none
	t.Setenv("PGHOST", "127.0.0.1")
	_, port, err := net.SplitHostPort(l.Addr().String())
	must(t, err)
	t.Setenv("PGPORT", port)
	t.Setenv("PGOPTIONS", "-c application_name=theirs")
	s := pgtest.Start(t, pgtest.Options{})
	if got := s.Value("postgres", "select current_setting('application_name')"); got != "lifeboat" {
		t.Errorf("application_name is %q", got)
	}
	select {
	case <-met:
		t.Error("it connected elsewhere")
	case <-time.After(50 * time.Millisecond):
	}
}
