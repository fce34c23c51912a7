package throwaway

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/lifeboat-dr/lifeboat/pkg/sandbox"
)

// Home is where throwaways of a scratch folder lie, or would; it may not be there yet.
func Home(scratch string) string { return home(scratch) }

// home is where throwaways really live: the scratch folder, or one in the
// temporary folder where the server's user cannot enter it.
func home(scratch string) string {
	run, err := sandbox.Detect()
	if err != nil {
		return scratch // the server will say why it cannot run
	}
	return run.Scratch(context.Background(), scratch)
}

// makeHome makes the folder that throwaways live in, and opens it. Whoever else
// could write there, or above it, could exchange folders for others while
// lifeboat, which may be root, works in them.
func makeHome(folder string) (*os.Root, error) {
	if err := trusted(folder); err != nil { // before anything is made
		return nil, err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	return openHome(folder)
}

// openHome opens a folder of throwaways that is ours alone. What is done in it
// is done by this handle.
func openHome(folder string) (*os.Root, error) {
	if err := trusted(folder); err != nil {
		return nil, err
	}
	real, err := filepath.EvalSymlinks(folder)
	if err != nil {
		return nil, err
	}
	return os.OpenRoot(real)
}

func trusted(folder string) error {
	if err := sandbox.TrustedWithLinks(folder); err != nil {
		return fmt.Errorf("others could exchange what is in %s: %w", folder, err)
	}
	return nil
}
