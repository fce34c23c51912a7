package cloudwatch

import (
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// The rule of a composite alarm: ALARM(x), OK(x) and INSUFFICIENT_DATA(x) of alarms
// by name or ARN, in quotes or not, TRUE and FALSE, with AND, OR, NOT and
// brackets. That NOT binds more than AND, and AND more than OR, is the usual order;
// AWS's page gives none.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html

// Limits of PutCompositeAlarm.
const (
	maxRule     = 10240
	maxChildren = 100
	maxElements = 500 // children, TRUE, FALSE and brackets
	maxParents  = 150
)

// condition is a rule, compiled: state gives that of an alarm by its ARN.
type condition func(state func(arn string) string) bool

// ruleParser reads a rule by descent.
type ruleParser struct {
	c        *Composite
	at       int
	elements int
	children []string // ARNs, each once
}

func (p *ruleParser) refuse(why string) error {
	return wire.Errorf(validation, "The AlarmRule of %s %s: %s", p.c.Name, why, p.c.Rule)
}

func (p *ruleParser) whole() (condition, error) {
	rule, err := p.either()
	if err == nil && p.peek() != "" {
		err = p.refuse("has something behind its end")
	}
	if err == nil && (p.elements > maxElements || len(p.children) > maxChildren) {
		err = p.refuse("has more than 100 children or 500 elements")
	}
	return rule, err
}

// peek is the next word or bracket.
func (p *ruleParser) peek() string {
	p.at += len(p.c.Rule[p.at:]) - len(strings.TrimLeft(p.c.Rule[p.at:], " \t\r\n"))
	rest := p.c.Rule[p.at:]
	if rest == "" {
		return ""
	}
	return rest[:max(1, len(rest)-len(strings.TrimLeft(rest, ruleLetters)))]
}

// ruleLetters are those of words; names of alarms are read by child.
const ruleLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"

func (p *ruleParser) take(word string) bool {
	if word == "" || p.peek() != word {
		return false
	}
	p.at += len(word)
	return true
}

func (p *ruleParser) either() (condition, error) {
	left, err := p.both()
	for err == nil && p.take("OR") {
		first, second := left, condition(nil)
		second, err = p.both()
		left = func(state func(string) string) bool { return first(state) || second(state) }
	}
	return left, err
}

func (p *ruleParser) both() (condition, error) {
	left, err := p.one()
	for err == nil && p.take("AND") {
		first, second := left, condition(nil)
		second, err = p.one()
		left = func(state func(string) string) bool { return first(state) && second(state) }
	}
	return left, err
}

func (p *ruleParser) one() (condition, error) {
	if p.take("NOT") {
		inner, err := p.one()
		return func(state func(string) string) bool { return !inner(state) }, err
	}
	if p.take("(") {
		p.elements++
		inner, err := p.either()
		if err == nil && !p.take(")") {
			err = p.refuse("lacks a closing bracket")
		}
		return inner, err
	}
	p.elements++
	for word, is := range map[string]bool{"TRUE": true, "FALSE": false} {
		if p.take(word) {
			return func(func(string) string) bool { return is }, nil
		}
	}
	for _, state := range []string{InAlarm, OK, InsufficientData} {
		if p.take(state) {
			return p.child(state)
		}
	}
	if p.peek() == "AT_LEAST" {
		return nil, wire.Unknown("the AlarmRule of %s has AT_LEAST", p.c.Name)
	}
	return nil, p.refuse("has " + p.peek() + " where a condition belongs")
}

// child is an alarm in brackets.
func (p *ruleParser) child(state string) (condition, error) {
	if !p.take("(") {
		return nil, p.refuse("has a state without an alarm")
	}
	p.peek() // spaces
	rest := p.c.Rule[p.at:]
	var name string
	if strings.HasPrefix(rest, `"`) {
		end := 1
		for end < len(rest) && (rest[end] != '"' || rest[end-1] == '\\') {
			end++
		}
		if end == len(rest) {
			return nil, p.refuse("has a quote that is not closed")
		}
		name, p.at = strings.ReplaceAll(rest[1:end], `\"`, `"`), p.at+end+1
	} else {
		end := strings.IndexAny(rest, " (),")
		if end < 0 {
			return nil, p.refuse("lacks a closing bracket")
		}
		name, p.at = rest[:end], p.at+end
	}
	if !p.take(")") {
		return nil, p.refuse("lacks a closing bracket")
	}
	arn, err := p.c.reference(name)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(p.children, arn) {
		p.children = append(p.children, arn)
	}
	return func(of func(string) string) bool { return of(arn) == state }, nil
}

// reference is the ARN of an alarm that is named so: of the same account and region.
func (c *Composite) reference(name string) (string, error) {
	here := wire.ARN("cloudwatch", c.Region, c.Account, "alarm:")
	switch {
	case name == "":
		return "", wire.Errorf(validation, "Alarm %s refers to an alarm without a name.", c.Name)
	case !strings.HasPrefix(name, "arn:"):
		return here + name, nil
	case !strings.HasPrefix(name, here):
		return "", wire.Errorf(validation, "Alarm %s refers to %s, which is not of its account and region.", c.Name, name)
	}
	return name, nil
}
