package notice

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// Custom is a custom notification of Amazon Q Developer in chat applications,
// which brings what a topic gets into channels of Slack and Teams. Anything else
// that it does not know it drops in silence.
// https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
type Custom struct {
	Version  string   `json:"version"`
	Source   string   `json:"source"`
	ID       string   `json:"id,omitempty"`
	Content  Content  `json:"content"`
	Metadata Metadata `json:"metadata"`
}

// Content is what is shown.
type Content struct {
	TextType    string   `json:"textType"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	NextSteps   []string `json:"nextSteps,omitempty"`
	Keywords    []string `json:"keywords,omitempty"`
}

// Metadata groups messages, and gives custom actions what they need.
type Metadata struct {
	ThreadID          string            `json:"threadId"`
	Summary           string            `json:"summary"`
	EventType         string            `json:"eventType"`
	RelatedResources  []string          `json:"relatedResources"`
	AdditionalContext map[string]string `json:"additionalContext"`
}

// Limits of the parts, in characters, from the page.
const (
	maxTitle       = 250
	maxDescription = 8000
	maxNextStep    = 350
	maxKeyword     = 75
)

// Chat is the notice as such a notification. One payload goes to whatever is
// subscribed, so it uses what Slack and Teams write alike: paragraphs, code
// between backticks, and bare addresses.
func (n Notice) Chat() Custom {
	c := Custom{
		Version: "1.0", Source: "custom", ID: n.ExecutedBy,
		Content: Content{
			TextType: "client-markdown", Title: cut(plain(n.mark()+" "+n.headline()), maxTitle), Description: cut(n.description(), maxDescription),
			Keywords: n.keywords(),
		},
		Metadata: Metadata{
			// A thread per database: what became of it last month is above.
			ThreadID: "lifeboat/" + line(n.Deployment, maxName) + "/" + n.database(), Summary: cut(plain(n.headline()), maxTitle), EventType: "lifeboat." + line(n.Kind, maxName),
			RelatedResources: []string{}, AdditionalContext: n.context(),
		},
	}
	for _, step := range n.steps() {
		c.Content.NextSteps = append(c.Content.NextSteps, cut(plain(step), maxNextStep))
	}
	if n.ExecutedBy != "" {
		c.Metadata.RelatedResources = append(c.Metadata.RelatedResources, n.ExecutedBy)
	}
	return c
}

// mark is an emoji that both have under this name.
func (n Notice) mark() string {
	if n.Severity == Page {
		return ":rotating_light:"
	}
	return ":ticket:"
}

func (n Notice) description() string {
	paragraphs := []string{plain(line(n.Says, maxWhat))}
	if f := n.Finding; f != nil {
		paragraphs = append(paragraphs, code(f.Code)+": "+plain(line(f.What, maxWhat)))
		var figures []string
		if f.Figure != "" {
			figures = append(figures, "figure "+code(f.Figure))
		}
		if f.Target != "" {
			figures = append(figures, "target "+code(f.Target))
		}
		if len(figures) > 0 {
			paragraphs = append(paragraphs, strings.Join(figures, ", "))
		}
	}
	if n.Error != "" || n.Cause != "" {
		paragraphs = append(paragraphs, "The execution says of itself: "+plain(n.own(maxWhat)))
	}
	run := n.run()
	places := []string{strings.ToUpper(run[:1]) + run[1:] + " " + plain(n.when())}
	for _, place := range []struct{ name, at string }{
		{"Execution", n.Links.Execution}, {"Evidence", n.Links.EvidenceConsole}, {"Dashboard", n.Links.Dashboard},
	} {
		if place.at != "" {
			places = append(places, place.name+": "+place.at)
		}
	}
	paragraphs = append(paragraphs, strings.Join(places, "\n\n"))
	for _, note := range n.notes() {
		paragraphs = append(paragraphs, "Note: "+plain(note))
	}
	return strings.Join(paragraphs, "\n\n")
}

func (n Notice) keywords() []string {
	words := []string{string(n.Severity), n.Kind, n.Deployment, n.Database}
	if n.Finding != nil {
		words = append(words, n.Finding.Code)
	}
	var list []string
	for _, word := range words {
		if word != "" {
			list = append(list, cut(plain(line(word, maxName)), maxKeyword))
		}
	}
	return list
}

// context has what a custom action may want: to read the evidence, for instance.
func (n Notice) context() map[string]string {
	context := map[string]string{}
	for name, value := range map[string]string{
		"severity": string(n.Severity), "deployment": n.Deployment, "database": n.Database, "about": n.About, "ending": n.Kind,
		"execution": n.ExecutedBy, "evidence": n.Links.Evidence, "runbook": n.Links.Runbook,
	} {
		if value != "" {
			context[name] = line(value, maxWhat)
		}
	}
	return context
}

// plain takes from a text what would be markup or call somebody: <!channel> and
// <@U123> do in Slack, and backticks and stars belong to us.
func plain(s string) string {
	return strings.NewReplacer("<", "‹", ">", "›", "`", "'", "*", "∗", "~", "∼").Replace(s)
}

// code between backticks: an identifier whose underscores are no markup.
func code(s string) string { return "`" + plain(line(s, maxName)) + "`" }

// cut leaves at most limit characters, between two of them.
func cut(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit-1]) + "…"
}

// maxMessage of SNS, all protocols together.
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
const maxMessage = 256 << 10

// Message is what is published with the structure "json": the mail's text for
// whoever has no text of his own (mail, SQS, what is forwarded to a pager), and
// the notification for https, by which Amazon Q is subscribed. Another https
// endpoint gets the notification as well.
// https://docs.aws.amazon.com/sns/latest/dg/sns-send-custom-platform-specific-payloads-mobile-devices.html
func (n Notice) Message() string {
	text, chat := n.Text(), encode(n.Chat())
	message := encode(map[string]string{"default": text, "email": text, "https": chat})
	for len(message) > maxMessage { // no bounded part comes near it: what links hold may
		text = text[:len(text)/2]
		message = encode(map[string]string{"default": strings.ToValidUTF8(text, ""), "https": `{"version":"1.0","source":"custom","content":{"description":` + encode(cut(plain(n.headline()), maxTitle)) + `}}`})
	}
	return message
}

// encode leaves <, > and & as they are: nobody puts this into a page.
func encode(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // texts, lists and maps of texts always encode
	return strings.TrimSuffix(b.String(), "\n")
}
