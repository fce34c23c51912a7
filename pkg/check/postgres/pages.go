package pgcheck

import (
	"context"
	"fmt"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/check"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Pages is what was found of the copy's pages.
type Pages struct {
	Files, Pages int
	Bad          int      // pages without their checksum
	Named        []string // some of them, as file and block
}

// readAll verifies every page's checksum from outside, where the copy has them,
// and then has the server read every table. The first verdict is lifeboat's own:
// a copy that hides a table, or whose code answers for it, does not change it.
func (s *Session) readAll(ctx context.Context, r *drill.CheckResult) {
	if s.o.Pages == nil {
		s.readHeaps(ctx, r)
		return
	}
	pages, err := s.o.Pages(ctx)
	if err == nil && pages.Bad > 0 {
		more := ""
		if n := pages.Bad - len(pages.Named); n > 0 {
			more = fmt.Sprintf(" and %d more", n)
		}
		r.Expected, r.Figure, r.Reads, r.AnsweredBy = "every page with its checksum", pages.Bad, drill.ReadsTables, drill.AnsweredByLifeboat
		check.Fail(r, "XX001", fmt.Sprintf("%d of %d pages do not have their checksum: %s%s", pages.Bad, pages.Pages, strings.Join(pages.Named, ", "), more))
		return
	}
	s.readHeaps(ctx, r)
	switch {
	case ctx.Err() != nil || r.Outcome != drill.CheckPassed:
	case err != nil:
		r.Reason = check.Join(r.Reason, "the checksums of the pages could not be verified from outside of the server")
	default:
		r.Reason = check.Join(r.Reason, fmt.Sprintf("lifeboat verified the checksums of %d pages itself", pages.Pages))
	}
}
