package cloudwatch

import (
	"encoding/json"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/events"
)

// compositeMessage is the document of a composite alarm's notification, by those
// that people published: no trigger, but the rule and the children. That its old
// state is the one before the change, also where the actions waited, is unproven.
func compositeMessage(c Change) string {
	a := c.Alarm
	type state struct {
		Value string `json:"Value"`
		At    string `json:"Timestamp"`
	}
	type child struct {
		ARN   string `json:"Arn"`
		State state  `json:"State"`
	}
	m := struct {
		Name        string   `json:"AlarmName"`
		Description *string  `json:"AlarmDescription"`
		Account     string   `json:"AWSAccountId"`
		To          string   `json:"NewStateValue"`
		Reason      string   `json:"NewStateReason"`
		At          string   `json:"StateChangeTime"`
		Region      string   `json:"Region"`
		ARN         string   `json:"AlarmArn"`
		OK          []string `json:"OKActions"`
		Actions     []string `json:"AlarmActions"`
		NoData      []string `json:"InsufficientDataActions"`
		From        string   `json:"OldStateValue"`
		Rule        string   `json:"AlarmRule"`
		Children    []child  `json:"TriggeringChildren"`
	}{
		Name: a.Name, Account: a.Account, To: c.To, Reason: c.Reason, At: stamp(c.At), Region: longName(a.Region), ARN: a.ARN,
		OK: list(a.OKActions), Actions: list(a.Actions), NoData: list(a.NoDataActions), From: c.From, Rule: c.Composite.Rule, Children: []child{},
	}
	if a.Description != "" {
		m.Description = &a.Description
	}
	if c.From == c.To {
		m.From = c.Due
	}
	var why struct{ TriggeringAlarms []triggering }
	if err := json.Unmarshal([]byte(c.Data), &why); err == nil { // somebody may have set another
		for _, t := range why.TriggeringAlarms {
			m.Children = append(m.Children, child{t.ARN, state{t.State.Value, t.State.At}})
		}
	}
	return document(m)
}

// compositeEvent is that of a composite alarm: one for a change of its state, and
// one where the suppression of its actions changed. The user guide has examples.
func compositeEvent(c Change) events.Event {
	type state struct {
		By       string `json:"actionsSuppressedBy,omitempty"`
		ByReason string `json:"actionsSuppressedReason,omitempty"`
		Reason   string `json:"reason"`
		Data     string `json:"reasonData,omitempty"`
		At       string `json:"timestamp"`
		Value    string `json:"value"`
	}
	var detail struct {
		Name          string `json:"alarmName"`
		Configuration struct {
			Description string `json:"description,omitempty"`
			Rule        string `json:"alarmRule"`
			Suppressor  string `json:"actionsSuppressor,omitempty"`
			Wait        *int   `json:"actionsSuppressorWaitPeriod,omitempty"`
			Extension   *int   `json:"actionsSuppressorExtensionPeriod,omitempty"`
		} `json:"configuration"`
		Previous state `json:"previousState"`
		State    state `json:"state"`
	}
	def := c.Composite
	detail.Name, detail.Configuration.Description, detail.Configuration.Rule, detail.Configuration.Suppressor = def.Name, def.Description, def.Rule, def.Suppressor
	if def.Suppressor != "" {
		detail.Configuration.Wait, detail.Configuration.Extension = whole(seconds(def.Wait)), whole(seconds(def.Extension))
	}
	detail.Previous = state{c.FromSuppressedBy, suppressedReason(c.FromSuppressedBy), c.FromReason, c.FromData, stamp(c.FromAt), c.From}
	detail.State = state{c.SuppressedBy, suppressedReason(c.SuppressedBy), c.Reason, c.Data, stamp(c.At), c.To}
	return events.Event{
		DetailType: "CloudWatch Alarm State Change", Source: "aws.cloudwatch", Account: def.Account, Region: def.Region,
		Time: c.At, Resources: []string{def.ARN}, Detail: json.RawMessage(document(detail)),
	}
}
