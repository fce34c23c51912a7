package jsonata

import (
	"context"
	"crypto/md5"  //nolint:gosec // $hash offers it; it is not used for security here
	"crypto/sha1" //nolint:gosec // as above
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"hash/fnv"
	"math/rand/v2"
	"strings"

	"github.com/recolabs/gnata"
)

// The functions that Step Functions adds to JSONata:
// https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
//
// Those that take or give arrays and objects are written in JSONata: gnata's Go
// functions would lose the order of keys.
var pureLambdas = map[string]string{
	"partition": `function($array, $size) {
		$type($array) != 'array' ? $error('Argument 1 of function $partition must be an array') :
		$type($size) != 'number' or $size < 1 ? $error('Argument 2 of function $partition must be a positive number') :
		$count($array) = 0 ? [] :
		$count($array) <= $size ? [[$array]] :
		($n := $floor($size); [[0..$ceil($count($array) / $n) - 1].(
			$from := $ * $n;
			[[$filter($array, function($v, $i) { $i >= $from and $i < $from + $n })]]
		)])
	}`,
	"range": `function($first, $last, $step) {
		$type($first) != 'number' or $type($last) != 'number' or $type($step) != 'number' ? $error('Arguments of function $range must be numbers') :
		$step = 0 ? $error('Argument 3 of function $range must not be zero') :
		($last - $first) / $step < 0 ? [] :
		($n := $floor(($last - $first) / $step); $n > 999 ? $error('$range yields at most 1000 elements') : [[0..$n].($first + $ * $step)])
	}`,
	// gnata keeps a single match in an array; jsonata does not.
	"filter": `function($array, $test) {
		($matches := $gnataFilter($array, $test); $count($matches) = 1 ? $matches[0] : $matches)
	}`,
	"clone": `function($value) { $value }`, // values cannot be changed, so a copy is the value
	// gnata's matches have start and end; jsonata's have index.
	"match": `function($text, $pattern, $limit) {
		$type($limit) = 'number' and $limit < 0 ? $gnataMatchLimit() :
		$map($exists($limit) ? $gnataMatch($text, $pattern, $limit) : $gnataMatch($text, $pattern), function($m) {
			{'match': $m.match, 'index': $m.start, 'groups': [$m.groups]}
		})
	}`,
}

// impureLambdas depend on the Go functions of impureFunctions.
var impureLambdas = map[string]string{
	"now": `function($picture, $zone) { $exists($picture) ? $fromMillis($millis(), $picture, $zone) : $fromMillis($millis()) }`,
	"shuffle": `function($array) {
		$not($exists($array)) or $count($array) < 2 ? $array :
		($keys := $map([1..$count($array)], function() { $random() });
		 $map($sort([0..$count($array) - 1], function($l, $r) { $keys[$l] > $keys[$r] }), function($i) { $array[$i] }))
	}`,
}

var pureFunctions = map[string]gnata.CustomFunc{
	"hash": hashOf,
	"gnataMatchLimit": func([]any, any) (any, error) {
		return nil, &Error{Code: "D3040", Message: messages["D3040"]}
	},
	"parse": parse,
	"eval": func([]any, any) (any, error) {
		return nil, &Error{Code: "T1006", Message: "Attempted to invoke a non-function", Token: "eval"}
	},
}

// pureScope holds every function whose result depends on its arguments alone.
var pureScope = gnata.NewCustomEnv(pureFunctions)

// gnata's own functions that a function of ours needs, under another name.
var renamed = map[string]string{"gnataMatch": "$match", "gnataFilter": "$filter"}

// notInJSONata are functions that gnata has and jsonata 2.0.6 has not: unbound,
// a call of them fails here as it does on AWS.
var notInJSONata = []string{"values", "flatten"}

func init() {
	for _, name := range notInJSONata {
		pureScope.Bind(name, nil)
	}
	bindLambdas(pureScope, (*gnata.Expression).EvalWithCustomFuncs, renamed)
	bindLambdas(pureScope, (*gnata.Expression).EvalWithCustomFuncs, pureLambdas)
}

// bindLambdas is generic because the type of gnata's scopes has no public name.
func bindLambdas[S interface{ Bind(string, any) }](
	scope S, eval func(*gnata.Expression, context.Context, any, S) (any, error), lambdas map[string]string,
) {
	for name, source := range lambdas {
		x, err := gnata.Compile(source)
		if err != nil {
			panic(fmt.Sprintf("$%s: %v", name, err)) // a mistake in this file
		}
		value, err := eval(x, context.Background(), nil, scope)
		if err != nil {
			panic(fmt.Sprintf("$%s: %v", name, err))
		}
		scope.Bind(name, value)
	}
}

// impureFunctions take the time and the randomness from the caller.
func impureFunctions(env Env) map[string]gnata.CustomFunc {
	random := env.Random
	if random == nil {
		random = rand.New(rand.NewPCG(1, 1)) //nolint:gosec // repeatable on purpose
	}
	functions := map[string]gnata.CustomFunc{
		"millis": func([]any, any) (any, error) { return float64(env.Now.UnixMilli()), nil },
		"uuid":   func([]any, any) (any, error) { return uuid(random), nil },
		"random": func(args []any, _ any) (any, error) {
			if len(args) == 0 || args[0] == nil {
				return random.Float64(), nil
			}
			seed := fnv.New64a()
			fmt.Fprint(seed, args[0])
			return rand.New(rand.NewPCG(seed.Sum64(), 0)).Float64(), nil //nolint:gosec // as above
		},
	}
	for name, f := range pureFunctions {
		functions[name] = f
	}
	return functions
}

// uuid is a version 4 UUID (RFC 9562) from the given randomness.
func uuid(random *rand.Rand) string {
	hi, lo := random.Uint64(), random.Uint64()
	hi = hi&^0xF000 | 0x4000
	lo = lo&^(0xC<<60) | 0x8<<60
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", hi>>32, hi>>16&0xFFFF, hi&0xFFFF, lo>>48, lo&0xFFFFFFFFFFFF)
}

func hashOf(args []any, _ any) (any, error) {
	if len(args) != 2 {
		return nil, &Error{Code: "T0410", Message: "Argument 2 of function \"hash\" does not match function signature", Token: "hash"}
	}
	algorithm, ok := args[1].(string)
	algorithms := map[string]func() hash.Hash{
		"MD5": md5.New, "SHA-1": sha1.New, "SHA-256": sha256.New, "SHA-384": sha512.New384, "SHA-512": sha512.New,
	}
	newHash := algorithms[strings.ToUpper(algorithm)]
	if !ok || newHash == nil {
		return nil, &Error{Code: "D3137", Message: "$hash: the algorithm must be one of MD5, SHA-1, SHA-256, SHA-384, SHA-512"}
	}
	data, ok := args[0].(string)
	if !ok {
		text, err := json.Marshal(args[0])
		if err != nil {
			return nil, ErrUnsupported
		}
		data = string(text)
	}
	h := newHash()
	h.Write([]byte(data))
	return hex.EncodeToString(h.Sum(nil)), nil
}

func parse(args []any, _ any) (any, error) {
	if len(args) == 0 || args[0] == nil {
		return nil, nil
	}
	text, ok := args[0].(string)
	if !ok {
		return nil, &Error{Code: "T0410", Message: "Argument 1 of function \"parse\" does not match function signature", Token: "parse"}
	}
	value, err := gnata.DecodeJSON(json.RawMessage(text))
	if err != nil || !json.Valid([]byte(text)) {
		return nil, &Error{Code: "D3137", Message: "$parse: the argument is not JSON"}
	}
	return value, nil
}
