package eventbridge_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/eventbridge"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/events"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const (
	account  = "111122223333"
	region   = "eu-central-1"
	ruleARN  = "arn:aws:events:eu-central-1:111122223333:rule/"
	function = "arn:aws:lambda:eu-central-1:111122223333:function:listener"
	queue    = "arn:aws:sqs:eu-central-1:111122223333:undelivered"
)

// house is a bus with rules, and what comes out of them.
type house struct {
	clock *clock.Virtual
	bus   *events.Bus
	rules *eventbridge.Service
	// fails is what a target answers; nil: it takes everything.
	fails func(target string, attempt int) error
	// full is what the queue answers.
	full error

	attempts  map[string]int
	delivered []string // minutes and seconds since the start, target, what it got
	dead      []eventbridge.Undelivered
	lost      []string
}

func newHouse() *house {
	h := &house{clock: clock.NewVirtual(start), attempts: map[string]int{}}
	h.bus = events.NewBus(h.clock, nil)
	h.rules = eventbridge.NewWith(eventbridge.Options{
		Bus: h.bus, Clock: h.clock,
		Deliver: func(_ eventbridge.Rule, t eventbridge.Target, event []byte) error {
			h.attempts[t.ID]++
			if h.fails != nil {
				if err := h.fails(t.ID, h.attempts[t.ID]); err != nil {
					return err
				}
			}
			h.delivered = append(h.delivered, fmt.Sprintf("%v %s %s", h.clock.Now().Sub(start), t.ID, event))
			return nil
		},
		DeadLetter: func(u eventbridge.Undelivered) error {
			if h.full == nil {
				h.dead = append(h.dead, u)
			}
			return h.full
		},
		Lost: func(u eventbridge.Undelivered, err error) { h.lost = append(h.lost, u.Target.ID+": "+err.Error()) },
	})
	return h
}

func (h *house) add(t *testing.T, r eventbridge.Rule) {
	t.Helper()
	if r.ARN == "" {
		r.ARN = ruleARN + "r"
	}
	if r.Targets == nil {
		r.Targets = []eventbridge.Target{{ID: "t", ARN: function, DeadLetter: queue}}
	}
	r.Enabled = true
	if err := h.rules.AddRule(r); err != nil {
		t.Fatal(err)
	}
}

func event(detail string) events.Event {
	return events.Event{
		DetailType: "Drill Ended", Source: "lifeboat", Account: account, Region: region, Time: start, Resources: []string{"arn:one", "arn:two"}, Detail: json.RawMessage(detail),
	}
}

