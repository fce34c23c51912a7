package jsonata

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
)

func evaluate(t testing.TB, source string, env Env) (string, error) {
	t.Helper()
	x, err := Compile(source)
	if err != nil {
		return "", err
	}
	value, err := x.Evaluate(env)
	return string(value), err
}

func TestStepFunctionsOwnFunctions(t *testing.T) {
	cases := map[string]struct{ reason, want string }{
		`$partition([1,2,3,4,5], 2)`:                    {"the last part may be shorter", `[[1,2],[3,4],[5]]`},
		`$partition([1], 3)`:                            {"one part", `[[1]]`},
		`$partition([], 3)`:                             {"nothing", `[]`},
		`$partition([{"b":1,"a":2}], 1)`:                {"keys keep their order", `[[{"b":1,"a":2}]]`},
		`$range(1, 9, 2)`:                               {"the end is included", `[1,3,5,7,9]`},
		`$range(5, 1, -2)`:                              {"downwards", `[5,3,1]`},
		`$range(1, 1, 1)`:                               {"one element is still an array", `[1]`},
		`$hash("a", "MD5")`:                             {"hex", `"0cc175b9c0f1b6a831c399e269772661"`},
		`$hash("a", "SHA-1")`:                           {"hex", `"86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"`},
		`$parse('{"z":1,"a":[true,null]}')`:             {"order and null are kept", `{"z":1,"a":[true,null]}`},
		`$now()`:                                        {"from the caller's clock", `"2026-01-02T03:04:05.006Z"`},
		`$millis()`:                                     {"the same moment", `1767323045006`},
		`$uuid() != $uuid()`:                            {"two are two", `true`},
		`$random(42) = $random(42)`:                     {"a seed repeats", `true`},
		`$count($shuffle([1..10]))`:                     {"nothing is lost", `10`},
		`{"b": 1, "a": {"d": null, "c": 1.50}}`:         {"keys in their order, numbers as JavaScript has them", `{"b":1,"a":{"d":null,"c":1.5}}`},
		`"a ?: b ?? c"`:                                 {"inside a text they are only signs", `"a ?: b ?? c"`},
		`$filter([1,2,3], function($v) { $v = 2 })`:     {"a single match stands alone, as in jsonata", `2`},
		`$filter([1,2,3], function($v, $i) { $i > 0 })`: {"with the index", `[2,3]`},
		`function($s, $n)<sn?:s> { $s }("a")`:           {"a signature has a ?: that is no operator", `"a"`},
		`$contains("a?", /a\?/) ? 1 : 2`:                {"inside a regular expression, too", `1`},
	}
	env := Env{Now: time.Date(2026, 1, 2, 3, 4, 5, 6_000_000, time.UTC), Random: rand.New(rand.NewPCG(1, 2))}
	for source, c := range cases {
		if got, err := evaluate(t, source, env); got != c.want {
			t.Errorf("%s (%s): %s %v, want %s", source, c.reason, got, err, c.want)
		}
	}
}

func TestWhatIsRefused(t *testing.T) {
	cases := map[string]string{
		`$eval("1")`:                        "Step Functions forbids it",
		strings.Repeat("(", 100_000):        "it would use up the stack",
		`$a ?: 1`:                           "AWS has no such operator",
		`$a ?? 1`:                           "AWS has no such operator",
		`$partition("abc", 2)`:              "no array",
		`$partition([1], 0)`:                "parts of nothing",
		`$range(1, 2, 0)`:                   "it would never end",
		`$range(1, 5000, 1)`:                "AWS gives at most 1000 elements",
		`$hash("a", "CRC32")`:               "no such algorithm",
		`$parse("{")`:                       "no JSON",
		`($f := function() { $f() }; $f())`: "runaway recursion",
	}
	for source, reason := range cases {
		if got, err := evaluate(t, source, Env{}); err == nil {
			t.Errorf("%s gave %s, though: %s", source, got, reason)
		}
	}
	for source, want := range map[string]error{`$missing`: ErrUndefined, `function() { 1 }`: ErrUnsupported, `1/0`: ErrUnsupported, `[]`: nil, `null`: nil} {
		if _, err := evaluate(t, source, Env{}); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", source, err, want)
		}
	}
}

func TestOneExpressionForManyGoroutines(t *testing.T) {
	x, err := Compile(`$states.input.n * 2 + $count([1..50])`)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for n := range 50 {
		wg.Go(func() {
			input, _ := json.Marshal(map[string]any{"input": map[string]int{"n": n}})
			got, err := x.Evaluate(Env{Variables: map[string]json.RawMessage{"states": input}})
			if want, _ := json.Marshal(n*2 + 50); err != nil || string(got) != string(want) {
				t.Errorf("%s %v, want %s", got, err, want)
			}
		})
	}
	wg.Wait()
}

func FuzzEvaluate(f *testing.F) {
	f.Add(`$states.input.a[b=1]^(c){d: $sum(e)}`)
	f.Add(`function($x){$x}(1) ~> $string`)
	f.Add(`$match("a", /(/)`)
	f.Fuzz(func(_ *testing.T, source string) {
		if len(source) > 200 {
			return
		}
		x, err := Compile(source)
		if err == nil {
			_, _ = x.Evaluate(Env{Variables: map[string]json.RawMessage{"states": json.RawMessage(`{"input":{"a":[1,{"b":2}]}}`)}})
		}
	})
}

func BenchmarkEvaluate(b *testing.B) {
	x, err := Compile(`{"run": $states.input.run, "next": $states.input.n + 1}`)
	if err != nil {
		b.Fatal(err)
	}
	env := Env{Variables: map[string]json.RawMessage{"states": json.RawMessage(`{"input":{"run":"r","n":1}}`)}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := x.Evaluate(env); err != nil {
			b.Fatal(err)
		}
	}
}
