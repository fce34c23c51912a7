// Package jsonata is the expression layer of the state machine engine: JSONata
// as AWS Step Functions runs it.
//
// The language itself is gnata's. This package adds what Step Functions adds
// ($partition, $range, $hash, $random with a seed, $uuid, $parse), forbids what
// it forbids ($eval), takes the time and the randomness from the caller, so
// that an evaluation is a function of its arguments, and gives errors the code
// and the message of jsonata 2.0.6. What still differs is listed in
// DIFFERENCES.md, and a test holds that list exact.
//
// Values go in and come out as JSON text with the order of keys kept.
package jsonata

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"time"

	"github.com/recolabs/gnata"
)

// ErrUndefined says that an expression yielded nothing.
var ErrUndefined = errors.New("the expression returned nothing (undefined)")

// ErrUnsupported says that an expression yielded something that JSON cannot
// hold: a function, an infinite number.
var ErrUnsupported = errors.New("the expression returned an unsupported result type")

// maxDuration bounds one evaluation. Ours: AWS documents that an evaluation
// that takes too long fails, without a figure.
const maxDuration = 30 * time.Second

// Expression is a compiled expression. It may be evaluated by several
// goroutines at once.
type Expression struct {
	source    string
	compiled  *gnata.Expression
	variables []string // the names that the source mentions, without $
	impure    bool     // mentions a function whose result depends on Env
}

// Env is what an evaluation can see.
type Env struct {
	// Variables by their name without the $: "states" and the assigned ones,
	// as JSON text.
	Variables map[string]json.RawMessage
	// Now is what $now and $millis tell.
	Now time.Time
	// Random feeds $random, $uuid and $shuffle. Nil: a fixed seed.
	Random *rand.Rand
}

var (
	nameRE   = regexp.MustCompile(`\$([A-Za-z_][A-Za-z0-9_]*)`)
	impureRE = regexp.MustCompile(`\$(now|millis|random|uuid|shuffle)\b`)
)

// Compile parses an expression, given without its {% %}. The error is an
// *Error.
func Compile(source string) (x *Expression, err error) {
	defer func() {
		if p := recover(); p != nil {
			x, err = nil, &Error{Code: "S0500", Message: fmt.Sprintf("Attempted to evaluate an expression containing syntax error(s): %v", p)}
		}
	}()
	if err := refuse(source); err != nil {
		return nil, err
	}
	compiled, err := gnata.Compile(source)
	if err != nil {
		return nil, translate(err)
	}
	x = &Expression{source: source, compiled: compiled, impure: impureRE.MatchString(source)}
	for _, match := range nameRE.FindAllStringSubmatch(source, -1) {
		if !slices.Contains(x.variables, match[1]) {
			x.variables = append(x.variables, match[1])
		}
	}
	return x, nil
}

// String returns the source.
func (x *Expression) String() string { return x.source }

// Evaluate returns the result as JSON text. The error is ErrUndefined,
// ErrUnsupported, or an *Error with code and message.
func (x *Expression) Evaluate(env Env) (result json.RawMessage, err error) {
	defer func() {
		if p := recover(); p != nil {
			result, err = nil, &Error{Code: "D3137", Message: fmt.Sprintf("internal error in the expression: %v", p)}
		}
	}()
	scope := pureScope.Clone()
	if x.impure {
		scope = gnata.NewCustomEnv(impureFunctions(env))
		for _, name := range notInJSONata {
			scope.Bind(name, nil)
		}
		bindLambdas(scope, (*gnata.Expression).EvalWithCustomFuncs, renamed)
		bindLambdas(scope, (*gnata.Expression).EvalWithCustomFuncs, pureLambdas)
		bindLambdas(scope, (*gnata.Expression).EvalWithCustomFuncs, impureLambdas)
	}
	for _, name := range x.variables {
		text, ok := env.Variables[name]
		if !ok {
			continue
		}
		value, err := gnata.DecodeJSON(text)
		if err != nil {
			return nil, fmt.Errorf("decode variable $%s: %w", name, err)
		}
		scope.Bind(name, value)
	}
	ctx, cancel := context.WithTimeout(context.Background(), maxDuration)
	defer cancel()
	value, err := x.compiled.EvalWithCustomFuncs(ctx, nil, scope)
	if err != nil {
		return nil, translate(err)
	}
	if value == nil {
		return nil, ErrUndefined
	}
	return encode(value)
}
