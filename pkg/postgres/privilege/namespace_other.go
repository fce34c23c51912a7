//go:build !linux

package privilege

import "syscall"

// enterNamespace asks for what this platform does not have; the attempt in
// Detect fails, and another way is taken.
func enterNamespace(attr *syscall.SysProcAttr) {
	attr.Credential = &syscall.Credential{Uid: 0, Gid: 0, NoSetGroups: true}
}
