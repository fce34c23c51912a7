package wal_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/wal"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/wal/waltest"
)

// backup is WAL between the start and the end of a backup.
func backup(during func(l *waltest.Log)) (l *waltest.Log, start, checkpoint uint64) {
	l = waltest.New()
	start = l.Filler(40)
	l.Filler(300)
	checkpoint = l.Checkpoint(start)
	during(l)
	l.EndBackup(start)
	return l, start, checkpoint
}

// leave fills a page but for so many bytes.
func leave(l *waltest.Log, bytes uint64) {
	rest := func() uint64 { return waltest.PageBytes - l.At()%waltest.PageBytes }
	for rest() < bytes+32 || rest() > bytes+400 {
		l.Filler(200)
	}
	l.Filler(int(rest() - bytes - 26)) //nolint:gosec // small
}

func walk(t *testing.T, files map[string]string, label string, checkpoint, redo uint64) (wal.Walked, error) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return wal.Walk(wal.Options{
		Dir: dir, Label: []byte(label), SegmentBytes: waltest.SegmentBytes, PageBytes: waltest.PageBytes,
		Checkpoint: checkpoint, Redo: redo, Timeline: 1,
	})
}

// However the record is laid out, a tablespace with a path is found.
func TestATablespaceInTheWALIsRefused(t *testing.T) {
	live := func(l *waltest.Log) { l.Tablespace("/srv/live") }
	for name, during := range map[string]func(l *waltest.Log){
		"plain":           live,
		"a relative path": func(l *waltest.Log) { l.Tablespace("../../../../srv/live") },
		"after records over pages and segments": func(l *waltest.Log) {
			for range 40 {
				l.Filler(100_000)
			}
			live(l)
		},
		"across two pages": func(l *waltest.Log) {
			leave(l, 32)
			live(l)
		},
		"its header across two pages": func(l *waltest.Log) {
			leave(l, 16)
			live(l)
		},
		"behind a block header": func(l *waltest.Log) {
			l.Add(5, 0, append(append(waltest.Block(0), waltest.Data(waltest.TablespaceData("/srv/live"))...), []byte{}...))
		},
		"with block data": func(l *waltest.Log) {
			data := waltest.TablespaceData("/srv/live")
			body := append(waltest.Block(3), 255, byte(len(data)))
			l.Add(5, 0, append(append(body, 1, 2, 3), data...))
		},
		"behind an origin and a transaction": func(l *waltest.Log) {
			l.Add(5, 0, append([]byte{253, 1, 0, 252, 1, 0, 0, 0}, waltest.Data(waltest.TablespaceData("/srv/live"))...))
		},
		"with the writer's own bits":   func(l *waltest.Log) { l.Add(5, 0x03, waltest.Data(waltest.TablespaceData("/srv/live"))) },
		"longer than any path":         func(l *waltest.Log) { l.Tablespace(strings.Repeat("/live", 4000)) },
		"without any data":             func(l *waltest.Log) { l.Add(5, 0, nil) },
		"a length that is not its own": func(l *waltest.Log) { l.Add(5, 0, append([]byte{255, 1}, waltest.TablespaceData("/srv/live")...)) },
	} {
		t.Run(name, func(t *testing.T) {
			l, start, checkpoint := backup(during)
			_, err := walk(t, l.Files(), waltest.Label(start, checkpoint), checkpoint, start)
			var refused *wal.Refused
			if !errors.As(err, &refused) {
				t.Errorf("error %v, want a refusal", err)
			}
		})
	}
}

func TestGoodWALIsReadToItsEnd(t *testing.T) {
	for name, during := range map[string]func(l *waltest.Log){
		"idle":                  func(*waltest.Log) {},
		"long records":          func(l *waltest.Log) { l.Filler(3 << 20); l.Filler(70_000) },
		"a tablespace in place": func(l *waltest.Log) { l.Tablespace("") },
		"a dropped tablespace":  func(l *waltest.Log) { l.Add(5, 0x10, waltest.Data([]byte{0, 0x40, 0, 0})) },
	} {
		t.Run(name, func(t *testing.T) {
			l, start, checkpoint := backup(during)
			end := l.At()
			w, err := walk(t, l.Files(), waltest.Label(start, checkpoint), checkpoint, start)
			if err != nil || w.End != end || w.Records < 4 || len(w.Unread) > 0 {
				t.Errorf("%+v, error %v; want the end %X", w, err, end)
			}
		})
	}
}

// What a label can say to have the beginning passed over.
func TestALabelThatDoesNotAgreeIsRefused(t *testing.T) {
	l, start, checkpoint := backup(func(l *waltest.Log) { l.Tablespace("/srv/live"); l.Filler(100) })
	later := l.Checkpoint(l.At())
	l.EndBackup(later)
	for name, c := range map[string]struct {
		label            string
		checkpoint, redo uint64
	}{
		"its start far ahead":         {waltest.Label(start+64, checkpoint), checkpoint, start},
		"a checkpoint far ahead":      {waltest.Label(later, later), checkpoint, start},
		"a later start, older record": {waltest.Label(start+64, checkpoint), later, later},
		"no checkpoint there":         {waltest.Label(start, start), checkpoint, start},
		"a start in lower case":       {strings.Replace(waltest.Label(start, checkpoint), "START WAL", "start wal", 1), checkpoint, start},
		"a line before it":            {"\n" + waltest.Label(start, checkpoint), checkpoint, start},
		"between two records":         {waltest.Label(start+1, checkpoint), checkpoint, start},
		"empty":                       {"", checkpoint, start},
	} {
		t.Run(name, func(t *testing.T) {
			if w, err := walk(t, l.Files(), c.label, c.checkpoint, c.redo); err == nil {
				t.Errorf("it was read: %+v", w)
			}
		})
	}
}

func TestDamagedWALIsNoBackup(t *testing.T) {
	l, start, checkpoint := backup(func(l *waltest.Log) { l.Filler(20_000); l.Filler(20_000) })
	for name, damage := range map[string]func(files map[string]string, segment string){
		"another magic": func(f map[string]string, s string) { f[s] = "\x00\xD0" + f[s][2:] },
		"a changed byte": func(f map[string]string, s string) {
			f[s] = f[s][:20_000] + string(f[s][20_000]^1) + f[s][20_001:]
		},
		"a cut segment": func(f map[string]string, s string) { f[s] = f[s][:16_384] },
		"no segment":    func(f map[string]string, s string) { delete(f, s) },
	} {
		t.Run(name, func(t *testing.T) {
			files := l.Files()
			damage(files, waltest.Name(1, start))
			if w, err := walk(t, files, waltest.Label(start, checkpoint), checkpoint, start); err == nil {
				t.Errorf("it was read: %+v", w)
			}
		})
	}
}

// Two files for one segment: the server must not find the one that was not read.
func TestATwinOfASegmentIsTakenOut(t *testing.T) {
	good, start, checkpoint := backup(func(*waltest.Log) {})
	evil, _, _ := backup(func(l *waltest.Log) { l.Tablespace("/srv/live") })
	files := good.Files()
	segment := waltest.Name(1, start)
	twin, after := "00000002"+segment[8:], waltest.Name(1, start+5*waltest.SegmentBytes)
	files[twin], files[after] = evil.Files()[segment], evil.Files()[segment]
	w, err := walk(t, files, waltest.Label(start, checkpoint), checkpoint, start)
	slices.Sort(w.Unread)
	if err != nil || !slices.Equal(w.Unread, []string{after, twin}) {
		t.Errorf("unread %v, error %v; want %s and %s", w.Unread, err, after, twin)
	}
}
