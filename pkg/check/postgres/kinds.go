package pgcheck

import (
	"context"

	"github.com/lifeboat-dr/lifeboat/pkg/check"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// kinds is what PostgreSQL can be asked.
var kinds = check.Kinds[*Session]{
	drill.CheckSQL:      (*Session).askSQL,
	drill.CheckHeapRead: (*Session).readDeep,
	drill.CheckIndexes:  (*Session).invalidIndexes,
	drill.CheckAmcheck:  (*Session).verifyStructure,
}

func (s *Session) readDeep(ctx context.Context, c drill.Check, r *drill.CheckResult) {
	if s.o.Managed {
		s.readManaged(ctx, c.Cursor, r)
		return
	}
	s.readAll(ctx, r)
}

func (s *Session) verifyStructure(ctx context.Context, _ drill.Check, r *drill.CheckResult) {
	if s.o.Managed {
		check.Skip(r, "AmcheckUnavailable", "amcheck needs a superuser, and a managed instance has none")
		return
	}
	s.amcheck(ctx, r)
}
