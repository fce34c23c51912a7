// Package asl runs state machines in Amazon States Language with JSONata, as
// AWS Step Functions does: the same machine gives the same history, event for
// event. It is held against histories recorded on AWS.
//
// An execution is one event loop. Each branch is a fiber, which runs until it
// has to wait: for a time, for a task, for its own branches. The loop resumes
// one fiber at a time, in the order in which what they waited for came to
// pass, so nothing here is ever done by two goroutines at once.
//
// The clock is given. With clock.Real, tasks run in goroutines of their own.
// With *clock.Virtual everything, tasks included, runs on the goroutine that
// moves the clock: the same machine, input and seed always yield the same
// history. A task may let virtual time pass with Virtual.Sleep, and several
// executions may share one clock.
//
// What is not implemented is refused by Load, by its path. An execution leaves
// nothing behind: when it ends, the contexts of its running tasks are
// cancelled.
package asl