func TestPatterns(t *testing.T) {
	detail := `{"state": "running", "count": 5, "big": 3.018e2, "zero": 0, "no": null, "yes": true, "empty": "", "list": ["a", "b"], "none": [], "object": {"inner": "x"},
		"file": "dir/photo.PNG", "ip": "10.0.0.33", "ip6": "2001:db8::5", "dotted.name": "d", "star": "a*b\\c", "huge": 9007199254740993,
		"people": [{"first": "Anna", "last": "Smith", "tags": ["x", "y"]}, {"first": "Peter", "last": "Jones", "tags": ["z"]}], "markup": "<a&b>"}`
	for name, test := range map[string]struct {
		pattern string // of the detail
		want    bool
		reason  string
	}{
		"equal":             {`{"state": ["running"]}`, true, ""},
		"one of two":        {`{"state": ["stopped", "running"]}`, true, ""},
		"none":              {`{"state": ["stopped"]}`, false, ""},
		"case counts":       {`{"state": ["Running"]}`, false, ""},
		"no such field":     {`{"status": ["running"]}`, false, ""},
		"and":               {`{"state": ["running"], "count": [6]}`, false, "all fields"},
		"number":            {`{"count": [5]}`, true, ""},
		"number as written": {`{"count": [5.0]}`, false, "the guide: by its text"},
		"no text":           {`{"count": ["5"]}`, false, ""},
		"null":              {`{"no": [null]}`, true, ""},
		"null is not empty": {`{"empty": [null]}`, false, ""},
		"empty":             {`{"empty": [""]}`, true, ""},
		"empty is not null": {`{"no": [""]}`, false, ""},
		"true":              {`{"yes": [true]}`, true, ""},
		"false":             {`{"yes": [false]}`, false, ""},
		"of a list":         {`{"list": ["b", "c"]}`, true, "they have one in common"},
		"of no list":        {`{"list": ["c"]}`, false, ""},
		"of an empty list":  {`{"none": ["a"]}`, false, ""},
		"nested":            {`{"object": {"inner": ["x"]}}`, true, ""},
		"dots nest":         {`{"object.inner": ["x"]}`, true, "the guide: the same as nested"},
		"nesting is dots":   {`{"dotted": {"name": ["d"]}}`, true, "and the other way round"},
		"markup":            {`{"markup": ["<a&b>"]}`, true, "it is not escaped on the way"},

		"prefix":                 {`{"state": [{"prefix": "run"}]}`, true, ""},
		"no prefix":              {`{"state": [{"prefix": "unn"}]}`, false, ""},
		"prefix of a number":     {`{"count": [{"prefix": "5"}]}`, false, "texts only"},
		"prefix, any case":       {`{"state": [{"prefix": {"equals-ignore-case": "RUN"}}]}`, true, ""},
		"suffix":                 {`{"file": [{"suffix": ".PNG"}]}`, true, ""},
		"no suffix":              {`{"file": [{"suffix": ".png"}]}`, false, ""},
		"suffix, any case":       {`{"file": [{"suffix": {"equals-ignore-case": ".png"}}]}`, true, ""},
		"any case":               {`{"state": [{"equals-ignore-case": "RUNNING"}]}`, true, ""},
		"any case, other":        {`{"state": [{"equals-ignore-case": "RUN"}]}`, false, ""},
		"or with an operator":    {`{"state": ["x", {"prefix": "run"}]}`, true, ""},
		"prefix of one of a few": {`{"list": [{"prefix": "b"}]}`, true, ""},

		"wildcard":               {`{"file": [{"wildcard": "dir/*.PNG"}]}`, true, ""},
		"wildcard at the end":    {`{"file": [{"wildcard": "dir/*"}]}`, true, ""},
		"wildcard for nothing":   {`{"state": [{"wildcard": "run*ning"}]}`, true, "nothing is something"},
		"wildcards":              {`{"file": [{"wildcard": "*/*o*"}]}`, true, ""},
		"wildcard, order":        {`{"file": [{"wildcard": "*photo*dir*"}]}`, false, ""},
		"wildcard, no overlap":   {`{"state": [{"wildcard": "runn*nning"}]}`, false, "what the beginning took the end cannot have"},
		"wildcard without star":  {`{"state": [{"wildcard": "running"}]}`, true, ""},
		"wildcard, whole":        {`{"state": [{"wildcard": "unn*"}]}`, false, ""},
		"wildcard, escaped":      {`{"star": [{"wildcard": "a\\*b\\\\c"}]}`, true, ""},
		"wildcard, escaped star": {`{"state": [{"wildcard": "run\\*"}]}`, false, ""},

		"anything but":                    {`{"state": [{"anything-but": "stopped"}]}`, true, ""},
		"anything but it":                 {`{"state": [{"anything-but": "running"}]}`, false, ""},
		"anything but, without the field": {`{"status": [{"anything-but": "running"}]}`, false, "it must be there"},
		"anything but some":               {`{"state": [{"anything-but": ["stopped", "running"]}]}`, false, ""},
		"anything but a number":           {`{"count": [{"anything-but": 5}]}`, false, ""},
		"anything but the value":          {`{"count": [{"anything-but": [5.0, 6]}]}`, false, "numbers by value here"},
		"anything but other numbers":      {`{"count": [{"anything-but": [100, 200]}]}`, true, ""},
		"anything but a text":             {`{"count": [{"anything-but": "5"}]}`, true, "a number is none"},
		"anything but, of a list":         {`{"list": [{"anything-but": "a"}]}`, true, "the other one is something else"},
		"anything but a prefix":           {`{"state": [{"anything-but": {"prefix": "run"}}]}`, false, ""},
		"anything but prefixes":           {`{"state": [{"anything-but": {"prefix": ["init", "run"]}}]}`, false, ""},
		"anything but other prefixes":     {`{"state": [{"anything-but": {"prefix": ["init", "stop"]}}]}`, true, ""},
		"anything but a suffix":           {`{"file": [{"anything-but": {"suffix": ".PNG"}}]}`, false, ""},
		"anything but suffixes":           {`{"file": [{"anything-but": {"suffix": [".txt", ".rtf"]}}]}`, true, ""},
		"anything but, any case":          {`{"state": [{"anything-but": {"equals-ignore-case": "RUNNING"}}]}`, false, ""},
		"anything but some, any case":     {`{"state": [{"anything-but": {"equals-ignore-case": ["initializing", "Running"]}}]}`, false, ""},
		"anything but a wildcard":         {`{"file": [{"anything-but": {"wildcard": "*/photo*"}}]}`, false, ""},
		"anything but wildcards":          {`{"file": [{"anything-but": {"wildcard": ["*/lib/*", "*/bin/*"]}}]}`, true, ""},

		"numeric":               {`{"big": [{"numeric": ["=", 301.8]}]}`, true, "by value"},
		"numeric, one bound":    {`{"count": [{"numeric": ["<", 10]}]}`, true, ""},
		"numeric, not below":    {`{"count": [{"numeric": ["<", 5]}]}`, false, ""},
		"numeric, at most":      {`{"count": [{"numeric": ["<=", 5]}]}`, true, ""},
		"numeric, not above":    {`{"zero": [{"numeric": [">", 0]}]}`, false, ""},
		"numeric, at least":     {`{"zero": [{"numeric": [">=", 0]}]}`, true, ""},
		"numeric, range":        {`{"count": [{"numeric": [">", 0, "<=", 5]}]}`, true, ""},
		"numeric, out of range": {`{"zero": [{"numeric": [">", 0, "<=", 5]}]}`, false, ""},
		"numeric of a text":     {`{"state": [{"numeric": [">", 0]}]}`, false, ""},
		"numeric, not exact":    {`{"huge": [{"numeric": [">", 0]}]}`, false, "no double holds it: the guide says that it is no number then"},

		"exists":                  {`{"state": [{"exists": true}]}`, true, ""},
		"exists, null":            {`{"no": [{"exists": true}]}`, true, "null is there"},
		"exists, not":             {`{"status": [{"exists": true}]}`, false, ""},
		"absent":                  {`{"status": [{"exists": false}]}`, true, ""},
		"absent, not":             {`{"state": [{"exists": false}]}`, false, ""},
		"exists, of an object":    {`{"object": [{"exists": true}]}`, false, "leaves only"},
		"absent, of an object":    {`{"object": [{"exists": false}]}`, true, "the same"},
		"absent or something":     {`{"status": ["x", {"exists": false}]}`, true, ""},
		"absent beside what is":   {`{"status": [{"exists": false}], "state": ["running"]}`, true, ""},
		"exists, of a list":       {`{"list": [{"exists": true}]}`, true, ""},
		"exists, of an empty one": {`{"none": [{"exists": true}]}`, false, "it has no leaf (unproven)"},

		"cidr":             {`{"ip": [{"cidr": "10.0.0.0/24"}]}`, true, ""},
		"cidr, outside":    {`{"ip": [{"cidr": "10.0.1.0/24"}]}`, false, ""},
		"cidr, version 6":  {`{"ip6": [{"cidr": "2001:db8::/32"}]}`, true, ""},
		"cidr of a text":   {`{"state": [{"cidr": "10.0.0.0/8"}]}`, false, ""},
		"cidr, other kind": {`{"ip6": [{"cidr": "0.0.0.0/0"}]}`, false, ""},

		"or":               {`{"$or": [{"state": ["stopped"]}, {"count": [5]}]}`, true, ""},
		"or, neither":      {`{"$or": [{"state": ["stopped"]}, {"count": [6]}]}`, false, ""},
		"or, and":          {`{"$or": [{"state": ["stopped"]}, {"count": [5]}], "yes": [false]}`, false, ""},
		"or within or":     {`{"$or": [{"state": ["stopped"]}, {"count": [5], "$or": [{"yes": [false]}, {"zero": [0]}]}]}`, true, ""},
		"or, twice":        {`{"$or": [{"state": ["running"]}, {"count": [6]}], "object": {"$or": [{"inner": ["y"]}, {"inner": ["z"]}]}}`, false, ""},
		"or, nested":       {`{"object": {"$or": [{"inner": ["x"]}, {"inner": ["y"]}]}}`, true, ""},
		"objects of lists": {`{"people": {"first": ["Anna"]}}`, true, "lists are left out of the path"},
		"one person":       {`{"people": {"first": ["Anna"], "last": ["Smith"]}}`, true, ""},
		"two people":       {`{"people": {"first": ["Anna"], "last": ["Jones"]}}`, false, "no two elements of one list"},
		"and its list":     {`{"people": {"first": ["Anna"], "tags": ["y"]}}`, true, ""},
		"another's list":   {`{"people": {"first": ["Anna"], "tags": ["z"]}}`, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse()
			h.add(t, eventbridge.Rule{Pattern: json.RawMessage(`{"source": ["lifeboat"], "detail": ` + test.pattern + `}`)})
			h.bus.Send(event(detail))
			h.clock.Advance(time.Minute)
			if got := len(h.delivered) == 1; got != test.want || h.rules.Matched(ruleARN+"r") != len(h.delivered) {
				t.Errorf("%s: matched %t, %d times", test.reason, got, h.rules.Matched(ruleARN+"r"))
			}
		})
	}
}

