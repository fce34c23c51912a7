package server_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/server"
)

// onSmallDisk makes a server whose folder is on a file system of so many MiB.
func onSmallDisk(t *testing.T, mib int) (*server.Server, string) {
	t.Helper()
	set := pgtest.Binaries(t, 0)
	disk := pgtest.SmallDisk(t, mib)
	folder, sockets := filepath.Join(disk, "f"), filepath.Join(disk, "s")
	must(t, os.Mkdir(folder, 0o700))
	must(t, os.Mkdir(sockets, 0o700))
	s, err := server.New(t.Context(), server.Config{Bin: set, Folder: folder, Data: filepath.Join(folder, "data"), SocketDir: sockets})
	must(t, err)
	t.Cleanup(func() { s.Stop(t.Context()) })
	return s, folder
}

func hintsAtSpace(t *testing.T, err error) {
	t.Helper()
	t.Log(err)
	var named *drill.Error
	if !errors.As(err, &named) || named.Name != drill.RestoreFailed || !strings.Contains(named.Hint, "free some space") {
		t.Errorf("%v", err)
	}
}

func TestDiskFullInInitDB(t *testing.T) {
	s, folder := onSmallDisk(t, 12)
	hintsAtSpace(t, s.InitDB(t.Context(), "UTF8"))
	if entries, err := os.ReadDir(filepath.Join(folder, "data")); err == nil && len(entries) > 0 {
		t.Errorf("initdb left %v", entries)
	}
}

func TestDiskFullAtStart(t *testing.T) {
	s, folder := onSmallDisk(t, 80)
	must(t, s.InitDB(t.Context(), "UTF8"))
	fill := filepath.Join(folder, "fill")
	f, err := os.Create(fill)
	must(t, err)
	for err == nil { // until the disk is full
		_, err = f.Write(make([]byte, 4096))
	}
	must(t, f.Close())
	err = s.Start(t.Context(), nil)
	for err == nil { // it started, and ends
		_, err = s.Ready(t.Context())
		time.Sleep(10 * time.Millisecond)
	}
	hintsAtSpace(t, err)
}
