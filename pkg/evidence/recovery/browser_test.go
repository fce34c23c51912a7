package recoveryevidence_test

import (
	"context"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	recoveryevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// browser is a Chromium, or the test is skipped.
func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no Chromium on the PATH")
	return ""
}

// opened is what a browser makes of a page, and what it complains of.
func opened(t *testing.T, with, file string, args ...string) (dom, complaints string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var said strings.Builder
	cmd := exec.CommandContext(ctx, with, append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--enable-logging=stderr", "--user-data-dir=" + t.TempDir(),
	}, append(args, "file://"+file)...)...)
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	for _, word := range []string{"CONSOLE", "Content Security Policy"} {
		if strings.Contains(said.String(), word) {
			complaints = said.String()
		}
	}
	return string(out), complaints
}

// written is the page of a recovery in a file.
func written(t *testing.T, r recovery.Report) (string, recoveryevidence.Document) {
	t.Helper()
	d := recoveryevidence.Build(r, recoveryevidence.Execution{})
	file := filepath.Join(t.TempDir(), "report.html")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := recoveryevidence.Render(f, d, strings.Repeat("0", 64)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return file, d
}

// Every page is complete in a real browser, of a recovery of 200 steps and with names
// that try to be markup as well: its own policy blocks nothing that it needs, and
// nothing runs in it.
func TestReportsInABrowser(t *testing.T) {
	with := browser(t)
	for name, r := range stories() {
		t.Run(name, func(t *testing.T) {
			file, d := written(t, r)
			dom, complaints := opened(t, with, file, "--dump-dom")
			for _, part := range []string{"<h1", d.Ending, `id="findings"`, `id="resources"`, "<footer", "</html>"} {
				if !strings.Contains(dom, part) {
					t.Errorf("the page has no %s", part)
				}
			}
			for _, bad := range []string{"<script", "<img", "<b>rd", "\u202e"} {
				if strings.Contains(dom, bad) {
					t.Errorf("the page has %s", bad)
				}
			}
			if steps := strings.Count(dom, `<text class="name"`); len(d.Steps) > 0 && steps != len(d.Steps) {
				t.Errorf("the time line has %d steps of %d", steps, len(d.Steps))
			}
			if complaints != "" {
				t.Errorf("the browser complains: %s", complaints)
			}
		})
	}
}

// Whoever prefers dark pages gets one, and others do not.
func TestReportInTheDark(t *testing.T) {
	with := browser(t)
	file, _ := written(t, failed())
	for scheme, dark := range []bool{true, false} { // as Chromium counts them
		shot := filepath.Join(t.TempDir(), "page.png")
		opened(t, with, file, fmt.Sprintf("--blink-settings=preferredColorScheme=%d", scheme), "--window-size=600,400", "--screenshot="+shot)
		f, err := os.Open(shot)
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(f)
		if err != nil {
			t.Fatal(err)
		}
		r, g, b, _ := picture.At(2, 2).RGBA()
		if bright := (r+g+b)/3 > 0x7fff; bright == dark {
			t.Errorf("dark %t is preferred, and the page is of %d %d %d", dark, r>>8, g>>8, b>>8)
		}
		_ = f.Close()
	}
}
