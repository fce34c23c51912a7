// Command lifeboat is disaster recovery as code: it drills the restore of your
// databases down to validated data and keeps the evidence.
//
// Scripts may rely on this: --json prints exactly one JSON document on
// stdout, progress and logs go to stderr, and the exit code is one of those in
// exit.go.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// The first signal asks a drill to stop and clean up; unregistering after
	// it lets a second one end the process at once.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
