package mariadbtest

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// running is the file in a server's folder that has its process ID while it runs.
const running = "running"

// endOrphan removes a server's folder, and ends the server where the process of
// the test is gone without having stopped it: killed, timed out. It waits on a
// pipe that the kernel closes then. What was just making the data folder may still
// be at it.
const endOrphan = `if read -r _; then
	rm -rf "$1"
	exit
fi
if pid=$(cat "$1/$2" 2>/dev/null); then
	kill -KILL "$pid"
	while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
fi
while [ -e "$1" ]; do
	rm -rf "$1"
	sleep 1
done`

// endWithUs sees to it that neither a server nor its folder outlives the process
// of the test. It is to be called before the folder is used.
func endWithUs(t testing.TB, folder string) {
	t.Helper()
	end, ours, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/bin/sh", "-c", endOrphan, "sh", folder, running)
	cmd.Dir, cmd.Stdin, cmd.SysProcAttr = "/", end, &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = end.Close()
	t.Cleanup(func() { // after the server was stopped
		_, _ = ours.WriteString("\n")
		_ = ours.Close()
		_ = cmd.Wait()
	})
}
