// Package drill is the domain of a restore drill: recovery points and the
// choice among them, the facts that a run gathers, its timeline, the verdict
// with its reasons, the four endings and the names of the errors.
//
// It knows neither AWS nor PostgreSQL and does no input or output: every
// judgement is a function of its arguments.
package drill