func TestPatternsOfTheEnvelope(t *testing.T) {
	for pattern, want := range map[string]bool{
		`{"source": ["lifeboat"], "detail-type": ["Drill Ended"]}`:  true,
		`{"source": [{"prefix": "aws."}]}`:                          false,
		`{"resources": ["arn:two"]}`:                                true,
		`{"resources": ["arn:three"]}`:                              false,
		`{"account": ["111122223333"], "region": ["eu-central-1"]}`: true,
		`{"time": [{"prefix": "2026-11-02T03:00:00Z"}]}`:            true,
		`{"version": ["0"], "id": [{"exists": true}]}`:              true,
		`{"Source": ["lifeboat"]}`:                                  false,
	} {
		h := newHouse()
		h.add(t, eventbridge.Rule{Pattern: json.RawMessage(pattern)})
		e := event(`{}`)
		e.Time = e.Time.Add(400 * time.Millisecond)
		h.bus.Send(e)
		h.clock.Advance(time.Minute)
		if got := len(h.delivered) == 1; got != want {
			t.Errorf("%s: matched %t", pattern, got)
		}
	}
}

func TestEventsOfOtherPlaces(t *testing.T) {
	h := newHouse()
	h.add(t, eventbridge.Rule{Pattern: json.RawMessage(`{"source": ["lifeboat"]}`)})
	for _, change := range []func(*events.Event){
		func(e *events.Event) { e.Region = "eu-west-1" }, func(e *events.Event) { e.Account = "444455556666" },
	} {
		e := event(`{}`)
		change(&e)
		h.bus.Send(e)
	}
	h.clock.Advance(time.Minute)
	if len(h.delivered) != 0 {
		t.Errorf("a bus is of one account in one region: %v", h.delivered)
	}
}

