package authz

import "time"

// Pretend has another script answer, each time within a limit, until the function
// is called.
func Pretend(answers string, within time.Duration) (restore func()) {
	oldScript, oldLimit := script, limit
	script, limit = answers, within
	return func() { script, limit = oldScript, oldLimit }
}

// Within changes how long an answer may take.
func (e *Evaluator) Within(limit time.Duration) { e.limit = limit }

// Kill ends the process as a crash does.
func (e *Evaluator) Kill() {
	_ = e.node.Process.Kill() // it runs
	_, _ = e.out.ReadBytes('\n')
}
