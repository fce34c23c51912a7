package mysqlcheck

import (
	"context"

	"github.com/lifeboat-dr/lifeboat/pkg/check"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// kinds is what MySQL can be asked.
var kinds = check.Kinds[*Session]{
	drill.CheckSQL:      (*Session).askSQL,
	drill.CheckHeapRead: (*Session).readTables,
	drill.CheckIndexes:  (*Session).notHere,
	drill.CheckAmcheck:  (*Session).notHere,
}

// notHere is for what PostgreSQL alone can be asked.
func (*Session) notHere(_ context.Context, _ drill.Check, r *drill.CheckResult) {
	check.Skip(r, "", "this check is for PostgreSQL")
}