// refused rules, by what is wrong with them.
func TestRulesThatAreRefused(t *testing.T) {
	long := `{"source": ["` + strings.Repeat("x", 2048) + `"]}`
	alternatives := strings.TrimSuffix(strings.Repeat(`{"a": ["b"]},`, 32), ",")
	for name, test := range map[string]struct {
		rule  eventbridge.Rule
		names string // what the error must name
	}{
		"nothing":             {eventbridge.Rule{}, "EventPattern or ScheduleExpression"},
		"no JSON":             {eventbridge.Rule{Pattern: json.RawMessage(`{"source"`)}, ""},
		"two":                 {eventbridge.Rule{Pattern: json.RawMessage(`{"a": ["b"]} {}`)}, "more than one"},
		"list":                {eventbridge.Rule{Pattern: json.RawMessage(`[]`)}, "not an object"},
		"empty":               {eventbridge.Rule{Pattern: json.RawMessage(`{}`)}, "Empty objects"},
		"empty inside":        {eventbridge.Rule{Pattern: json.RawMessage(`{"detail": {}}`)}, `"detail"`},
		"empty list":          {eventbridge.Rule{Pattern: json.RawMessage(`{"source": []}`)}, `"source"`},
		"no list":             {eventbridge.Rule{Pattern: json.RawMessage(`{"source": "aws.rds"}`)}, `"source" must be an object or an array`},
		"list in a list":      {eventbridge.Rule{Pattern: json.RawMessage(`{"source": [["a"]]}`)}, `"source"`},
		"too long":            {eventbridge.Rule{Pattern: json.RawMessage(long)}, "2048"},
		"unknown operator":    {eventbridge.Rule{Pattern: json.RawMessage(`{"source": [{"begins-with": "a"}]}`)}, "begins-with"},
		"two operators":       {eventbridge.Rule{Pattern: json.RawMessage(`{"source": [{"prefix": "a", "suffix": "b"}]}`)}, "one key"},
		"no operator":         {eventbridge.Rule{Pattern: json.RawMessage(`{"source": [{}]}`)}, "one key"},
		"prefix of a number":  {eventbridge.Rule{Pattern: json.RawMessage(`{"source": [{"prefix": 5}]}`)}, "prefix"},
		"prefix of a list":    {eventbridge.Rule{Pattern: json.RawMessage(`{"source": [{"prefix": ["a"]}]}`)}, "prefix"},
		"suffix of what":      {eventbridge.Rule{Pattern: json.RawMessage(`{"source": [{"suffix": {"wildcard": "a"}}]}`)}, "suffix"},
		"case of a number":    {eventbridge.Rule{Pattern: json.RawMessage(`{"source": [{"equals-ignore-case": 1}]}`)}, "equals-ignore-case"},
		"wildcard, stars":     {eventbridge.Rule{Pattern: json.RawMessage(`{"source": [{"wildcard": "a**"}]}`)}, "consecutive"},
		"wildcard, backslash": {eventbridge.Rule{Pattern: json.RawMessage(`{"source": [{"wildcard": "a\\b"}]}`)}, "backslash"},
		"wildcard, last":      {eventbridge.Rule{Pattern: json.RawMessage(`{"source": [{"wildcard": "a\\"}]}`)}, "backslash"},
		"wildcard of what":    {eventbridge.Rule{Pattern: json.RawMessage(`{"source": [{"wildcard": 1}]}`)}, "wildcard"},
		"but nothing":         {eventbridge.Rule{Pattern: json.RawMessage(`{"source": [{"anything-but": []}]}`)}, "anything-but"},
		"but a mixture":       {eventbridge.Rule{Pattern: json.RawMessage(`{"source": [{"anything-but": ["a", 1]}]}`)}, "anything-but"},
		"but null":            {eventbridge.Rule{Pattern: json.RawMessage(`{"source": [{"anything-but": null}]}`)}, "anything-but"},
		"but what":            {eventbridge.Rule{Pattern: json.RawMessage(`{"source": [{"anything-but": {"numeric": ["=", 1]}}]}`)}, "numeric"},
		"but two":             {eventbridge.Rule{Pattern: json.RawMessage(`{"source": [{"anything-but": {"prefix": "a", "suffix": "b"}}]}`)}, "anything-but"},
		"but number prefix":   {eventbridge.Rule{Pattern: json.RawMessage(`{"source": [{"anything-but": {"prefix": [1]}}]}`)}, "prefix"},
		"numeric, empty":      {eventbridge.Rule{Pattern: json.RawMessage(`{"source": [{"numeric": []}]}`)}, "numeric"},
		"numeric, operator":   {eventbridge.Rule{Pattern: json.RawMessage(`{"source": [{"numeric": ["!=", 1]}]}`)}, "!="},
		"numeric, text":       {eventbridge.Rule{Pattern: json.RawMessage(`{"source": [{"numeric": ["=", "1"]}]}`)}, "numeric"},
		"numeric, order":      {eventbridge.Rule{Pattern: json.RawMessage(`{"source": [{"numeric": ["<", 5, ">", 0]}]}`)}, "lower"},
		"numeric, nothing":    {eventbridge.Rule{Pattern: json.RawMessage(`{"source": [{"numeric": [">", 5, "<", 5]}]}`)}, "bottom"},
		"numeric, three":      {eventbridge.Rule{Pattern: json.RawMessage(`{"source": [{"numeric": [">", 1, "<", 5, "<", 6]}]}`)}, "numeric"},
		"numeric, not exact":  {eventbridge.Rule{Pattern: json.RawMessage(`{"source": [{"numeric": ["=", 9007199254740993]}]}`)}, "9007199254740993"},
		"exists, what":        {eventbridge.Rule{Pattern: json.RawMessage(`{"source": [{"exists": "yes"}]}`)}, "exists"},
		"cidr, what":          {eventbridge.Rule{Pattern: json.RawMessage(`{"source": [{"cidr": "10.0.0.0/33"}]}`)}, "cidr"},
		"or of one":           {eventbridge.Rule{Pattern: json.RawMessage(`{"$or": [{"source": ["a"]}]}`)}, "$or"},
		"or of texts":         {eventbridge.Rule{Pattern: json.RawMessage(`{"$or": ["a", "b"]}`)}, "$or"},
		"or, operator":        {eventbridge.Rule{Pattern: json.RawMessage(`{"$or": [{"source": [{"foo": 1}]}, {"a": ["b"]}]}`)}, "foo"},
		"or, too many":        {eventbridge.Rule{Pattern: json.RawMessage(`{"$or": [` + alternatives + `], "detail": {"$or": [` + alternatives + `]}}`)}, "1000"},

		"schedule":        {eventbridge.Rule{Schedule: "every day"}, "every day"},
		"schedule, unit":  {eventbridge.Rule{Schedule: "rate(1 hours)"}, "singular"},
		"schedule, at":    {eventbridge.Rule{Schedule: "at(2026-11-20T13:00:00)"}, "at"},
		"schedule, field": {eventbridge.Rule{Schedule: "cron(0 25 * * ? *)"}, "hours"},
		"ARN":             {eventbridge.Rule{ARN: "arn:aws:rds:eu-central-1:111122223333:db:x", Schedule: "rate(1 day)"}, "arn:aws:rds"},
		"other bus":       {eventbridge.Rule{ARN: ruleARN + "orders/r", Schedule: "rate(1 day)"}, "orders/r"},
		"contradiction":   {eventbridge.Rule{Region: "eu-west-1", Schedule: "rate(1 day)"}, "eu-west-1"},

		"target without ARN": {eventbridge.Rule{Schedule: "rate(1 day)", Targets: []eventbridge.Target{{ID: "a"}}}, "Arn"},
		"target twice":       {eventbridge.Rule{Schedule: "rate(1 day)", Targets: []eventbridge.Target{{ID: "a", ARN: "x"}, {ID: "a", ARN: "y"}}}, `"a"`},
		"six targets": {eventbridge.Rule{Schedule: "rate(1 day)", Targets: []eventbridge.Target{
			{ID: "a", ARN: "x"}, {ID: "b", ARN: "x"}, {ID: "c", ARN: "x"}, {ID: "d", ARN: "x"}, {ID: "e", ARN: "x"}, {ID: "f", ARN: "x"}}}, "5"},
		"input":   {eventbridge.Rule{Schedule: "rate(1 day)", Targets: []eventbridge.Target{{ID: "a", ARN: "x", Input: json.RawMessage("{")}}}, "input for target a"},
		"retries": {eventbridge.Rule{Schedule: "rate(1 day)", Targets: []eventbridge.Target{{ID: "a", ARN: "x", MaxRetries: number(186)}}}, "MaximumRetryAttempts"},
		"age":     {eventbridge.Rule{Schedule: "rate(1 day)", Targets: []eventbridge.Target{{ID: "a", ARN: "x", MaxAge: time.Second}}}, "MaximumEventAgeInSeconds"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse()
			if test.rule.ARN == "" {
				test.rule.ARN = ruleARN + "r"
			}
			err := h.rules.AddRule(test.rule)
			var refused *wire.Error
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), test.names) {
				t.Errorf("got %v, which must name %s", err, test.names)
			}
			if len(h.rules.Rules()) != 0 {
				t.Error("it is there all the same")
			}
		})
	}
	if err := eventbridge.New(events.NewBus(clock.NewVirtual(start), nil)).AddRule(eventbridge.Rule{ARN: ruleARN + "r", Schedule: "rate(1 day)"}); err == nil {
		t.Error("without anybody to deliver there are no rules")
	}
}

