package privilege

import (
	"os/exec"
	"syscall"
)

// DieWithParent has the kernel send sig to the command when lifeboat dies,
// however it dies. Call it before Start.
func DieWithParent(cmd *exec.Cmd, sig syscall.Signal) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = sig
}
