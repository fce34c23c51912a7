// Command sample is what `make drill` runs: it starts a live PostgreSQL with a
// shop's data, takes a base backup of it with lifeboat, lets the shop go on,
// and drills the backup with the plan beside this file. It ends with the exit
// code of the drill.
//
// Everything it makes lies in build/sample and is made anew each time; the
// evidence stays in .lifeboat.
package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/jackc/pgx/v5"

	"github.com/lifeboat-dr/lifeboat/examples/live"
)

//go:embed shop.sql
var shopSQL string

const (
	folder   = "build/sample"
	lifeboat = "bin/lifeboat"
	planFile = "examples/sample/lifeboat.yaml"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code, err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "sample:", err)
		code = 70
	}
	os.Exit(code)
}

func run(ctx context.Context) (code int, err error) {
	if err := os.RemoveAll(folder); err != nil {
		return 0, fmt.Errorf("remove the last sample: %w", err)
	}
	server, err := live.Start(ctx, filepath.Join(folder, "server"), "shop", shopSQL)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	shop := shop{server.Conn}
	live.Say("1. A live PostgreSQL " + server.Version + " (" + server.Bin + ") with a shop's data")

	live.Say("2. A base backup of it, over the replication protocol")
	if code, err := live.Command(ctx, lifeboat, "backup", "--url", server.URL("postgres"), "--to", filepath.Join(folder, "backups")); code != 0 || err != nil {
		return code, err
	}

	before, err := shop.sell(ctx)
	if err != nil {
		return 0, err
	}
	live.Say("3. The shop sells on; its backup is drilled")
	code, err = live.Command(ctx, lifeboat, "drill", "shop/shop-db", "--plan", planFile)
	if err != nil {
		return 0, err
	}
	after, err := shop.orders(ctx)
	if err != nil {
		return 0, err
	}
	if after != before {
		return 0, fmt.Errorf("the live server had %d orders before the drill and %d after it: a drill must not touch the source", before, after)
	}
	live.Say(fmt.Sprintf("4. The live server was not touched: %d orders before the drill, %d after it", before, after))
	return code, nil
}

// shop is what the live server holds.
type shop struct{ conn *pgx.Conn }

// sell adds orders that the backup does not have, and returns how many there
// are then.
func (s shop) sell(ctx context.Context) (int, error) {
	_, err := s.conn.Exec(ctx, "insert into orders (customer_id, total_cents, created_at) select 1, 0, now() from generate_series(1, 500)")
	if err != nil {
		return 0, err
	}
	return s.orders(ctx)
}

func (s shop) orders(ctx context.Context) (n int, err error) {
	err = s.conn.QueryRow(ctx, "select count(*) from orders").Scan(&n)
	return n, err
}