func number(n int) *int { return &n }

func TestWhatTargetsGet(t *testing.T) {
	h := newHouse()
	h.add(t, eventbridge.Rule{
		Pattern: json.RawMessage(`{"source": ["lifeboat"]}`),
		Targets: []eventbridge.Target{{ID: "event", ARN: function}, {ID: "constant", ARN: function, Input: json.RawMessage(`{"a": 1}`)}},
	})
	e := event(`{"note": "<b> & c", "n": 1.0}`)
	e.Time = start.Add(1500 * time.Millisecond)
	h.bus.Send(e)
	h.clock.Advance(time.Minute)
	want := []string{
		`1s event {"version":"0","id":"00000000-0000-4000-8000-000000000001","detail-type":"Drill Ended","source":"lifeboat","account":"111122223333",` +
			`"time":"2026-11-02T03:00:01Z","region":"eu-central-1","resources":["arn:one","arn:two"],"detail":{"note":"<b> & c","n":1.0}}`,
		`1s constant {"a": 1}`,
	}
	if diff := cmp.Diff(want, h.delivered); diff != "" {
		t.Error(diff)
	}
}

func TestSchedules(t *testing.T) {
	h := newHouse()
	h.add(t, eventbridge.Rule{ARN: ruleARN + "sweeping", Schedule: "rate(30 minutes)"})
	h.add(t, eventbridge.Rule{ARN: ruleARN + "nightly", Schedule: "cron(45 3 * * ? *)", Targets: []eventbridge.Target{{ID: "n", ARN: function, Input: json.RawMessage(`{}`)}}})
	h.clock.Advance(time.Hour)
	scheduled := func(id int, at string) string {
		return fmt.Sprintf(`{"version":"0","id":"00000000-0000-4000-9000-%012d","detail-type":"Scheduled Event","source":"aws.events","account":"111122223333",`+
			`"time":"2026-11-02T%s:00Z","region":"eu-central-1","resources":["%ssweeping"],"detail":{}}`, id, at, ruleARN)
	}
	want := []string{"30m0s t " + scheduled(1, "03:30"), "45m0s n {}", "1h0m0s t " + scheduled(3, "04:00")}
	if diff := cmp.Diff(want, h.delivered); diff != "" {
		t.Error(diff)
	}
	if h.rules.Matched(ruleARN+"sweeping") != 2 || h.rules.Matched(ruleARN+"nightly") != 1 || h.rules.Matched(ruleARN+"unknown") != 0 {
		t.Error("the counts are wrong")
	}
}

