package authz

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// message is one line to the process.
type message struct {
	Policies map[string]json.RawMessage `json:"policies,omitempty"`
	Ask      *asked                     `json:"ask,omitempty"`
	Lint     string                     `json:"lint,omitempty"`
}

type asked struct {
	Principal      string         `json:"principal"`
	Action         string         `json:"action"`
	Resource       string         `json:"resource"`
	Owner          string         `json:"owner"`
	Context        map[string]any `json:"context"`
	Identity       []string       `json:"identity"`
	ResourcePolicy string         `json:"resourcePolicy,omitempty"`
	Endpoint       string         `json:"endpoint,omitempty"`
	// Whose the policies are, for errors.
	Holder     string `json:"holder,omitempty"`
	EndpointID string `json:"endpointID,omitempty"`
}

// reply is one line from it.
type reply struct {
	Result   string   `json:"result"`
	Identity string   `json:"identity"`
	Resource string   `json:"resource"`
	Endpoint string   `json:"endpoint"`
	Ignored  []string `json:"ignored"`
	Problems []string `json:"problems"`
	Error    string   `json:"error"`
}

func (e *Evaluator) send(m message) error {
	if e.dead != nil {
		return e.dead
	}
	line, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if _, err := e.in.Write(append(line, '\n')); err != nil {
		return e.died(err)
	}
	return nil
}

// roundTrip sends a line and reads the answer, which must come in time.
func (e *Evaluator) roundTrip(m message) (r reply, err error) {
	if e.dead != nil {
		return reply{}, e.dead
	}
	if e.out.Buffered() > 0 { // it would be taken for the answer
		return reply{}, e.garbled("it answered what nobody asked")
	}
	late := make(chan struct{})
	timer := time.AfterFunc(e.limit, func() {
		close(late)
		e.end()
	})
	defer func() {
		if !timer.Stop() {
			<-late
			r, err = reply{}, e.ended(fmt.Errorf("it gave no answer in %s, and was ended", e.limit))
		}
	}()
	if err := e.send(m); err != nil {
		return reply{}, err
	}
	line, err := e.line()
	if errors.Is(err, bufio.ErrBufferFull) {
		return reply{}, e.garbled("its answer has no end")
	}
	if err != nil {
		return reply{}, e.died(err)
	}
	if err := json.Unmarshal(line, &r); err != nil {
		return reply{}, e.garbled(fmt.Sprintf("it answered %.200q: %v", line, err))
	}
	said := r.Error != "" || m.Ask == nil && r.Problems != nil || m.Ask != nil && slices.Contains(results, r.Result)
	if !said {
		return reply{}, e.garbled(fmt.Sprintf("it answered %.200q, which is no answer", line))
	}
	return r, nil
}

// results of an evaluation.
var results = []string{"Allowed", "ExplicitlyDenied", "ImplicitlyDenied"}

// line reads one, of a length that an answer may have.
func (e *Evaluator) line() (line []byte, err error) {
	for {
		part, err := e.out.ReadSlice('\n')
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) || len(line) > longest {
			return line, err
		}
	}
}

// died remembers that the process is gone, as it is where Node or a library lacks.
func (e *Evaluator) died(err error) error {
	_ = e.ended(err) // it is in e.dead
	e.dead = fmt.Errorf("%w: %w", ErrUnavailable, e.dead)
	return e.dead
}

// garbled ends a process of which no answer can be trusted.
func (e *Evaluator) garbled(what string) error {
	e.end()
	return e.ended(errors.New(what))
}

// ended remembers why nothing can be asked any more.
func (e *Evaluator) ended(err error) error {
	e.wait()
	e.dead = fmt.Errorf("the evaluator of IAM policies has ended: %w\n%s", err, e.stderr)
	return e.dead
}

// tail keeps the end of what the process complains about.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-4<<10):]
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
