package simaws

import (
	"cmp"
	"net/http"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Fault spoils calls of one operation.
type Fault struct {
	On string `yaml:"on" json:"on"` // "rds:DescribeDBInstances"
	// Error is the code that is answered; empty: no answer at all comes.
	Error   string `yaml:"error" json:"error,omitempty"`
	Message string `yaml:"message" json:"message,omitempty"`
	Status  int    `yaml:"status" json:"status,omitempty"` // HTTP; zero: 400
	// Effective lets the call take effect before its answer is spoilt; one that is
	// refused has no effect, and its answer is spoilt as well.
	Effective bool `yaml:"effective" json:"effective,omitempty"`
	// Skip lets this many calls pass first; Times is how many are spoilt then:
	// zero is one, -1 all.
	Skip  int `yaml:"skip" json:"skip,omitempty"`
	Times int `yaml:"times" json:"times,omitempty"`
}

// lostAfter is how long a caller waits for an answer that never comes: the read
// timeout that lifeboat's functions give the SDK.
const lostAfter = 30 * time.Second

// lostAnswer is the error of a call whose answer never comes.
type lostAnswer struct{ after time.Duration }

func (*lostAnswer) Error() string { return "the answer was lost" }

func (f Fault) err() error {
	if f.Error == "" {
		return &lostAnswer{after: lostAfter}
	}
	return &wire.Error{Code: f.Error, Message: cmp.Or(f.Message, "simulated fault"), Status: cmp.Or(f.Status, http.StatusBadRequest)}
}

type faults struct{ waiting []*waitingFault }

type waitingFault struct {
	Fault
	skip, left int
	fired      bool
}

func newFaults(list []Fault) *faults {
	f := &faults{}
	for _, fault := range list {
		f.waiting = append(f.waiting, &waitingFault{Fault: fault, skip: fault.Skip, left: cmp.Or(fault.Times, 1)})
	}
	return f
}

// next returns the fault that spoils this call; the first that applies.
func (f *faults) next(operation string) *Fault {
	for _, w := range f.waiting {
		if w.On != operation || w.left == 0 {
			continue
		}
		if w.skip > 0 {
			w.skip--
			continue
		}
		w.fired = true
		if w.left > 0 {
			w.left--
		}
		return &w.Fault
	}
	return nil
}

func (f *faults) unused() []Fault {
	var unused []Fault
	for _, w := range f.waiting {
		if !w.fired {
			unused = append(unused, w.Fault)
		}
	}
	return unused
}
