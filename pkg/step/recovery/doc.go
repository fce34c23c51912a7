// Package recoverystep has the steps of the two recovery machines. The parent,
// recovery, has PrepareRecovery, StartReady, AwaitEnd, RemoveThrowaways and
// ReportRecovery; the child, recovery-step, one execution per step and attempt, has
// ClaimStep, RunStep, QueryCopy, QueryRecovered and ReleaseStep. DecideStep is
// called by people.
//
// How everything stands is in the record (Store) and nowhere else. Every write of it
// is conditional, and what follows from it is recovery.Graph.Moves: whoever wrote
// last acts on them, and the parent does every minute, so a crash after any single
// write loses nothing and does nothing twice.
package recoverystep
