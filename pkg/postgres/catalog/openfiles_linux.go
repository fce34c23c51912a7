package catalog

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// openForWriting lists the regular files that processes of this machine have
// open for writing, as far as this user may see them: /proc/<pid>/fd names the
// file, /proc/<pid>/fdinfo how it was opened (proc_pid_fdinfo(5)).
func openForWriting() []string {
	links, err := filepath.Glob("/proc/[0-9]*/fd/[0-9]*")
	if err != nil {
		return nil
	}
	var files []string
	for _, link := range links {
		name, err := os.Readlink(link)
		if err != nil || !filepath.IsAbs(name) || strings.HasPrefix(name, "/dev/") || strings.HasPrefix(name, "/proc/") {
			continue
		}
		if writable(strings.Replace(link, "/fd/", "/fdinfo/", 1)) {
			files = append(files, name)
		}
	}
	return files
}

func writable(fdinfo string) bool {
	text, err := os.ReadFile(fdinfo)
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(text)) {
		octal, ok := strings.CutPrefix(line, "flags:")
		if !ok {
			continue
		}
		flags, err := strconv.ParseInt(strings.TrimSpace(octal), 8, 64)
		return err == nil && flags&syscall.O_ACCMODE != syscall.O_RDONLY
	}
	return false
}
