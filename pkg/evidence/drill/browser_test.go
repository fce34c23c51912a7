package drillevidence_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
)

// TestReportsInABrowser has a real browser lay the reports out: the page is
// complete, and its own policy blocks nothing that it needs.
func TestReportsInABrowser(t *testing.T) {
	browser := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			browser = path
			break
		}
	}
	if browser == "" {
		t.Skip("no Chromium on the PATH")
	}
	for name, s := range stories() {
		t.Run(name, func(t *testing.T) {
			d := s.document()
			file := filepath.Join(t.TempDir(), "report.html")
			f, err := os.Create(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := drillevidence.Render(f, d, strings.Repeat("0", 64)); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			var said strings.Builder
			cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
				"--disable-background-networking", "--disable-component-update", "--disable-sync", "--enable-logging=stderr",
				"--user-data-dir="+t.TempDir(), "--dump-dom", "file://"+file)
			cmd.Stderr = &said
			dom, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v: %s", err, said.String())
			}
			for _, part := range []string{"<h1", d.Ending, "</html>"} {
				if !strings.Contains(string(dom), part) {
					t.Errorf("the page has no %s", part)
				}
			}
			if strings.Contains(said.String(), "CONSOLE") || strings.Contains(said.String(), "Content Security Policy") {
				t.Errorf("the browser complains: %s", said.String())
			}
		})
	}
}
