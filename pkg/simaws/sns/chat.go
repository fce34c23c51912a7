package sns

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"
)

// ChatEndpoint is that of Amazon Q Developer in chat applications: whoever maps a
// topic to a channel of Slack or Teams has it subscribed by https, and Q confirms
// by itself.
// https://docs.aws.amazon.com/chatbot/latest/adminguide/slack-setup.html
const ChatEndpoint = "https://global.sns-api.chatbot.amazonaws.com"

// Shown is why Amazon Q shows nothing of what a topic got; nil: it is in the
// channel. It knows custom notifications and what CloudWatch says of an alarm
// (other services' events are not modelled), and drops all else in silence.
// https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
// https://docs.aws.amazon.com/chatbot/latest/adminguide/chatbot-troubleshooting.html
func Shown(payload string) error {
	var alarm struct{ AlarmName, NewStateValue string }
	if json.Unmarshal([]byte(payload), &alarm) == nil && alarm.AlarmName != "" && alarm.NewStateValue != "" {
		return nil
	}
	var c custom
	decoder := json.NewDecoder(bytes.NewReader([]byte(payload)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil {
		return fmt.Errorf("no notification that Amazon Q knows: %w", err)
	}
	return c.check()
}

// custom notification; the page gives the limits in characters.
type custom struct {
	Version, Source, ID string
	Content             struct {
		TextType, Title, Description string
		NextSteps, Keywords          []string
	}
	Metadata *struct {
		ThreadID, Summary, EventType string
		RelatedResources             []string
		AdditionalContext            map[string]string
		EnableCustomActions          *bool
	}
}

func (c custom) check() error {
	text := c.Content
	switch {
	case c.Version != "1.0":
		return fmt.Errorf("version %q, and not 1.0", c.Version)
	case c.Source != "custom":
		return fmt.Errorf("source %q, and not custom", c.Source)
	case text.Description == "":
		return fmt.Errorf("no description")
	case text.TextType != "" && text.TextType != "client-markdown":
		return fmt.Errorf("textType %q, and not client-markdown", text.TextType)
	}
	for _, part := range []struct {
		name    string
		texts   []string
		longest int
	}{{"title", []string{text.Title}, 250}, {"description", []string{text.Description}, 8000}, {"nextSteps", text.NextSteps, 350}, {"keywords", text.Keywords, 75}} {
		tooLong := func(s string) bool { return utf8.RuneCountInString(s) > part.longest }
		if slices.ContainsFunc(part.texts, tooLong) {
			return fmt.Errorf("%s is longer than %d characters", part.name, part.longest)
		}
	}
	return nil
}
