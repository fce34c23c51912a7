package privilege

import "syscall"

// insideID is how a program in the namespace sees itself: anything but 0,
// which is all that PostgreSQL looks at.
const insideID = 1000

// enterNamespace maps user and group 1000 inside to root outside. System V
// shared memory is in a namespace of its own too: it goes with the last
// process, however that ends.
func enterNamespace(attr *syscall.SysProcAttr) {
	attr.Cloneflags |= syscall.CLONE_NEWUSER | syscall.CLONE_NEWIPC
	attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: insideID, HostID: 0, Size: 1}}
	attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: insideID, HostID: 0, Size: 1}}
	attr.Credential = &syscall.Credential{Uid: insideID, Gid: insideID, NoSetGroups: true}
}
