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
	ctx, stop := context.WithCancel(context.Background())
	go obey(asked(), stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// stopping are the signals that ask lifeboat to stop: of a person, a service
// manager, a terminal that is closed, and of Ctrl-\, which Go would answer with
// exit code 2, that of FailureClean.
var stopping = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}

// asked hands on what asks lifeboat to stop. What nohup had ignored stays so.
func asked() <-chan os.Signal {
	signals := make(chan os.Signal, 2)
	for _, s := range stopping {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	return signals
}

// obey lets the first signal ask a drill to stop and clean up, and a second one
// end the process at once, as a shell says that a signal did it: 128 and its
// number.
func obey(signals <-chan os.Signal, stop func()) {
	<-signals
	stop()
	code := 128
	if number, ok := (<-signals).(syscall.Signal); ok {
		code += int(number)
	}
	os.Exit(code)
}
