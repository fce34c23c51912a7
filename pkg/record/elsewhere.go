package record

import (
	"fmt"
	"os"
	"path/filepath"
)

// elsewhere tells of folders that are symbolic links: what is read is what the
// link leads to now, and whoever can write the link can lead it to another.
func elsewhere(dirs ...string) []string {
	notes := []string{}
	for _, dir := range dirs {
		// A slash at the end would follow the link.
		to, err := os.Readlink(filepath.Clean(dir))
		if err == nil {
			notes = append(notes, fmt.Sprintf("%s is a symbolic link, to %s: that folder was looked at, and the link may have been another before", dir, to))
		}
	}
	return notes
}
