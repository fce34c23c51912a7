package drillstep

import (
	"context"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// TokenKeeper keeps the task tokens of those who wait for an event about a
// throwaway, until expires.
type TokenKeeper interface {
	PutToken(ctx context.Context, throwaway, token string, expires time.Time) error
}

// AwaitEvent stores the token of its own task; EventListener finishes the task
// when an event about the throwaway arrives. An event that came before the
// token was stored is lost, which costs the time to the next look.
type AwaitEvent struct {
	Tokens TokenKeeper
	Clock  step.Clock
}

type AwaitEventIn struct {
	Run   drill.Run `json:"run"`
	Poll  Poll      `json:"poll"`
	Token string    `json:"token"`
}

type AwaitEventOut struct{}

func (s AwaitEvent) Handle(ctx context.Context, in AwaitEventIn) (AwaitEventOut, error) {
	expires := s.Clock.Now().Add(time.Duration(in.Poll.WaitSeconds) * time.Second)
	if err := s.Tokens.PutToken(ctx, in.Run.Throwaway, in.Token, expires); err != nil {
		return AwaitEventOut{}, fmt.Errorf("keeping the token of run %s: %w", in.Run.ID, err)
	}
	return AwaitEventOut{}, nil
}
