// Command recover is what `make recover` runs: it starts two live PostgreSQL servers
// and a small shop that reads both, backs the servers up with lifeboat, stops them,
// and recovers the shop with the plan beside this file. It ends with the exit code of
// the recovery.
//
// Everything it makes lies in build/recover and is made anew each time; the evidence
// stays in .lifeboat.
package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/lifeboat-dr/lifeboat/examples/live"
)

var (
	//go:embed catalog.sql
	catalogSQL string
	//go:embed orders.sql
	ordersSQL string
	//go:embed lifeboat.yaml
	plan string
)

const (
	folder    = "build/recover"
	lifeboat  = "bin/lifeboat"
	shop      = folder + "/shop"
	planFile  = folder + "/lifeboat.yaml" // as deep as the one beside this file: its paths hold
	endpoints = ".lifeboat/endpoints/exercise"
	address   = "127.0.0.1:8473" // of the shop, in the plan
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code, err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "recover:", err)
		code = 70
	}
	os.Exit(code)
}

func run(ctx context.Context) (code int, err error) {
	for _, old := range []string{"backups", "servers"} { // the shop's program stays
		if err := os.RemoveAll(filepath.Join(folder, old)); err != nil {
			return 0, fmt.Errorf("remove the last sample: %w", err)
		}
	}
	live.Say("1. Two live PostgreSQL servers, a catalog and its orders, and a shop that reads both")
	catalog, err := live.Start(ctx, filepath.Join(folder, "servers", "catalog"), "catalog", catalogSQL)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, catalog.Close()) }()
	orders, err := live.Start(ctx, filepath.Join(folder, "servers", "orders"), "orders", ordersSQL)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, orders.Close()) }()
	fmt.Fprintf(os.Stderr, "PostgreSQL %s (%s)\n", catalog.Version, catalog.Bin)

	live.Say("2. A base backup of each, over the replication protocol")
	for name, url := range map[string]string{"catalog": catalog.URL("postgres"), "orders": orders.URL("postgres")} {
		if code, err := live.Command(ctx, lifeboat, "backup", "--url", url, "--to", filepath.Join(folder, "backups", name)); code != 0 || err != nil {
			return code, err
		}
	}
	// Which no backup has: it is lost.
	if _, err := orders.Conn.Exec(ctx, "insert into orders (product_id, quantity, created_at, note) select 1, 1, now(), '' from generate_series(1, 500)"); err != nil {
		return 0, err
	}

	at, err := writePlan()
	if err != nil {
		return 0, err
	}
	stopShop, err := openShop(at)
	if err != nil {
		return 0, err
	}
	defer stopShop()
	live.Say("3. Both servers are lost: the shop has no database any more")
	if err := errors.Join(catalog.Close(), orders.Close()); err != nil {
		return 0, err
	}
	answer(ctx, at)

	live.Say("4. Recovery by the plan's steps: databases, endpoints, checks, the cache, and the shop itself")
	if code, err = live.Command(ctx, lifeboat, "recover", "--plan", planFile); err != nil {
		return 0, err
	}
	live.Say("5. It was an exercise: what it recovered is gone again, and the shop without a database")
	answer(ctx, at)
	return code, nil
}

// writePlan is the plan beside this file, with an address that is free, and returns
// that.
func writePlan() (string, error) {
	at := address
	if l, err := net.Listen("tcp", at); err == nil {
		_ = l.Close()
	} else {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return "", err
		}
		at = l.Addr().String()
		_ = l.Close()
	}
	return at, os.WriteFile(planFile, []byte(strings.ReplaceAll(plan, address, at)), 0o600)
}

// openShop starts the shop, waits until it answers, and returns how to stop it.
func openShop(at string) (stop func(), err error) {
	cmd := exec.Command(shop, "serve", "--listen", at, "--endpoints", endpoints)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("open the shop: %w", err)
	}
	stop = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}
	for range 250 {
		conn, err := net.Dial("tcp", at)
		if err == nil {
			return stop, conn.Close()
		}
		time.Sleep(20 * time.Millisecond)
	}
	stop()
	return nil, fmt.Errorf("the shop does not open at %s", at)
}

// answer shows what the shop answers.
func answer(ctx context.Context, at string) {
	page := "http://" + at + "/bestsellers"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, page, http.NoBody)
	if err != nil {
		return
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		fmt.Fprintf(os.Stderr, "GET %s: %v\n", page, err)
		return
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(response.Body, 4<<10)) // what there is of it is shown
	fmt.Fprintf(os.Stderr, "GET %s: %s\n  %s\n", page, response.Status, strings.ReplaceAll(strings.TrimSpace(string(text)), "\n", "\n  "))
}
