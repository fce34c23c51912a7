// Package throwaway keeps everything that one drill makes on this machine in
// one marked folder, and removes it so that nothing is left and nothing else
// is touched.
//
// Layout, below the plan's scratch folder:
//
//	lifeboat-<deployment>-<12 hex>/
//	    lifeboat.json   the marker: whose this is
//	    data/           the data directory
//	    tablespaces/    its tablespaces, relocated
//	    work/           whatever else a restore needs
//	    ...             the server's configuration and log
//
// (where the server's user cannot enter the scratch folder, because a parent of
// it is closed, below one in the temporary folder: see package privilege) and,
// because the path of a Unix socket must be short, outside of it
//
//	<temporary folder>/lb-<the same 12 hex>/
//	    lifeboat.json
//	    s/              the socket
//
// The two outer folders and the markers are lifeboat's user's; the server, which
// may be another, writes in data, tablespaces and s only. The scratch folder and
// all above it must be writable by nobody but root and lifeboat's user (a sticky
// folder such as /tmp above is fine).
//
// A killed process leaves a state that List and Remove understand, whenever it
// dies. The folder is made under a staging name that holds the number and the
// start of its maker, gets its marker there, synced, and is renamed: under its
// own name it never stands without a marker. The socket folder is made after
// that; its name follows from the folder's name alone. Removal ends the
// processes first, then removes the socket folder, the contents, the marker
// and the folder, in this order.
//
// What is removed has our name and our marker. Three exceptions, each of
// something that holds nothing: an empty folder of our name, an empty socket
// folder of our own user, and a staging folder with at most a marker in it.
// Links are removed, never followed.
package throwaway

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Throwaway is the folder of one run. Get one from Create or Open.
type Throwaway struct {
	Path   string // absolute
	Marker Marker
}

// Options say what to create.
type Options struct {
	Scratch     string // absolute; made where it is missing
	Deployment  string
	RunID       string
	ExecutionID string
	Version     string // of lifeboat
	CreatedAt   time.Time
}

// Create makes the throwaway of an execution, or continues with the one that
// an earlier call made. The error is RestoreRefused, also where something of
// that name exists that is not ours.
func Create(o Options) (*Throwaway, error) {
	name := drill.ThrowawayName(o.Deployment, o.ExecutionID)
	o.Scratch = home(o.Scratch)
	t := &Throwaway{Path: filepath.Join(o.Scratch, name)}
	if !filepath.IsAbs(o.Scratch) || !drill.IsThrowawayName(o.Deployment, name) {
		return nil, refused(t.Path, errors.New("the scratch folder must be an absolute path, and the deployment must have a name"))
	}
	scratch, err := makeHome(o.Scratch)
	if err != nil {
		return nil, refused(t.Path, err)
	}
	defer scratch.Close()
	if _, err := os.Lstat(t.Path); errors.Is(err, fs.ErrNotExist) {
		err := t.make(o, name)
		// Another call of the same execution may have been faster.
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, refused(t.Path, err)
		}
	}
	marker, err := readMarker(t.Path, name)
	if err != nil {
		return nil, refused(t.Path, err)
	}
	if marker.ExecutionID != o.ExecutionID {
		return nil, refused(t.Path, fmt.Errorf("it belongs to execution %s", marker.ExecutionID))
	}
	t.Marker = marker
	for _, dir := range []string{t.Tablespaces(), t.Work(), filepath.Join(t.Path, "sockets")} {
		at := filepath.Join(name, filepath.Base(dir))
		if err := scratch.Mkdir(at, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, refused(t.Path, err)
		}
		if info, err := scratch.Lstat(at); err != nil || !info.IsDir() {
			return nil, refused(t.Path, fmt.Errorf("%s is no folder", dir))
		}
	}
	if err := t.makeSocketDir(); err != nil {
		return nil, refused(t.Path, err)
	}
	return t, nil
}

// make builds the folder with its marker beside its place and renames it.
func (t *Throwaway) make(o Options, name string) error {
	me, err := self()
	if err != nil {
		return err
	}
	staging := filepath.Join(o.Scratch, stagingName(name, me))
	// One of an earlier attempt of this very process.
	if err := removeStaging(staging); err != nil {
		return err
	}
	if err := os.Mkdir(staging, 0o700); err != nil {
		return err
	}
	marker := Marker{
		Name: name, Deployment: o.Deployment, RunID: o.RunID, ExecutionID: o.ExecutionID, CreatedAt: o.CreatedAt.UTC(),
		Owner: me, SocketDir: socketDir(name), Version: o.Version,
	}
	if err := writeMarker(staging, marker); err != nil {
		return errors.Join(err, removeStaging(staging))
	}
	if err := os.Rename(staging, t.Path); err != nil {
		return errors.Join(err, removeStaging(staging))
	}
	return syncFolder(o.Scratch)
}

// Open finds a throwaway that Create made. An error that is fs.ErrNotExist
// tells that there is none; other errors that what stands there is not ours.
func Open(scratch, deployment, name string) (*Throwaway, error) {
	path := filepath.Join(home(scratch), name)
	if !drill.IsThrowawayName(deployment, name) {
		return nil, fmt.Errorf("%s is no name of a throwaway of deployment %s", path, deployment)
	}
	if _, err := os.Lstat(path); err != nil {
		return nil, fmt.Errorf("throwaway %s: %w", path, err)
	}
	marker, err := readMarker(path, name)
	if err != nil {
		return nil, err
	}
	return &Throwaway{Path: path, Marker: marker}, nil
}

// Data is the place of the data directory; it is not created.
func (t *Throwaway) Data() string { return filepath.Join(t.Path, "data") }

// Tablespaces is the folder of relocated tablespaces.
func (t *Throwaway) Tablespaces() string { return filepath.Join(t.Path, "tablespaces") }

// Work is for lists, temporary files and the like.
func (t *Throwaway) Work() string { return filepath.Join(t.Path, "work") }

// SocketDir is the folder for the server's Unix socket.
func (t *Throwaway) SocketDir() string { return filepath.Join(t.Marker.SocketDir, socketsName) }

// MarkKept records that the throwaway is to stay until a person removes it.
func (t *Throwaway) MarkKept() error {
	t.Marker.Kept = true
	return writeMarker(t.Path, t.Marker)
}

func refused(path string, err error) error {
	return &drill.Error{
		Name: drill.RestoreRefused, What: "make the throwaway folder " + path, Err: err,
		Hint: cmp.Or(hintFor(err), "look what stands there; lifeboat never touches what does not carry its marker"),
	}
}

func hintFor(err error) string {
	switch {
	case strings.Contains(err.Error(), "others could exchange"):
		return "name a scratch folder in the plan that belongs to the user that runs lifeboat, with parents that nobody else can write to"
	case errors.Is(err, fs.ErrPermission):
		return "let the user that runs lifeboat write to the scratch folder, or name another one in the plan"
	case outOfSpace(err):
		return "free some space, or name another scratch folder in the plan"
	}
	return ""
}
