package authz

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

//go:embed evaluator.mjs
var script string

// limit is how long an answer may take; start-up included, it takes a second or
// two.
var limit = 30 * time.Second

// grace is how long the process has to end by itself.
const grace = 2 * time.Second

// longest is how long a line of the process may be.
const longest = 16 << 20

// ErrUnavailable is the error of everything that is asked where the evaluator
// cannot run, or has ended: nobody knows then what AWS would answer.
var ErrUnavailable = errors.New("requests cannot be authorised: Node 20 or newer and what package.json names are needed: run npm ci in the root of the repository")

// Evaluator asks an implementation of IAM's evaluation by other people. It is
// safe for concurrent use.
type Evaluator struct {
	mu        sync.Mutex
	node      *exec.Cmd
	in        io.WriteCloser
	out       *bufio.Reader
	end       func() // ends the process, whoever waits for it
	limit     time.Duration
	stderr    *tail
	sent      map[string]bool // documents, by hash
	known     map[string]document
	cache     map[string]Answer
	mentioned map[mention]bool
	linted    map[string][]string
	dead      error
	asked     int
}

// document is a policy as it is compared and searched.
type document struct {
	hash  string
	lower string
	// untold is why no question can be asked about it; nil: it can.
	untold error
}

// Start starts the evaluator: a Node process that answers line by line. root is
// the folder that holds node_modules.
func Start(root string) (*Evaluator, error) {
	for _, name := range []string{"iam-simulate", "iam-policy", "iam-data"} {
		if _, err := os.Stat(filepath.Join(root, "node_modules", "@cloud-copilot", name)); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
	}
	e := &Evaluator{sent: map[string]bool{}, known: map[string]document{}, cache: map[string]Answer{}, mentioned: map[mention]bool{}, linted: map[string][]string{}, stderr: &tail{}, limit: limit}
	e.node = exec.Command("node", "--input-type=module", "--eval", script)
	e.node.Dir, e.node.Stderr = root, e.stderr // modules are found from the working directory
	e.node.WaitDelay = grace                   // for what it started itself, and left behind
	var err error
	if e.in, err = e.node.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := e.node.StdoutPipe()
	if err != nil {
		return nil, err
	}
	e.out = bufio.NewReaderSize(out, 64<<10)
	if err := e.node.Start(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	e.end = func() {
		_ = e.node.Process.Kill() // it may have ended already
		_ = out.Close()           // nor does anybody else keep the reader waiting
	}
	// The first answer tells whether the libraries are there at all.
	if _, err := e.Lint(json.RawMessage(`{"Version":"2012-10-17","Statement":[]}`)); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// Close ends the process. Nothing can be asked then.
func (e *Evaluator) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.dead == nil {
		e.dead = fmt.Errorf("%w: the evaluator was closed", ErrUnavailable)
	}
	e.wait()
	return nil
}

// wait has the process end: it does so when nothing can come any more, or else it
// is ended.
func (e *Evaluator) wait() {
	_ = e.in.Close() // it may have gone already
	defer time.AfterFunc(grace, e.end).Stop()
	_ = e.node.Wait()
}

// Asked is how many questions the process answered: all others were cached.
func (e *Evaluator) Asked() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.asked
}

// learn makes a policy known to the process, each once.
func (e *Evaluator) learn(policy json.RawMessage) (document, error) {
	if d, ok := e.known[string(policy)]; ok {
		return d, nil
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, policy); err != nil {
		return document{}, fmt.Errorf("a policy is no JSON: %w", err)
	}
	sum := sha256.Sum256(compact.Bytes())
	var value any
	if err := json.Unmarshal(policy, &value); err != nil {
		return document{}, err
	}
	d := document{hex.EncodeToString(sum[:]), searchable(value), untold(policy)}
	if !e.sent[d.hash] {
		if err := e.send(message{Policies: map[string]json.RawMessage{d.hash: compact.Bytes()}}); err != nil {
			return document{}, err
		}
		e.sent[d.hash] = true
	}
	e.known[string(policy)] = d
	return d, nil
}

// searchable is a value in which keys are found, whatever their case, and however
// they were escaped.
func searchable(value any) string {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // it was decoded: it can be encoded
	return strings.ToLower(strings.TrimSpace(text.String()))
}

