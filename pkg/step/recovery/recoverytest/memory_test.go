package recoverytest_test

import (
	"testing"

	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step/recovery/recoverytest"
)

func TestMemory(t *testing.T) {
	recoverytest.StoreSuite(t, func(*testing.T) recoverystep.Store { return recoverytest.NewMemory() })
}
