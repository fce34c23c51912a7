package throwaway

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/privilege"
)

// longestBase leaves room for "/lb-<12 hex>/.s.PGSQL.<port>.lock" in the 103
// bytes of a socket's path.
const longestBase = 60

// socketDir names the socket folder of a throwaway: in the temporary folder,
// or in /tmp where that has a long path. It depends on the throwaway's name
// only, so that it is found also without a marker.
func socketDir(name string) string {
	base := os.TempDir()
	if len(base) > longestBase {
		base = "/tmp"
	}
	return filepath.Join(base, socketName(name))
}

func socketName(name string) string { return "lb-" + name[strings.LastIndexByte(name, '-')+1:] }

// socketDirs are the places where the socket folder of a throwaway may be,
// also when the temporary folder was another one then.
func socketDirs(name, recorded string) []string {
	dirs := []string{socketDir(name)}
	for _, dir := range []string{recorded, filepath.Join("/tmp", socketName(name))} {
		if dir != "" && filepath.Base(dir) == socketName(name) && filepath.IsAbs(dir) && dir != dirs[0] {
			dirs = append(dirs, filepath.Clean(dir))
		}
	}
	return dirs
}

// makeSocketDir makes the folder, or continues with ours.
func makeSocketDir(m Marker) error {
	dir := m.SocketDir
	err := os.Mkdir(dir, 0o700)
	if errors.Is(err, fs.ErrExist) {
		ours, empty, err := examineSocketDir(dir, m.Name)
		switch {
		case err != nil:
			return err
		case !ours:
			return fmt.Errorf("%s is in the way, and not ours", dir)
		case !empty:
			return nil
		}
	} else if err != nil {
		return err
	}
	return writeMarker(dir, m)
}

// examineSocketDir tells whether a socket folder is ours: a folder of our own
// user that carries our marker, or holds nothing but the start of one.
func examineSocketDir(dir, name string) (ours, empty bool, err error) {
	info, err := os.Lstat(dir)
	if err != nil {
		return false, false, err
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); !info.IsDir() || !ok || !ourUser(int(stat.Uid)) {
		return false, false, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false, false, err
	}
	if len(entries) == 0 || len(entries) == 1 && entries[0].Name() == partialMarker {
		return true, true, nil
	}
	_, err = readMarker(dir, name)
	return err == nil, false, nil
}

// ourUser: this user, or the one that programs run as.
func ourUser(uid int) bool {
	if uid == os.Geteuid() {
		return true
	}
	run, err := privilege.Detect()
	return err == nil && run.UID() == uid
}

// removeSocketDir removes what lifeboat and PostgreSQL make in a socket
// folder, and the folder. Whatever else is in there stays, with the folder.
func removeSocketDir(dir, name string) error {
	ours, _, err := examineSocketDir(dir, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || !ours {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var marker []string // last, for without it the folder is not ours
	for _, e := range entries {
		switch {
		case strings.HasPrefix(e.Name(), ".s.PGSQL."):
			err = errors.Join(err, os.Remove(filepath.Join(dir, e.Name())))
		case e.Name() == markerFile || e.Name() == partialMarker:
			marker = append(marker, filepath.Join(dir, e.Name()))
		default:
			err = errors.Join(err, fmt.Errorf("%s holds %s, which is not ours", dir, e.Name()))
		}
	}
	if err != nil {
		return err
	}
	for _, path := range marker {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return os.Remove(dir)
}