// Ask answers a question: cached by everything that the answer depends on, the
// policies included.
func (e *Evaluator) Ask(q Question, p Policies) (Answer, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.dead != nil {
		return Answer{}, e.dead
	}
	a, documents, err := e.prepare(q, p)
	if err != nil {
		return Answer{}, fmt.Errorf("%s: %w", q, err)
	}
	if a == nil {
		return Answer{Because: q.Principal + " does not exist"}, nil
	}
	// What no policy mentions changes no answer, and would only spoil the cache.
	maps.DeleteFunc(a.Context, func(key string, _ any) bool {
		return !slices.ContainsFunc(documents, func(d document) bool { return e.mentions(d, key) })
	})
	key, err := json.Marshal(a) // maps are written in the order of their keys
	if err != nil {
		return Answer{}, err
	}
	if known, ok := e.cache[string(key)]; ok {
		return known, nil
	}
	e.asked++
	r, err := e.roundTrip(message{Ask: a})
	if err != nil {
		return Answer{}, err
	}
	if r.Error != "" {
		return Answer{}, fmt.Errorf("%s: cannot be evaluated: %s", q, r.Error)
	}
	answer := r.answer(q)
	e.cache[string(key)] = answer
	return answer, nil
}

// mentions tells whether a policy speaks of a condition key, and remembers it.
func (e *Evaluator) mentions(d document, key string) bool {
	of := mention{d.hash, key}
	known, ok := e.mentioned[of]
	if !ok {
		known = strings.Contains(d.lower, strings.Trim(searchable(key), `"`))
		e.mentioned[of] = known
	}
	return known
}

type mention struct{ document, key string }

// prepare looks up the policies of a question; nil where its role does not exist.
func (e *Evaluator) prepare(q Question, p Policies) (*asked, []document, error) {
	a := &asked{Principal: q.Principal, Action: q.Action, Resource: q.Resource, Owner: q.Owner, Context: q.context(), Identity: []string{}}
	var all []document
	add := func(policy json.RawMessage) (string, error) {
		d, err := e.learn(policy)
		if err == nil {
			err = d.untold
		}
		all = append(all, d)
		return d.hash, err
	}
	if !q.service() {
		policies := p.OfRole(q.Principal)
		if policies == nil {
			return nil, nil, nil
		}
		for i, policy := range policies {
			hash, err := add(policy)
			if err != nil {
				return nil, nil, fmt.Errorf("identity policy %d of %s: %w", i+1, q.Principal, err)
			}
			a.Identity = append(a.Identity, hash)
		}
	}
	if policy := p.OfResource(q.holder()); policy != nil {
		hash, err := add(policy)
		if err != nil {
			return nil, nil, fmt.Errorf("the policy of %s: %w", q.holder(), err)
		}
		a.ResourcePolicy, a.Holder = hash, q.holder()
	}
	if q.Endpoint != "" {
		if policy := p.OfEndpoint(q.Endpoint); policy != nil {
			if err := everybody(policy); err != nil {
				return nil, nil, fmt.Errorf("the policy of %s: %w", q.Endpoint, err)
			}
			hash, err := add(policy)
			if err != nil {
				return nil, nil, fmt.Errorf("the policy of %s: %w", q.Endpoint, err)
			}
			a.Endpoint, a.EndpointID = hash, q.Endpoint
		}
	}
	return a, all, nil
}

// everybody refuses a Principal in an endpoint's policy: the library ignores it
// there. Who is meant is said by conditions, as gateway endpoints want it anyway.
// https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
func everybody(policy json.RawMessage) error {
	var d struct {
		Statement []struct{ Principal, NotPrincipal any }
	}
	if err := json.Unmarshal(policy, &d); err != nil {
		return err
	}
	for _, s := range d.Statement {
		if who, ok := s.Principal.(map[string]any); ok && len(who) == 1 {
			s.Principal = who["AWS"]
		}
		if s.Principal != "*" || s.NotPrincipal != nil {
			return wire.Unknown("a Principal other than * is not simulated: %v %v", s.Principal, s.NotPrincipal)
		}
	}
	return nil
}

// Lint tells what is wrong with a policy, a line each: actions, resource types
// and condition keys that do not exist, resources that none of a statement's
// actions takes, keys that none of them has.
func (e *Evaluator) Lint(policy json.RawMessage) ([]string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	d, err := e.learn(policy)
	if err != nil {
		return nil, err
	}
	if known, ok := e.linted[d.hash]; ok {
		return known, nil
	}
	r, err := e.roundTrip(message{Lint: d.hash})
	if err != nil {
		return nil, err
	}
	if r.Error != "" {
		return nil, fmt.Errorf("a policy cannot be checked: %s", r.Error)
	}
	e.linted[d.hash] = slices.DeleteFunc(r.Problems, isWrong)
	return e.linted[d.hash], nil
}

// Err is why nothing can be asked any more; nil: it can.
func (e *Evaluator) Err() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.dead
}
