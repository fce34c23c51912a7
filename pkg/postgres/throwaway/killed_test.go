package throwaway_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgbin"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/process"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/server"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/throwaway"
)

// TestMain is also the process that a test kills.
func TestMain(m *testing.M) {
	if scratch := os.Getenv("TEST_THROWAWAY_SCRATCH"); scratch != "" {
		if err := victim(scratch, os.Getenv("TEST_THROWAWAY_SURVIVE") != ""); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		time.Sleep(time.Hour) // until it is killed
	}
	os.Exit(m.Run())
}

const victimExecution = "arn:execution:victim"

func victim(scratch string, survive bool) error {
	ctx := context.Background()
	tw, err := throwaway.Create(throwaway.Options{Scratch: scratch, Deployment: deployment, RunID: "victim", ExecutionID: victimExecution, CreatedAt: time.Now()})
	if err != nil {
		return err
	}
	found, err := pgbin.Find(ctx, pgbin.Options{})
	if err != nil {
		return err
	}
	s, err := server.New(ctx, server.Config{Bin: found.Sets[0], Folder: tw.Path, Data: tw.Data(), SocketDir: tw.SocketDir(), Survive: survive})
	if err != nil {
		return err
	}
	if err := s.InitDB(ctx, "UTF8"); err != nil {
		return err
	}
	if err := s.Start(ctx, nil); err != nil {
		return err
	}
	for {
		open, err := s.Ready(ctx)
		if err != nil {
			return err
		}
		if open {
			fmt.Println("open")
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func kill(t *testing.T, scratch string, env ...string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), append(env, "TEST_THROWAWAY_SCRATCH="+scratch)...)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	line, _ := bufio.NewReader(out).ReadString('\n')
	must(t, cmd.Process.Kill())
	cmd.Wait()
	if strings.TrimSpace(line) != "open" {
		t.Fatalf("the process to kill said %q", line)
	}
}

func eventuallyNone(t *testing.T, folder string) {
	t.Helper()
	for range 500 {
		running, err := process.In(folder)
		must(t, err)
		if len(running) == 0 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	running, _ := process.In(folder)
	t.Errorf("still running: %v", running)
}

func TestKilledOwner(t *testing.T) {
	pgtest.Binaries(t, 0)
	name := drill.ThrowawayName(deployment, victimExecution)
	tests := map[string]struct {
		reason string
		env    []string
		dies   bool
	}{
		"dies with its parent": {"the kernel tells the server that lifeboat is gone", nil, true},
		"survives":             {"a server that is to be kept runs on, until it is swept", []string{"TEST_THROWAWAY_SURVIVE=1"}, false},
	}
	for label, tc := range tests {
		t.Run(label, func(t *testing.T) {
			scratch := filepath.Join(enterable(t), "a scratch")
			kill(t, scratch, tc.env...)
			path := filepath.Join(scratch, name)
			if tc.dies {
				eventuallyNone(t, path)
			} else if running, err := process.In(path); err != nil || len(running) == 0 {
				t.Errorf("%s: it does not run: %v", tc.reason, err)
			}
			entries, err := throwaway.List(scratch, deployment)
			if err != nil || len(entries) != 1 || !entries[0].Abandoned() {
				t.Fatalf("%s: %+v, %v", tc.reason, entries, err)
			}
			must(t, throwaway.RemoveEntry(t.Context(), deployment, entries[0]))
			absent(t, throwaway.Options{Scratch: scratch, Deployment: deployment}, name)
		})
	}
}

// TestCutOff builds every state that a kill can leave between two steps.
func TestCutOff(t *testing.T) {
	whole := func(t *testing.T, o throwaway.Options) *throwaway.Throwaway {
		tw := create(t, o)
		tw.Marker.Owner.PID = 1 << 30 // dead
		must(t, tw.MarkKept())
		tw.Marker.Kept = false
		raw, err := os.ReadFile(filepath.Join(tw.Path, "lifeboat.json"))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(tw.Path, "lifeboat.json"), []byte(strings.Replace(string(raw), `"kept": true`, `"kept": false`, 1)), 0o600))
		return tw
	}
	staging := func(t *testing.T, o throwaway.Options) string {
		dir := filepath.Join(o.Scratch, "."+drill.ThrowawayName(deployment, o.ExecutionID)+".1073741824.5.0a0b0c0d")
		must(t, os.MkdirAll(dir, 0o700))
		return dir
	}
	tests := map[string]func(t *testing.T, o throwaway.Options){
		"staging folder made": func(t *testing.T, o throwaway.Options) { staging(t, o) },
		"marker half written": func(t *testing.T, o throwaway.Options) {
			must(t, os.WriteFile(filepath.Join(staging(t, o), "lifeboat.json.partial"), []byte(`{"na`), 0o600))
		},
		"marker written": func(t *testing.T, o throwaway.Options) {
			must(t, os.WriteFile(filepath.Join(staging(t, o), "lifeboat.json"), []byte(`{}`), 0o600))
		},
		"renamed, no socket folder": func(t *testing.T, o throwaway.Options) {
			must(t, os.RemoveAll(filepath.Dir(whole(t, o).SocketDir())))
		},
		"socket folder without marker": func(t *testing.T, o throwaway.Options) {
			dir := filepath.Dir(whole(t, o).SocketDir())
			must(t, errors.Join(os.RemoveAll(filepath.Join(dir, "s")), os.Remove(filepath.Join(dir, "lifeboat.json"))))
		},
		"socket folder with half a marker": func(t *testing.T, o throwaway.Options) {
			dir := filepath.Dir(whole(t, o).SocketDir())
			must(t, os.RemoveAll(filepath.Join(dir, "s")))
			must(t, os.Rename(filepath.Join(dir, "lifeboat.json"), filepath.Join(dir, "lifeboat.json.partial")))
		},
		"whole": func(t *testing.T, o throwaway.Options) { whole(t, o) },
		"marker rewritten": func(t *testing.T, o throwaway.Options) {
			must(t, os.WriteFile(filepath.Join(whole(t, o).Path, "lifeboat.json.partial"), []byte(`{"na`), 0o600))
		},
		"removal: marker gone": func(t *testing.T, o throwaway.Options) {
			tw := whole(t, o)
			must(t, os.RemoveAll(filepath.Dir(tw.SocketDir())))
			must(t, os.RemoveAll(tw.Path))
			must(t, os.Mkdir(tw.Path, 0o700))
		},
	}
	for name, cut := range tests {
		t.Run(name, func(t *testing.T) {
			o := options(t)
			cut(t, o)
			entries, err := throwaway.List(o.Scratch, deployment)
			if err != nil || len(entries) != 1 {
				t.Fatalf("%+v, %v", entries, err)
			}
			e := entries[0]
			if !e.Abandoned() {
				t.Errorf("not abandoned: %+v", e)
			}
			for range 2 {
				must(t, throwaway.RemoveEntry(t.Context(), deployment, e))
			}
			absent(t, o, drill.ThrowawayName(deployment, o.ExecutionID))
			again := create(t, o) // and a repeated start finds nothing in its way
			must(t, throwaway.Remove(t.Context(), o.Scratch, deployment, again.Marker.Name))
		})
	}
}
