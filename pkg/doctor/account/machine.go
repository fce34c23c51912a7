package account

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/printable"
)

// States is what is asked of Step Functions.
type States interface {
	Machine(ctx context.Context, arn string) (seen.Machine, error)
	Validate(ctx context.Context, definition string) (ok bool, found []seen.Diagnostic, more bool, err error)
	// Try makes one attempt of one state, ten in a second at most.
	Try(ctx context.Context, t seen.Try) (seen.Tried, error)
}

// Machine looks whether the machine that runs drills, and those of recoveries where
// the plan declares one, are those of the assembly, has Step Functions validate it, and has it make an attempt of every state in
// every way that rehearsals, Retries and Catches know, beside our own engine. Tasks
// are mocked: nothing is called. States that call nothing are tried with the
// machine's role, which AWS wants wherever nothing is mocked.
// https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html
func Machine(n Needs, c Checkout, s States) doctor.Check {
	return doctor.Check{Area: "machine", Run: func(ctx context.Context) []doctor.Line {
		var lines []doctor.Line
		for _, arn := range machinesOf(n) {
			m := machine{n: n, checkout: c, states: s, arn: arn}
			m.run(ctx)
			for _, l := range m.lines {
				// States of two machines may be called the same; drills have always been
				// told of by their bare names.
				if of := shortOf(arn); arn != n.Names.MachineARN() && l.Subject != arn {
					l.Subject += " (" + of + ")"
				}
				lines = append(lines, l)
			}
		}
		return lines
	}}
}

// machinesOf are the ARNs of the machines that the deployment has.
func machinesOf(n Needs) []string {
	list := []string{n.Names.MachineARN()}
	if n.Plan.RecoversOnAWS() {
		list = append(list, n.Names.RecoveryMachineARN(), n.Names.RecoveryStepMachineARN())
	}
	return list
}

// shortOf is the name of a machine.
func shortOf(arn string) string { return arn[strings.LastIndexByte(arn, ':')+1:] }

// machine is one examination.
type machine struct {
	n        Needs
	checkout Checkout
	states   States
	arn      string
	deployed seen.Machine
	tests    string // the definition that is tested
	lines    []doctor.Line
}

func (m *machine) say(l doctor.Line) { m.lines = append(m.lines, l) }

// of is the rest of a command about the machine.
func (m *machine) of() string {
	return " --region " + m.n.Names.Region + " --state-machine-arn " + printable.ShellWord(m.arn)
}

func (m *machine) run(ctx context.Context) {
	want, err := m.n.World.MachineOf(m.arn)
	if err != nil {
		m.say(doctor.Line{Subject: m.arn, State: doctor.Unknown, What: "the assembly has no machine to compare with: " + err.Error(), Command: m.checkout.synth(), Basis: doctor.Judged})
		return
	}
	describe := "aws stepfunctions describe-state-machine" + m.of()
	if m.deployed, err = m.states.Machine(ctx, m.arn); err != nil {
		m.say(unread(m.arn, err, describe))
		return
	}
	m.tests = m.deployed.Definition
	differs := apartFrom(want.Definition, m.deployed, seen.Machine{
		Role: want.RoleARN, LogLevel: orOff(want.Logging.Level), LogData: want.Logging.IncludeExecutionData, LogGroups: want.Logging.Destinations,
	})
	line := doctor.Line{Subject: m.arn, State: doctor.OK, What: "deployed as it is here: definition, role and logging", Basis: doctor.Asked}
	if len(differs) > 0 {
		// What is deployed is not what its states are compared with.
		m.tests = want.Definition
		line.State, line.What, line.Command = doctor.Wrong, "it is not what is here: "+strings.Join(differs, "; "), describe
	}
	m.say(line)
	m.validate(ctx)
	m.try(ctx)
}

func orOff(level string) string {
	if level == "" {
		return "OFF"
	}
	return level
}

var versionRE = regexp.MustCompile(`(:function:[A-Za-z0-9_-]+):[0-9]+`)

// apartFrom says how a deployed machine differs. Which number a function's version
// has depends on how often it was deployed.
func apartFrom(definition string, is, want seen.Machine) (list []string) {
	var a, b any
	numbered := func(text string) []byte { return versionRE.ReplaceAll([]byte(text), []byte("$1:N")) }
	if json.Unmarshal(numbered(is.Definition), &a) != nil || json.Unmarshal(numbered(definition), &b) != nil || !reflect.DeepEqual(a, b) {
		text := "its definition was changed"
		if names := differing(string(numbered(is.Definition)), string(numbered(definition))); len(names) > 0 {
			text += " in " + some(names)
		}
		list = append(list, text)
	}
	if is.Role != want.Role {
		list = append(list, "its role is "+is.Role+" and here "+want.Role)
	}
	slices.Sort(is.LogGroups)
	slices.Sort(want.LogGroups)
	if is.LogLevel != want.LogLevel || is.LogData != want.LogData || !slices.Equal(is.LogGroups, want.LogGroups) {
		list = append(list, fmt.Sprintf("it logs %s (inputs and outputs: %t) to %v, and here %s (%t) to %v", is.LogLevel, is.LogData, is.LogGroups, want.LogLevel, want.LogData, want.LogGroups))
	}
	return list
}

