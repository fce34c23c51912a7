package local

import recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"

var (
	errConflict = recoverystep.ErrConflict
	errNoRun    = recoverystep.ErrNoRun
)
