// Command lambdastart measures how long a function takes from the start of its
// process to its first request to the Runtime API, which is what a cold start
// adds, and how much memory it has by then. Its peer is a Python function with
// boto3 that does the same job, in the same run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
)

const (
	maxMilliseconds = 8  // of the Go function
	minRatio        = 25 // the peer takes at least so many times as long
)

func main() {
	runs := flag.Int("runs", 30, "starts of each; the first three are dropped")
	flag.Parse()
	if err := run(*runs); err != nil {
		fmt.Fprintln(os.Stderr, "lambdastart:", err)
		os.Exit(1)
	}
}

func run(runs int) error {
	folder, err := os.MkdirTemp("", "lifeboat-lambdastart")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	build := exec.Command("go", "run", "./infra/package", "-host", "-out", folder)
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the functions: %w\n%s", err, out)
	}
	fmt.Printf("Process start to the first request to the Runtime API, median of %d\n\n", runs-dropped)
	ours, err := measure(runs, func() *exec.Cmd { return exec.Command(filepath.Join(folder, "select-backup", "bootstrap")) })
	if err != nil {
		return fmt.Errorf("select-backup: %w", err)
	}
	fmt.Printf("  %-34s %7.1f ms  %5.1f MiB\n", "select-backup (Go)", ours.milliseconds, ours.mebibytes)
	fmt.Printf("  at most %d ms: %s\n", maxMilliseconds, met(ours.milliseconds <= maxMilliseconds))
	python, err := exec.LookPath("python3")
	if err != nil || exec.Command(python, "-c", "import boto3").Run() != nil {
		fmt.Println("  python3 with boto3 is not here: the peer is left out")
		return nil
	}
	peer, err := measure(max(runs/3, dropped+3), func() *exec.Cmd { return exec.Command(python, "examples/lambdastart/handler.py") })
	if err != nil {
		return fmt.Errorf("the peer: %w", err)
	}
	fmt.Printf("  %-34s %7.1f ms  %5.1f MiB\n", "the same job (Python and boto3)", peer.milliseconds, peer.mebibytes)
	ratio := peer.milliseconds / ours.milliseconds
	fmt.Printf("  ratio %.0f, at least %d: %s\n", ratio, minRatio, met(ratio >= minRatio))
	return nil
}

func met(ok bool) string {
	if ok {
		return "met"
	}
	return "MISSED"
}

type start struct{ milliseconds, mebibytes float64 }

const dropped = 3 // starts that only warm the disk's cache

// measure starts a process again and again; medians of what it found.
func measure(runs int, command func() *exec.Cmd) (start, error) {
	var milliseconds, mebibytes []float64
	for i := range runs {
		s, err := once(command())
		if err != nil {
			return start{}, err
		}
		if i >= dropped {
			milliseconds, mebibytes = append(milliseconds, s.milliseconds), append(mebibytes, s.mebibytes)
		}
	}
	return start{median(milliseconds), median(mebibytes)}, nil
}

func once(cmd *exec.Cmd) (start, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return start{}, err
	}
	asked := make(chan struct{})
	server := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
	})}
	go func() { _ = server.Serve(listener) }() // ends when the server is closed
	defer server.Close()
	var complaints strings.Builder
	cmd.Stderr = &complaints
	cmd.Env = append(os.Environ(), "AWS_LAMBDA_RUNTIME_API="+listener.Addr().String(), "AWS_REGION=eu-central-1", "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x",
		deployed.EnvAccount+"=111122223333", deployed.EnvVersion+"=bench", deployed.EnvTable+"=lifeboat", deployed.EnvDeployment+"=bench")
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	watch := clock.StartStopwatch()
	if err := cmd.Start(); err != nil {
		return start{}, err
	}
	defer func() { _ = cmd.Wait() }() // it was killed
	defer func() { _ = cmd.Process.Kill() }()
	select {
	case <-asked:
	case <-ctx.Done():
		return start{}, errors.New("it never asked: " + complaints.String())
	}
	return start{float64(watch.Elapsed().Microseconds()) / 1000, peak(cmd.Process.Pid)}, nil
}

// peak is the most memory that a process had so far, in MiB; 0 where the
// platform does not say.
func peak(pid int) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) == 3 && fields[0] == "VmHWM:" {
			kibibytes, _ := strconv.ParseFloat(fields[1], 64)
			return kibibytes / 1024
		}
	}
	return 0
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
