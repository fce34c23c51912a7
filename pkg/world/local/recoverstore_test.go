package local

import (
	"testing"

	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step/recovery/recoverytest"
)

func TestTheRecordOfRecoveries(t *testing.T) {
	recoverytest.StoreSuite(t, func(t *testing.T) recoverystep.Store { return recoveries{t.TempDir()} })
}
