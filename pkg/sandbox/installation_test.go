package sandbox_test

import (
	"slices"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/sandbox"
)

// Debian's packages, unpacked elsewhere, have their shared files beside lib, not
// beside bin: initdb ended in the sandbox without them.
func TestUnpackedDebianPackagesHaveTheirSharedFiles(t *testing.T) {
	for bin, share := range map[string]string{
		"/opt/alt/usr/lib/postgresql/15/bin": "/opt/alt/usr/share/postgresql/15",
		"/usr/lib/postgresql/17/bin":         "/usr/share/postgresql/17",
		"/opt/pg/bin":                        "/opt/pg/share",
	} {
		if parts := sandbox.Installation(bin); !slices.Contains(parts, share) {
			t.Errorf("%s: %q, without %s", bin, parts, share)
		}
	}
}