// differing are the names of states that differ. One that holds others differs
// where one of these does: the innermost say it.
func differing(a, b string) (names []string) {
	mine, its := statesIn(a), statesIn(b)
	for name := range mine {
		if _, is := its[name]; !is {
			its[name] = nil
		}
	}
	changed := map[string]bool{}
	for name := range its {
		var x, y any
		_, _ = json.Unmarshal(mine[name], &x), json.Unmarshal(its[name], &y)
		changed[name] = !reflect.DeepEqual(x, y)
	}
	for name, is := range changed {
		inner := statesIn(`[` + string(orNull(mine[name])) + `,` + string(orNull(its[name])) + `]`)
		within := false
		for other := range inner {
			within = within || changed[other]
		}
		if is && !within {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func orNull(raw json.RawMessage) json.RawMessage {
	if raw == nil {
		return json.RawMessage("null")
	}
	return raw
}

// validate has Step Functions read what is deployed. Whether a machine can be made
// of it is all that AWS promises to say the same way tomorrow.
func (m *machine) validate(ctx context.Context) {
	command := `aws stepfunctions validate-state-machine-definition --severity WARNING --region ` + m.n.Names.Region + ` --definition "$(aws stepfunctions describe-state-machine` + m.of() + ` --query definition --output text)"`
	ok, found, more, err := m.states.Validate(ctx, m.deployed.Definition)
	if err != nil {
		m.say(unread("its definition", err, command))
		return
	}
	line := doctor.Line{Subject: "its definition", State: doctor.OK, What: "Step Functions finds nothing wrong with it", Basis: doctor.Asked}
	var texts []string
	for _, d := range found {
		texts = append(texts, strings.TrimSpace(d.Location+" "+d.Code+": "+d.Message))
	}
	if more {
		texts = append(texts, "and more")
	}
	switch {
	case !ok:
		line.State, line.Command, line.What = doctor.Wrong, command, "Step Functions would not make a machine of it: "+strings.Join(texts, "; ")
	case len(texts) > 0:
		line.State, line.Command, line.What = doctor.Unknown, command, "Step Functions warns of it: "+strings.Join(texts, "; ")
	}
	m.say(line)
}

// unasked are states that were not tried, by why.
type unasked struct {
	why, command string
	states       []string
}

// try has Step Functions make an attempt of every state in every way.
func (m *machine) try(ctx context.Context) {
	loaded, err := asl.Load([]byte(m.tests))
	if err != nil {
		m.say(doctor.Line{Subject: "its states", State: doctor.Unknown, What: "our engine does not know the definition: " + err.Error(), Command: "aws stepfunctions describe-state-machine" + m.of(), Basis: doctor.Judged})
		return
	}
	all := waysOf(loaded, m.n.Visits[m.arn])
	all.lend()
	texts := statesIn(m.tests)
	var not []unasked
	silent := map[bool]*unasked{} // with and without a mock: why nothing more is asked
	leave := func(u unasked, state string) {
		i := slices.IndexFunc(not, func(known unasked) bool { return known.why == u.why })
		if i < 0 {
			i, not = len(not), append(not, u)
		}
		if !slices.Contains(not[i].states, state) {
			not[i].states = append(not[i].states, state)
		}
	}
	for _, state := range loaded.States() {
		list := all.list[state]
		if len(list) == 0 {
			leave(unasked{why: "no rehearsal came to it, and nothing stands for what it does", command: "lifeboat rehearse --help"}, state)
			continue
		}
		line := doctor.Line{Subject: state, State: doctor.OK, What: fmt.Sprintf("%s as our engine: %s%s", counted(len(list), "way"), summary(list), all.notLed(state)), Basis: doctor.Asked}
		asked := true
		for _, w := range list {
			try, expected, why := m.prepare(loaded, w.trial, texts[state])
			command := m.command(try)
			if stop := silent[try.Mocked()]; stop != nil {
				leave(*stop, state)
				asked = false
				break
			}
			if seconds, fixed := fixedWait(texts[state]); fixed && why == reallyWaits {
				m.say(doctor.Line{Subject: state, State: doctor.OK, Basis: doctor.Judged, What: fmt.Sprintf("waits %d s whatever it is given: there is nothing to try", seconds)})
				asked = false
				break
			}
			if why != "" {
				leave(unasked{why: why, command: command}, state)
				asked = false
				break
			}
			got, err := m.states.Try(ctx, try)
			if err != nil {
				u := unasked{why: reason(err), command: command}
				leave(u, state)
				asked = false
				var unread *seen.Unread
				if errors.As(err, &unread) && (unread.Denied() || unread.Throttled()) {
					silent[try.Mocked()] = &u
					if unread.Throttled() || !strings.Contains(err.Error(), "PassRole") {
						silent[true], silent[false] = &u, &u
					}
				}
				break
			}
			if differs := expected.against(got); differs != "" && line.State == doctor.OK {
				line.State, line.What, line.Command = doctor.Wrong, differs, command
			}
		}
		if asked || line.State != doctor.OK {
			m.say(line)
		}
	}
	for _, u := range not {
		m.say(doctor.Line{Subject: "its states", State: doctor.Unknown, Command: u.command, Basis: doctor.Asked, What: fmt.Sprintf(
			"%d of %d could not be tried in every way (%s): %s", len(u.states), len(loaded.States()), some(u.states), u.why)})
	}
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func some(names []string) string {
	const most = 6
	text := strings.Join(names[:min(len(names), most)], ", ")
	if more := len(names) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// reason is why a state could not be tried.
func reason(err error) string {
	var u *seen.Unread
	switch {
	case !errors.As(err, &u):
		return err.Error()
	case u.Denied():
		return "whoever asks may not: it takes " + u.Permission
	case u.Throttled():
		return "AWS was asked too much of late; ask again in some minutes"
	}
	return u.Err.Error()
}

// longest is what a text of TestState may have.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html
const longest = 262144

const reallyWaits = "it would really wait"

// fixedWait is how long a Wait takes whose text says so in a number: it has no
// expression that AWS might evaluate otherwise than our engine.
func fixedWait(text json.RawMessage) (seconds int, fixed bool) {
	var state struct {
		Type    string
		Seconds json.RawMessage
	}
	if json.Unmarshal(text, &state) != nil || state.Type != "Wait" || strings.Contains(string(text), "{%") {
		return 0, false
	}
	return seconds, json.Unmarshal(state.Seconds, &seconds) == nil
}

// prepare is the attempt as AWS is asked for it, and what our engine says of the
// very same; why not, where it must not or cannot be asked.
func (m *machine) prepare(loaded *asl.Machine, t asl.Trial, text json.RawMessage) (seen.Try, expectation, string) {
	about, _ := loaded.About(t.State)
	t.Variables = using(t.Variables, text)
	if about.Type == "Wait" {
		t = inThePast(t)
	}
	if t.Mock == nil {
		t.Context = nil
	}
	try := seen.Try{Definition: m.tests, State: t.State, Input: t.Input, Context: t.Context, Retries: t.Retries}
	if len(t.Variables) > 0 {
		try.Variables, _ = json.Marshal(t.Variables) // valid JSON by name: always encodes
	}
	if t.Mock == nil {
		try.Role = m.deployed.Role
	} else {
		try.Result, try.CausedBy = t.Mock.Result, t.Mock.CausedBy
		if f := t.Mock.Failure; f != nil {
			try.Error, try.Cause = f.Error, f.Cause
		}
	}
	e, err := expect(loaded, t)
	switch {
	case err != nil:
		return try, e, err.Error()
	case e.first.Waits > time.Second:
		return try, e, reallyWaits
	case t.Mock == nil && strings.Contains(string(text), "$states.context"):
		return try, e, "AWS takes no context object where nothing is mocked"
	case max(len(try.Input), len(try.Variables), len(try.Context), len(try.Result)) > longest:
		return try, e, fmt.Sprintf("what it is given is longer than the %d characters that AWS takes", longest)
	}
	return try, e, ""
}

// command makes the same attempt, as it is typed.
func (m *machine) command(t seen.Try) string {
	text := "aws stepfunctions test-state --inspection-level DEBUG --region " + m.n.Names.Region + " --state-name " + printable.ShellWord(t.State) +
		` --definition "$(aws stepfunctions describe-state-machine` + m.of() + ` --query definition --output text)"`
	option := func(name string, value string) {
		if value != "" {
			text += " --" + name + " " + printable.ShellWord(value)
		}
	}
	option("role-arn", t.Role)
	if t.Mocked() {
		mock := map[string]any{"fieldValidationMode": "STRICT"}
		if t.Error != "" {
			mock["errorOutput"] = map[string]string{"error": t.Error, "cause": t.Cause}
			configuration, _ := json.Marshal(configurationOf(t)) // texts and numbers always encode
			option("state-configuration", string(configuration))
		} else {
			mock["result"] = string(t.Result)
		}
		encoded, _ := json.Marshal(mock) // texts always encode
		option("mock", string(encoded))
		option("context", string(t.Context))
	}
	option("input", string(t.Input))
	option("variables", string(t.Variables))
	if len(text) > longestCommand {
		return text[:strings.LastIndex(text[:longestCommand], " --")] + " # and more, which is too long for a line"
	}
	return text
}

func configurationOf(t seen.Try) map[string]any {
	c := map[string]any{"retrierRetryCount": t.Retries}
	if t.CausedBy != "" {
		c["errorCausedByState"] = t.CausedBy
	}
	return c
}

// longestCommand is what a terminal takes in one paste without trouble.
const longestCommand = 16 << 10