func TestARuleWithBoth(t *testing.T) {
	h := newHouse()
	h.add(t, eventbridge.Rule{Schedule: "rate(1 hour)", Pattern: json.RawMessage(`{"source": ["lifeboat"]}`)})
	h.bus.Send(event(`{}`))
	h.clock.Advance(time.Hour)
	if len(h.delivered) != 2 {
		t.Errorf("an event and a schedule: %v", h.delivered)
	}
}

func TestRulesThatChange(t *testing.T) {
	hourly := eventbridge.Rule{ARN: ruleARN + "r", Schedule: "rate(1 hour)"}
	for name, test := range map[string]struct {
		at     time.Duration // when it changes
		change func(*testing.T, *house)
		want   []string
		reason string
	}{
		"same": {90 * time.Minute, func(t *testing.T, h *house) { h.add(t, hourly) }, []string{"1h0m0s", "2h0m0s", "3h0m0s"}, "a redeployment leaves the rhythm"},
		"same, when it is due": {2 * time.Hour, func(t *testing.T, h *house) { h.add(t, hourly) }, []string{"1h0m0s", "2h0m0s", "3h0m0s"},
			"nothing comes twice"},
		"other rate": {90 * time.Minute, func(t *testing.T, h *house) { h.add(t, eventbridge.Rule{Schedule: "rate(20 minutes)"}) },
			[]string{"1h0m0s", "1h50m0s", "2h10m0s", "2h30m0s", "2h50m0s", "3h10m0s"}, "counted from the change"},
		"removed":           {90 * time.Minute, func(_ *testing.T, h *house) { h.rules.RemoveRule(hourly.ARN) }, []string{"1h0m0s"}, ""},
		"unknown removed":   {90 * time.Minute, func(_ *testing.T, h *house) { h.rules.RemoveRule("x") }, []string{"1h0m0s", "2h0m0s", "3h0m0s"}, ""},
		"disabled":          {90 * time.Minute, func(t *testing.T, h *house) { disable(t, h, hourly) }, []string{"1h0m0s"}, ""},
		"disabled and back": {90 * time.Minute, func(t *testing.T, h *house) { disable(t, h, hourly); h.add(t, hourly) }, []string{"1h0m0s", "2h0m0s", "3h0m0s"}, ""},
		"refused": {90 * time.Minute, func(t *testing.T, h *house) {
			if h.rules.AddRule(eventbridge.Rule{ARN: hourly.ARN, Schedule: "rate(1 hours)"}) == nil {
				t.Error("it was taken")
			}
		}, []string{"1h0m0s", "2h0m0s", "3h0m0s"}, "the old one stays"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse()
			h.add(t, hourly)
			h.clock.Advance(test.at)
			test.change(t, h)
			h.clock.Advance(3*time.Hour + 10*time.Minute - test.at)
			var got []string
			for _, d := range h.delivered {
				got = append(got, strings.Fields(d)[0])
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.reason, diff)
			}
		})
	}
}

