package pagesum

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/plainfile"
)

// Cluster says where pages lie.
type Cluster struct {
	// Data is the data directory, Tablespaces the folder that holds one for each
	// tablespace; "" for none.
	Data, Tablespaces string
	BlockBytes        uint32
	FileBlocks        uint32 // blocks of a file before the next begins
}

// Report is what was found.
type Report struct {
	Files, Pages int
	Bad          int
	Named        []string // the first ten, as file and block
}

const shownPages = 10

// Verify reads every page. The error is for files that cannot be read; damage is
// in the report.
func Verify(ctx context.Context, c Cluster) (Report, error) {
	v := &verifier{cluster: c}
	if c.BlockBytes < 1<<10 || c.BlockBytes > 32<<10 || c.BlockBytes%(4*sums) != 0 || c.FileBlocks == 0 {
		return v.report, fmt.Errorf("blocks of %d bytes, files of %d blocks: not as PostgreSQL has them", c.BlockBytes, c.FileBlocks)
	}
	for _, folder := range []string{filepath.Join(c.Data, "base"), filepath.Join(c.Data, "global"), c.Tablespaces} {
		if folder == "" {
			continue
		}
		if err := v.folder(ctx, folder); err != nil {
			return v.report, err
		}
	}
	return v.report, nil
}

type verifier struct {
	cluster Cluster
	report  Report
}

// relationFile is a file of pages: a relation's fork and its segment.
var relationFile = regexp.MustCompile(`^[0-9]+(?:_(?:fsm|vm|init))?(?:\.([0-9]{1,6}))?$`)

func (v *verifier) folder(ctx context.Context, folder string) error {
	return filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // dropped in the meantime, or there are no tablespaces
		case err != nil:
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case !d.Type().IsRegular():
			return nil
		}
		m := relationFile.FindStringSubmatch(d.Name())
		if m == nil {
			return nil
		}
		segment, _ := strconv.Atoi(m[1])                              // none: the first
		err = v.file(ctx, path, uint32(segment)*v.cluster.FileBlocks) //nolint:gosec // six digits; a false one only makes damage
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
}

func (v *verifier) file(ctx context.Context, path string, first uint32) error {
	f, err := plainfile.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	v.report.Files++
	size := int(v.cluster.BlockBytes)
	buffer := make([]byte, 64*size)
	for at := int64(0); ; {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		n, err := f.ReadAt(buffer, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		for from := 0; from < n; from += size {
			block := first + uint32(at/int64(size)) + uint32(from/size) //nolint:gosec // a relation has at most 2^32 blocks
			v.report.Pages++
			if (from+size <= n && Matches(buffer[from:from+size], block)) || v.matchesLater(ctx, f, at+int64(from), block) {
				continue
			}
			if v.report.Bad++; len(v.report.Named) < shownPages {
				v.report.Named = append(v.report.Named, fmt.Sprintf("%s block %d", v.name(path), block))
			}
		}
		if n < len(buffer) {
			return nil
		}
		at += int64(n)
	}
}

// A page that does not match may be half written, and a file half extended.
const (
	readAgain = 5
	waitAgain = 20 * time.Millisecond
)

func (v *verifier) matchesLater(ctx context.Context, f *os.File, at int64, block uint32) bool {
	if v.report.Bad > shownPages { // no longer a chance meeting
		return false
	}
	page := make([]byte, v.cluster.BlockBytes)
	for range readAgain {
		timer := time.NewTimer(waitAgain)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return false
		}
		n, err := f.ReadAt(page, at)
		if n == len(page) && Matches(page, block) || n == 0 && errors.Is(err, io.EOF) {
			return true // or truncated
		}
	}
	return false
}

// name is the file inside the throwaway.
func (v *verifier) name(path string) string {
	if relative, err := filepath.Rel(filepath.Dir(v.cluster.Data), path); err == nil {
		return relative
	}
	return filepath.Base(path)
}
