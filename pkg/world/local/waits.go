package local

import (
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

// patience is how long a wait may be before it is told of: another drill has a
// lock for milliseconds.
const patience = 2 * time.Second

// patient tells of waits that last. after is time.AfterFunc; a test has another.
func patient(tell func(what string), after func(time.Duration, func()) *time.Timer) record.Waiting {
	if tell == nil {
		return nil
	}
	return func(what string) func() {
		timer := after(patience, func() { tell(what) })
		return func() { timer.Stop() }
	}
}