// The change comes first, by a timer that was set before.
func TestReplacedJustBeforeItIsDue(t *testing.T) {
	h := newHouse()
	rule := eventbridge.Rule{Schedule: "cron(0 * * * ? *)"}
	h.clock.AfterFunc(2*time.Hour, func() { h.add(t, rule) })
	h.add(t, rule)
	h.clock.Advance(3 * time.Hour)
	if len(h.delivered) != 3 {
		t.Errorf("once an hour: %v", h.delivered)
	}
}

func disable(t *testing.T, h *house, r eventbridge.Rule) {
	t.Helper()
	r.Enabled = false
	if err := h.rules.AddRule(r); err != nil {
		t.Fatal(err)
	}
}

func TestDisabledRulesMatchNothing(t *testing.T) {
	h := newHouse()
	disable(t, h, eventbridge.Rule{ARN: ruleARN + "r", Pattern: json.RawMessage(`{"source": ["lifeboat"]}`), Schedule: "rate(1 minute)",
		Targets: []eventbridge.Target{{ID: "t", ARN: function}}})
	h.bus.Send(event(`{}`))
	h.clock.Advance(time.Hour)
	if len(h.delivered) != 0 || h.rules.Matched(ruleARN+"r") != 0 {
		t.Errorf("%v", h.delivered)
	}
}

