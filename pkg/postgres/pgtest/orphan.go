package pgtest

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// endOrphan ends the server of a data directory when the process of the test ends
// without having stopped it: killed, timed out. It waits on a pipe that the kernel
// closes then. In a session of its own, what a terminal sends to the tests does
// not reach it.
const endOrphan = `read -r _
pid=$(head -n 1 "$1/postmaster.pid" 2>/dev/null) || exit 0
kill -QUIT "$pid"
while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
rm -rf "$2" "$3"`

// endWithUs sees to it that a source's server and folders do not outlive the
// process of the test.
func endWithUs(t testing.TB, data, folder, sockets string) {
	t.Helper()
	end, ours, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/bin/sh", "-c", endOrphan, "sh", data, folder, sockets)
	cmd.Dir, cmd.Stdin, cmd.SysProcAttr = "/", end, &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = end.Close()
	t.Cleanup(func() { // after the server was stopped
		_ = ours.Close()
		_ = cmd.Wait()
	})
}
