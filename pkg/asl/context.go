package asl

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/asl/jsonata"
)

// mapItem is the item of the iteration that a fiber runs.
type mapItem struct {
	index int
	value json.RawMessage
}

// extra is a member of $states beside input and context; nil is left out.
type extra struct {
	name  string
	value json.RawMessage
}

// env is what an expression of this state can see: $states and the variables.
func (v *visit) env(extras ...extra) jsonata.Env {
	return v.envFor(v.f.mapItem, extras...)
}

func (v *visit) envFor(item *mapItem, extras ...extra) jsonata.Env {
	vars := v.f.vars.all()
	members := append([]extra{{"input", v.input}, {"context", v.contextObject(item)}}, extras...)
	vars["states"] = object(members...)
	return jsonata.Env{Variables: vars, Now: v.x.options.Clock.Now(), Random: v.x.random}
}

// contextObject is $states.context:
// https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
func (v *visit) contextObject(item *mapItem) json.RawMessage {
	if v.context != nil {
		return withItem(v.context, item, v.f.mapItem)
	}
	o := v.x.options
	members := []extra{
		{"Execution", object(
			extra{"Id", quote(o.ARN)}, extra{"Input", v.x.input}, extra{"Name", quote(o.Name)}, extra{"RoleArn", quote(o.RoleARN)},
			extra{"StartTime", quote(timestamp(v.x.started))}, extra{"RedriveCount", json.RawMessage("0")})},
		{"StateMachine", object(extra{"Id", quote(o.StateMachineARN)}, extra{"Name", quote(lastPart(o.StateMachineARN))})},
		{"State", object(extra{"Name", quote(v.st.name)}, extra{"EnteredTime", quote(v.entered)}, extra{"RetryCount", number(v.attempt)})},
	}
	if v.token != "" {
		members = append(members, extra{"Task", object(extra{"Token", quote(v.token)})})
	}
	if item != nil {
		members = append(members, extra{"Map", object(extra{"Item", object(
			extra{"Index", number(item.index)}, extra{"Value", item.value})})})
	}
	return object(members...)
}

// withItem is a given context object in an iteration of its state's own.
func withItem(given json.RawMessage, item, around *mapItem) json.RawMessage {
	members := map[string]json.RawMessage{}
	if item == around || json.Unmarshal(given, &members) != nil {
		return given
	}
	members["Map"] = object(extra{"Item", object(extra{"Index", number(item.index)}, extra{"Value", item.value})})
	out, err := marshal(members)
	if err != nil {
		return given
	}
	return out
}

// object writes members in their order; those without a value are left out.
func object(members ...extra) json.RawMessage {
	var out bytes.Buffer
	out.WriteByte('{')
	for _, m := range members {
		if m.value == nil {
			continue
		}
		if out.Len() > 1 {
			out.WriteByte(',')
		}
		out.Write(quote(m.name))
		out.WriteByte(':')
		out.Write(m.value)
	}
	out.WriteByte('}')
	return out.Bytes()
}

func number(n int) json.RawMessage {
	raw, _ := marshal(n) // of a number: cannot fail
	return raw
}

func lastPart(arn string) string {
	return arn[bytes.LastIndexByte([]byte(arn), ':')+1:]
}

// timestamp is the form of times in the context object: UTC, milliseconds.
func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
