package throwaway

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/lifeboat-dr/lifeboat/pkg/sandbox"
)

// longestBase leaves room for "/lb-<12 hex>/s/.s.PGSQL.<port>.lock" in the 103
// bytes of a socket's path.
const longestBase = 58

// socketsName is inside, and leads to the folder that the server writes to. The
// marker is not in its reach.
const socketsName = "s"

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
func (t *Throwaway) makeSocketDir() error {
	m := t.Marker
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
			return t.makeSockets()
		}
	} else if err != nil {
		return err
	}
	if err := writeMarker(dir, m); err != nil {
		return err
	}
	return t.makeSockets()
}

// makeSockets makes what the server writes its socket to: a folder of the throwaway,
// on the file system that is watched, to which a link with a short path leads. A
// file system that has no sockets gets the folder in the link's place.
func (t *Throwaway) makeSockets() error {
	run, err := sandbox.Detect()
	if err != nil {
		return err
	}
	dir := t.Marker.SocketDir
	if run.UID() != os.Geteuid() { // it passes through
		if err := os.Chmod(dir, 0o711); err != nil {
			return err
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	inside := filepath.Join(t.Path, "sockets")
	if to, err := root.Readlink(socketsName); err == nil && to == inside {
		return nil // of an earlier call
	}
	if _, err := root.Lstat(socketsName); errors.Is(err, fs.ErrNotExist) {
		if err := root.Symlink(inside, socketsName); err != nil {
			return err
		}
		if hasSockets(filepath.Join(dir, socketsName)) {
			return nil
		}
		if err := root.Remove(socketsName); err != nil {
			return err
		}
	}
	if err := root.Mkdir(socketsName, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := root.Lstat(socketsName)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is no folder", filepath.Join(dir, socketsName))
	}
	return err
}

// hasSockets tries.
func hasSockets(dir string) bool {
	l, err := net.Listen("unix", filepath.Join(dir, ".try"))
	if err != nil {
		return false
	}
	return l.Close() == nil // which removes it
}

// examineSocketDir tells whether a socket folder is ours: a folder of our own
// user that carries our marker, or holds nothing but the start of one.
func examineSocketDir(dir, name string) (ours, empty bool, err error) {
	info, err := os.Lstat(dir)
	if err != nil {
		return false, false, err
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); !info.IsDir() || !ok || int(stat.Uid) != os.Geteuid() {
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

// removeSocketDir removes what lifeboat makes in a socket folder, the server's
// folder with all that is in it, and the folder. Whatever else is in there
// stays, with the folder.
func removeSocketDir(dir, name string) error {
	ours, _, err := examineSocketDir(dir, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || !ours {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return err
	}
	var marker []string // last, for without it the folder is not ours
	for _, e := range entries {
		switch {
		case e.Name() == socketsName:
			err = errors.Join(err, removeTree(root, e.Name()))
		case strings.HasPrefix(e.Name(), ".s.PGSQL."): // of an earlier version
			err = errors.Join(err, root.Remove(e.Name()))
		case e.Name() == markerFile || e.Name() == partialMarker:
			marker = append(marker, e.Name())
		default:
			err = errors.Join(err, fmt.Errorf("%s holds %s, which is not ours", dir, e.Name()))
		}
	}
	if err != nil {
		return err
	}
	for _, name := range marker {
		if err := root.Remove(name); err != nil {
			return err
		}
	}
	return os.Remove(dir)
}
