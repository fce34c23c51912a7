// Command package builds every Lambda function for deployment and prints how
// large each one is. It fails where one is larger than the limit: a large
// package is a slow start.
//
// The same sources give the same bytes: paths are trimmed, there is no build
// id, and the files in the package have no time of their own.
package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// limit of a package, in bytes. The two largest are of recoveries: run-step talks to
// ten services, and report-recovery renders a page, for which the linker keeps every
// method of every client. Neither is waited for by more than a step of minutes.
const limit = 6_000_000

func main() {
	out := flag.String("out", "build/functions", "folder that gets one folder per function")
	host := flag.Bool("host", false, "build for this machine instead of Lambda's, for tests")
	flag.Parse()
	if err := run(*out, *host); err != nil {
		fmt.Fprintln(os.Stderr, "package:", err)
		os.Exit(1)
	}
}

func run(out string, host bool) error {
	mains, err := filepath.Glob("functions/*/main.go")
	if err != nil || len(mains) == 0 {
		return fmt.Errorf("no functions/*/main.go here: run it at the top of the project")
	}
	var tooLarge []string
	for _, file := range mains {
		name := filepath.Base(filepath.Dir(file))
		bootstrap := filepath.Join(out, name, "bootstrap")
		if err := build("./functions/"+name, bootstrap, host); err != nil {
			return err
		}
		size, err := packaged(bootstrap)
		if err != nil {
			return err
		}
		fmt.Printf("  %-20s %5.2f MB\n", name, float64(size)/1e6)
		if size > limit && !host { // another machine's binary is of another size
			tooLarge = append(tooLarge, name)
		}
	}
	if len(tooLarge) > 0 {
		return fmt.Errorf("larger than %.1f MB: %v", float64(limit)/1e6, tooLarge)
	}
	return nil
}

// build links one function as Lambda runs it: arm64, without the rpc package
// of the old runtime.
func build(source, bootstrap string, host bool) error {
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc", "-ldflags", "-s -w -buildid=", "-o", bootstrap, source)
	system, machine := "linux", "arm64"
	if host {
		system, machine = runtime.GOOS, runtime.GOARCH
	}
	cmd.Env = append(os.Environ(), "GOOS="+system, "GOARCH="+machine, "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", source, err, text)
	}
	return os.Chtimes(bootstrap, time.Unix(0, 0), time.Unix(0, 0))
}

// packaged is the size of the function's package in bytes.
func packaged(bootstrap string) (int, error) {
	binary, err := os.ReadFile(bootstrap)
	if err != nil {
		return 0, err
	}
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	w.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return flate.NewWriter(out, flate.BestCompression) })
	file, err := w.Create("bootstrap")
	if err != nil {
		return 0, err
	}
	if _, err := file.Write(binary); err != nil {
		return 0, err
	}
	if err := w.Close(); err != nil {
		return 0, err
	}
	return archive.Len(), nil
}
