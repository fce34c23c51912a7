// Package kinds is the one place of the functions that knows which adapter drills
// which kind of database. A kind that is new to AWS is a line in sources; how its
// checks are put is validate-data's own matter, so that no other function's binary
// holds the drivers.
package kinds

import (
	"github.com/lifeboat-dr/lifeboat/pkg/aws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/rounds"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// Source is what the functions need of the adapter of one kind.
type Source interface {
	drillstep.Backups
	drillstep.Restorer
	drillstep.Watcher
	drillstep.LoginMaker
	drillstep.Remover
	drillstep.Inventory
	drillstep.Foresight
	rounds.NewestFinder
	rounds.Recoverer
	rounds.Throwaways
}

// sources are all there are. Making them makes no call.
func sources(s *lambdafn.Settings) map[string]Source {
	return map[string]Source{plan.KindRDSInstance: Instances(s)}
}

// Instances is the adapter of RDS DB instances.
func Instances(s *lambdafn.Settings) *rds.Adapter {
	return rds.New(rds.Options{Config: s.Config, Clock: s.Clock, Account: s.Account, LookUpEvents: true})
}

// What each function needs, by kind; none of them makes a call.

func Backups(s *lambdafn.Settings) drillstep.ByKind[drillstep.Backups] {
	return byKind(s, func(a Source) drillstep.Backups { return a })
}

func Restorers(s *lambdafn.Settings) drillstep.ByKind[drillstep.Restorer] {
	return byKind(s, func(a Source) drillstep.Restorer { return a })
}

func Watchers(s *lambdafn.Settings) drillstep.ByKind[drillstep.Watcher] {
	return byKind(s, func(a Source) drillstep.Watcher { return a })
}

func LoginMakers(s *lambdafn.Settings) drillstep.ByKind[drillstep.LoginMaker] {
	return byKind(s, func(a Source) drillstep.LoginMaker { return a })
}

func Removers(s *lambdafn.Settings) drillstep.ByKind[drillstep.Remover] {
	return byKind(s, func(a Source) drillstep.Remover { return a })
}

func Inventories(s *lambdafn.Settings) drillstep.ByKind[drillstep.Inventory] {
	return byKind(s, func(a Source) drillstep.Inventory { return a })
}

func Finders(s *lambdafn.Settings) drillstep.ByKind[rounds.NewestFinder] {
	return byKind(s, func(a Source) rounds.NewestFinder { return a })
}

func Foresights(s *lambdafn.Settings) drillstep.ByKind[drillstep.Foresight] {
	return byKind(s, func(a Source) drillstep.Foresight { return a })
}

func Recoverers(s *lambdafn.Settings) drillstep.ByKind[rounds.Recoverer] {
	return byKind(s, func(a Source) rounds.Recoverer { return a })
}

func Throwaways(s *lambdafn.Settings) drillstep.ByKind[rounds.Throwaways] {
	return byKind(s, func(a Source) rounds.Throwaways { return a })
}

func byKind[T any](s *lambdafn.Settings, narrow func(Source) T) drillstep.ByKind[T] {
	adapters := drillstep.ByKind[T]{}
	for kind, source := range sources(s) {
		adapters[kind] = narrow(source)
	}
	return adapters
}