func TestUndelivered(t *testing.T) {
	denied := &wire.Error{Code: "AccessDeniedException", Message: "not authorized to perform lambda:InvokeFunction", Status: http.StatusForbidden}
	gone := &wire.Error{Code: "ResourceNotFoundException", Message: "Function not found", Status: http.StatusNotFound}
	busy := &wire.Error{Code: "TooManyRequestsException", Message: "Rate Exceeded.", Status: http.StatusTooManyRequests}
	always := func(err error) func(string, int) error { return func(string, int) error { return err } }
	for name, test := range map[string]struct {
		target eventbridge.Target
		fails  func(string, int) error
		full   error
		want   map[string]string // attributes of the dead letter; nil: none
		after  time.Duration     // of the event's arrival
		lost   string
		reason string
	}{
		"forbidden": {target: eventbridge.Target{DeadLetter: queue}, fails: always(denied), want: map[string]string{
			"RULE_ARN": ruleARN + "r", "TARGET_ARN": function, "ERROR_CODE": "NO_PERMISSIONS", "ERROR_MESSAGE": denied.Message, "RETRY_ATTEMPTS": "0"},
			reason: "no retries, and no condition"},
		"gone": {target: eventbridge.Target{DeadLetter: queue}, fails: always(gone), want: map[string]string{
			"RULE_ARN": ruleARN + "r", "TARGET_ARN": function, "ERROR_CODE": "NO_RESOURCE", "ERROR_MESSAGE": gone.Message, "RETRY_ATTEMPTS": "0"}},
		"busy": {target: eventbridge.Target{DeadLetter: queue, MaxRetries: number(2)}, fails: always(busy), after: 3 * time.Second, want: map[string]string{
			"RULE_ARN": ruleARN + "r", "TARGET_ARN": function, "ERROR_CODE": "THROTTLING", "ERROR_MESSAGE": busy.Message, "RETRY_ATTEMPTS": "2",
			"EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts"}},
		"lost connection": {target: eventbridge.Target{DeadLetter: queue, MaxAge: time.Minute}, fails: always(errors.New("lost")), after: time.Minute,
			want: map[string]string{
				"RULE_ARN": ruleARN + "r", "TARGET_ARN": function, "ERROR_CODE": "INTERNAL_ERROR", "ERROR_MESSAGE": "lost", "RETRY_ATTEMPTS": "5",
				"EXHAUSTED_RETRY_CONDITION": "MaximumEventAgeInSeconds"}},
		"invalid": {target: eventbridge.Target{DeadLetter: queue, MaxRetries: number(0)}, fails: always(wire.Errorf("InvalidName", "bad")), want: map[string]string{
			"RULE_ARN": ruleARN + "r", "TARGET_ARN": function, "ERROR_CODE": "ERROR_FROM_TARGET", "ERROR_MESSAGE": "bad", "RETRY_ATTEMPTS": "0",
			"EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts"}},
		"no queue":      {fails: always(denied), lost: "no dead-letter queue"},
		"refused queue": {target: eventbridge.Target{DeadLetter: queue}, fails: always(denied), full: errors.New("the queue's policy"), lost: "the queue's policy"},
		"late success": {target: eventbridge.Target{DeadLetter: queue}, fails: func(_ string, attempt int) error {
			if attempt < 4 {
				return busy
			}
			return nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse()
			h.fails, h.full = test.fails, test.full
			test.target.ID, test.target.ARN = "t", function
			h.add(t, eventbridge.Rule{Pattern: json.RawMessage(`{"source": ["lifeboat"]}`), Targets: []eventbridge.Target{
				{ID: "good", ARN: function + "-2"}, test.target,
			}})
			inner := h.fails
			h.fails = func(target string, attempt int) error {
				if target == "good" {
					return nil
				}
				return inner(target, attempt)
			}
			h.bus.Send(event(`{"n": 1}`))
			h.clock.Advance(25 * time.Hour)
			if len(h.delivered) == 0 || !strings.HasPrefix(h.delivered[0], "1s good") {
				t.Error("one target's trouble is another's")
			}
			switch {
			case test.want != nil:
				if len(h.dead) != 1 {
					t.Fatalf("%d dead letters, lost %v", len(h.dead), h.lost)
				}
				if diff := cmp.Diff(test.want, h.dead[0].Attributes()); diff != "" {
					t.Errorf("%s (-want +got):\n%s", test.reason, diff)
				}
				if got := h.dead[0].At.Sub(start) - time.Second; got != test.after || !strings.Contains(string(h.dead[0].Event), `"detail":{"n":1}`) {
					t.Errorf("after %v: %s", got, h.dead[0].Event)
				}
			case test.lost != "":
				if len(h.lost) != 1 || !strings.Contains(h.lost[0], test.lost) || len(h.dead) != 0 {
					t.Errorf("lost %v, dead %v", h.lost, h.dead)
				}
			default:
				if len(h.delivered) != 2 || !strings.HasPrefix(h.delivered[1], "8s t") || len(h.dead)+len(h.lost) != 0 {
					t.Errorf("delivered %v", h.delivered)
				}
			}
		})
	}
}

func TestABusHas300Rules(t *testing.T) {
	h := newHouse()
	for i := range 300 {
		h.add(t, eventbridge.Rule{ARN: fmt.Sprint(ruleARN, i), Schedule: "rate(1 day)"})
	}
	h.add(t, eventbridge.Rule{ARN: ruleARN + "0", Schedule: "rate(2 days)"})
	h.add(t, eventbridge.Rule{ARN: strings.Replace(ruleARN, region, "eu-west-1", 1) + "r", Schedule: "rate(1 day)"})
	if h.rules.AddRule(eventbridge.Rule{ARN: ruleARN + "r", Schedule: "rate(1 day)"}) == nil {
		t.Error("a quota")
	}
}

// A bus that delivers twice, or never, is what AWS promises.
func TestBestEffort(t *testing.T) {
	h := newHouse()
	deliveries := []events.Delivery{{time.Second, time.Hour}, nil}
	h.bus = events.NewBus(h.clock, func(events.Event) events.Delivery {
		next := deliveries[0]
		deliveries = deliveries[1:]
		return next
	})
	var got int
	rules := eventbridge.NewWith(eventbridge.Options{Bus: h.bus, Clock: h.clock, Deliver: func(eventbridge.Rule, eventbridge.Target, []byte) error { got++; return nil }})
	if err := rules.AddRule(eventbridge.Rule{ARN: ruleARN + "r", Enabled: true, Pattern: json.RawMessage(`{"source": ["lifeboat"]}`), Targets: []eventbridge.Target{{ID: "t", ARN: function}}}); err != nil {
		t.Fatal(err)
	}
	h.bus.Send(event(`{}`))
	h.bus.Send(event(`{}`))
	h.clock.Advance(2 * time.Hour)
	if got != 2 {
		t.Errorf("%d deliveries: one event twice, the other lost", got)
	}
}
