package pgcheck

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lifeboat-dr/lifeboat/pkg/check"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// readHeaps reads every table to its end. COPY goes through the heap and
// fetches every TOASTed value, where counting would pass over damage by
// reading an index; its output goes to the server's own /dev/null, so that no
// row leaves it and none costs a transfer. With data checksums every page is
// verified on the way.
func (s *Session) readHeaps(ctx context.Context, r *drill.CheckResult) {
	r.Expected = check.EveryTable
	names, err := s.databases(ctx)
	if err != nil {
		judgeError(r, err, "")
		return
	}
	var bad trouble
	tables, users := 0, 0
	for _, database := range names {
		read := &reading{s: s, check: r.Name, database: database, bad: &bad}
		if err := read.all(ctx); err != nil {
			judgeError(r, err, "database "+database+": ")
			return
		}
		tables += len(read.list)
		users += read.users
	}
	r.Figure = tables
	r.Reads = check.ReadsOf(users)
	switch {
	case bad.Count > 0:
		check.Fail(r, bad.Code, bad.Reason(check.TablesUnread))
	case bad.blocked != nil:
		judgeError(r, bad.blocked, "")
	case users == 0:
		check.Fail(r, "", "no table of any user was restored: the backup is empty")
	default:
		check.Pass(r)
	}
}

// reading is the reading of one database.
type reading struct {
	s        *Session
	check    string
	database string
	list     []relation
	users    int

	mu   sync.Mutex
	done int
	bad  *trouble
}

func (d *reading) all(ctx context.Context) error {
	conn, err := d.connect(ctx)
	if err != nil {
		return err
	}
	d.list, err = relations(ctx, conn, d.database)
	_ = conn.Close(ctx)
	if err != nil {
		return err
	}
	queue := make(chan relation)
	var readers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), max(len(d.list), 1)) {
		readers.Go(func() { d.work(ctx, queue) })
	}
	for _, t := range d.list {
		if t.user {
			d.users++
		}
		queue <- t
	}
	close(queue)
	readers.Wait()
	return nil
}

func (d *reading) connect(ctx context.Context) (*pgconn.PgConn, error) {
	parameters := d.s.builtIn(d.s.o.ReadTimeout)
	for _, name := range []string{"enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan"} {
		parameters[name] = "off"
	}
	parameters["max_parallel_workers_per_gather"] = "0" // the tables are what is read side by side
	return d.s.o.Connect(ctx, d.database, parameters)
}

// work reads tables until none is left. A server that crashed over one comes
// back by itself, so the next table gets a new connection.
func (d *reading) work(ctx context.Context, queue <-chan relation) {
	var conn *pgconn.PgConn
	defer func() {
		if conn != nil {
			_ = conn.Close(context.WithoutCancel(ctx))
		}
	}()
	for t := range queue {
		if ctx.Err() != nil || d.isBlocked() {
			continue // the queue must be emptied
		}
		if conn == nil || conn.IsClosed() {
			var err error
			if conn, err = d.connect(ctx); err != nil {
				d.block(err)
				continue
			}
		}
		d.report(t, readTable(ctx, conn, t))
	}
}

// readTable copies a table to nowhere: in binary form, which needs no
// conversion, and as text where one of its types has no binary form.
func readTable(ctx context.Context, conn *pgconn.PgConn, t relation) error {
	err := conn.Exec(ctx, "copy "+t.copyFrom+" to '/dev/null' (format binary)").Close()
	if err != nil && code(err) == "42883" {
		err = conn.Exec(ctx, "copy "+t.copyFrom+" to '/dev/null'").Close()
	}
	return err
}

func (d *reading) report(t relation, err error) {
	d.mu.Lock()
	d.done++
	if err != nil {
		switch code(err) {
		case "57014", "53100", "53200", "53300", "42501": // timeout, resources, not allowed: nothing is known of the table
			d.bad.blocked = fmt.Errorf("%s: %w", t, err)
		default:
			d.bad.Add(t.String(), code(err))
		}
	}
	progress := Progress{Check: d.check, Object: t.String(), Done: d.done, Total: len(d.list)}
	d.mu.Unlock()
	d.s.o.Progress(progress)
}

func (d *reading) block(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.bad.blocked = err
}

func (d *reading) isBlocked() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.bad.blocked != nil
}
