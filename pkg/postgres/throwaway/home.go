package throwaway

import (
	"context"
	"fmt"
	"os"
	"syscall"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/privilege"
)

// home is where throwaways really live: the scratch folder, or one in the
// temporary folder where the server's user cannot enter it.
func home(scratch string) string {
	run, err := privilege.Detect()
	if err != nil {
		return scratch // the server will say why it cannot run
	}
	return run.Scratch(context.Background(), scratch)
}

// makeHome makes the folder that throwaways live in. In the temporary folder
// anybody could have made it before, and could exchange what is in it.
func makeHome(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	info, err := os.Lstat(folder)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if folder == privilege.FallbackScratch() && (!ok || !info.IsDir() || int(stat.Uid) != os.Geteuid() || info.Mode().Perm()&0o022 != 0) {
		return fmt.Errorf("%s is not ours alone", folder)
	}
	return nil
}
