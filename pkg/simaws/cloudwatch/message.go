package cloudwatch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/events"
)

// words are the reason of a state, as CloudWatch gives it. No page has the
// rules: they are those of notifications that people published and of the user
// guide's examples; "Insufficient Data" and lists of more than five are from
// memory.
func (a *alarm) words(points []point, v verdict) string {
	if v.state == InsufficientData {
		return fmt.Sprintf("Insufficient Data: %s unknown.", were(v.filled, "datapoint"))
	}
	var shown []string
	for _, p := range points {
		if p.breaches == (v.state == InAlarm) {
			shown = append(shown, fmt.Sprintf("%s (%s)", double(p.value), p.begins().Format("02/01/06 15:04:05")))
		}
	}
	filled := ""
	if v.filled > 0 && (a.missing == "breaching" || a.missing == "notBreaching") {
		filled = fmt.Sprintf(" and %s treated as [%s]", were(v.filled, "missing datapoint"), map[string]string{"breaching": "Breaching", "notBreaching": "NonBreaching"}[a.missing])
	}
	if len(shown) == 0 {
		return fmt.Sprintf("Threshold Crossed: %s received for %s%s.", were(len(points), "datapoint"), counted(a.n, "period"), filled)
	}
	verb, crossed, transition, least := "was", comparisonWords[a.Comparison], "OK -> ALARM", a.m
	if len(shown) > 1 {
		verb = "were"
	}
	if v.state == OK {
		crossed, transition, least = "not "+crossed, "ALARM -> OK", a.n-a.m+1
	}
	what := counted(len(shown), "datapoint")
	if a.DatapointsToAlarm > 0 {
		what = fmt.Sprintf("%d out of the last %s", len(shown), counted(a.n, "datapoints"))
	}
	text := fmt.Sprintf("Threshold Crossed: %s [%s] %s %s the threshold (%s)%s", what, strings.Join(shown, ", "), verb, crossed, double(a.Threshold), filled)
	if a.DatapointsToAlarm > 0 {
		text += fmt.Sprintf(" (minimum %s for %s transition)", counted(least, "datapoint"), transition)
	}
	return text + "."
}

var comparisonWords = map[string]string{
	"GreaterThanThreshold":          "greater than",
	"GreaterThanOrEqualToThreshold": "greater than or equal to",
	"LessThanThreshold":             "less than",
	"LessThanOrEqualToThreshold":    "less than or equal to",
}

// counted is "1 period", "2 periods", "no periods".
func counted(n int, what string) string {
	figure := strconv.Itoa(n)
	if n == 0 {
		figure = "no"
	}
	if n != 1 && !strings.HasSuffix(what, "s") {
		what += "s"
	}
	return figure + " " + what
}

func were(n int, what string) string {
	if n == 1 {
		return counted(n, what) + " was"
	}
	return counted(n, what) + " were"
}

// details are the reason as a document.
func (a *alarm) details(points []point, now time.Time) string {
	d := struct {
		Version   string       `json:"version"`
		Query     string       `json:"queryDate"`
		Start     string       `json:"startDate,omitempty"`
		Unit      string       `json:"unit,omitempty"`
		Statistic string       `json:"statistic,omitempty"`
		Period    int64        `json:"period"`
		Recent    []javaDouble `json:"recentDatapoints"`
		Threshold javaDouble   `json:"threshold"`
		Evaluated []any        `json:"evaluatedDatapoints,omitempty"`
	}{Version: "1.0", Query: stamp(now), Statistic: a.Statistic, Period: a.period / int64(time.Second), Recent: []javaDouble{}, Threshold: javaDouble(a.Threshold)}
	if a.Metric != nil {
		d.Unit = a.Metric.Unit
	}
	for i, p := range points {
		oldest := points[len(points)-1-i]
		d.Recent = append(d.Recent, javaDouble(oldest.value))
		evaluated := struct {
			Timestamp string     `json:"timestamp"`
			Count     javaDouble `json:"sampleCount,omitempty"`
			Value     javaDouble `json:"value"`
		}{stamp(p.begins()), javaDouble(p.count), javaDouble(p.value)}
		d.Evaluated = append(d.Evaluated, evaluated)
		d.Start = evaluated.Timestamp
	}
	return document(d)
}

func (p point) begins() time.Time { return time.Unix(0, p.begin).UTC() }

func stamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000-0700") }

// document is JSON as CloudWatch writes it: nothing is escaped for HTML.
func document(v any) string {
	var to bytes.Buffer
	encoder := json.NewEncoder(&to)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(fmt.Errorf("a document of CloudWatch: %w", err)) // plain structs of texts and finite figures
	}
	return strings.TrimSuffix(to.String(), "\n")
}

// javaDouble is a figure as Java's Double.toString writes it: 1.0, 45628.0, 1.0E7.
type javaDouble float64

// MarshalJSON implements json.Marshaler.
func (n javaDouble) MarshalJSON() ([]byte, error) { return []byte(double(float64(n))), nil }

func double(v float64) string {
	format := byte('f')
	if size := max(v, -v); size != 0 && (size < 1e-3 || size >= 1e7) {
		format = 'e'
	}
	text := strconv.FormatFloat(v, format, -1, 64)
	digits, exponent, _ := strings.Cut(text, "e")
	if !strings.Contains(digits, ".") {
		digits += ".0"
	}
	if exponent == "" {
		return digits
	}
	power, err := strconv.Atoi(exponent)
	if err != nil {
		panic(err) // strconv wrote it
	}
	return digits + "E" + strconv.Itoa(power)
}

// Message is what CloudWatch publishes to a topic on a change: the subject and
// the document, by notifications that people published. No page has its form.
func Message(c Change) (subject, body string) {
	if c.Composite != nil {
		return subjectOf(c), compositeMessage(c)
	}
	a := c.Alarm
	m := message{
		Name: a.Name, Account: a.Account, Configured: stamp(c.Configured), To: c.To, Reason: c.Reason, At: stamp(c.At),
		Region: longName(a.Region), ARN: a.ARN, From: c.From, OK: list(a.OKActions), Actions: list(a.Actions), NoData: list(a.NoDataActions),
	}
	if a.Description != "" {
		m.Description = &a.Description
	}
	t := &m.Trigger
	t.Periods, t.Comparison, t.Threshold, t.Missing = a.Evaluations, a.Comparison, javaDouble(a.Threshold), a.Missing
	if t.Missing == "" {
		t.Missing = "missing"
	}
	if a.DatapointsToAlarm > 0 {
		t.Datapoints = &a.DatapointsToAlarm
	}
	if a.Metric != nil {
		t.triggerMetric = &triggerMetric{
			Name: a.Metric.Name, Namespace: a.Metric.Namespace, Type: "Statistic", Statistic: upper(a.Statistic), Dimensions: lowerDimensions(*a.Metric),
		}
		if a.Metric.Unit != "" {
			t.Unit = &a.Metric.Unit
		}
		t.Period = seconds(a.Period)
	}
	for _, q := range a.Metrics {
		line := triggerLine{Expression: q.Expression, ID: q.ID, Label: q.Label, Returned: q.ReturnData}
		if q.Metric != nil {
			line.Stat = &triggerStat{Period: seconds(q.Period), Stat: q.Stat, Unit: q.Metric.Unit}
			line.Stat.Metric.Dimensions, line.Stat.Metric.Name, line.Stat.Metric.Namespace = lowerDimensions(*q.Metric), q.Metric.Name, q.Metric.Namespace
			t.Period = line.Stat.Period
		}
		t.Metrics = append(t.Metrics, line)
	}
	return subjectOf(c), document(m)
}

// maxSubject is SNS's, in characters.
const maxSubject = 99

// subjectOf shortens the name where SNS would refuse the subject: from memory,
// how AWS shortens it is unproven.
func subjectOf(c Change) string {
	before, after := c.To+`: "`, `" in `+longName(c.Alarm.Region)
	name := []rune(c.Alarm.Name)
	if room := maxSubject - len(before) - len(after); len(name) > room {
		name = append(name[:room-3], '.', '.', '.')
	}
	return before + string(name) + after
}

type message struct {
	Name        string   `json:"AlarmName"`
	Description *string  `json:"AlarmDescription"`
	Account     string   `json:"AWSAccountId"`
	Configured  string   `json:"AlarmConfigurationUpdatedTimestamp"`
	To          string   `json:"NewStateValue"`
	Reason      string   `json:"NewStateReason"`
	At          string   `json:"StateChangeTime"`
	Region      string   `json:"Region"`
	ARN         string   `json:"AlarmArn"`
	From        string   `json:"OldStateValue"`
	OK          []string `json:"OKActions"`
	Actions     []string `json:"AlarmActions"`
	NoData      []string `json:"InsufficientDataActions"`
	Trigger     trigger  `json:"Trigger"`
}

type trigger struct {
	*triggerMetric
	Period     int           `json:"Period"`
	Periods    int           `json:"EvaluationPeriods"`
	Datapoints *int          `json:"DatapointsToAlarm,omitempty"`
	Comparison string        `json:"ComparisonOperator"`
	Threshold  javaDouble    `json:"Threshold"`
	Missing    string        `json:"TreatMissingData"`
	LowSample  string        `json:"EvaluateLowSampleCountPercentile"`
	Metrics    []triggerLine `json:"Metrics,omitempty"`
}

type triggerMetric struct {
	Name       string           `json:"MetricName"`
	Namespace  string           `json:"Namespace"`
	Type       string           `json:"StatisticType"`
	Statistic  string           `json:"Statistic"`
	Unit       *string          `json:"Unit"`
	Dimensions []lowerDimension `json:"Dimensions"`
}

type triggerLine struct {
	Expression string       `json:"Expression,omitempty"`
	ID         string       `json:"Id"`
	Label      string       `json:"Label,omitempty"`
	Stat       *triggerStat `json:"MetricStat,omitempty"`
	Returned   bool         `json:"ReturnData"`
}

type triggerStat struct {
	Metric struct {
		Dimensions []lowerDimension `json:"Dimensions"`
		Name       string           `json:"MetricName"`
		Namespace  string           `json:"Namespace"`
	} `json:"Metric"`
	Period int    `json:"Period"`
	Stat   string `json:"Stat"`
	Unit   string `json:"Unit,omitempty"`
}

type lowerDimension struct {
	Value string `json:"value"`
	Name  string `json:"name"`
}

func lowerDimensions(m Metric) []lowerDimension {
	out := []lowerDimension{}
	for _, d := range sorted(m.Dimensions) {
		out = append(out, lowerDimension{d.Value, d.Name})
	}
	return out
}

func list(actions []string) []string { return append([]string{}, actions...) }

func seconds(d time.Duration) int { return int(d / time.Second) }

// upper is SAMPLE_COUNT of SampleCount.
func upper(statistic string) string {
	var to strings.Builder
	for i, r := range statistic {
		if i > 0 && unicode.IsUpper(r) {
			to.WriteByte('_')
		}
		to.WriteRune(unicode.ToUpper(r))
	}
	return to.String()
}

// Event is what CloudWatch puts onto the default bus of EventBridge on a change.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
func Event(c Change) events.Event {
	if c.Composite != nil {
		return compositeEvent(c)
	}
	type metric struct {
		Dimensions map[string]string `json:"dimensions"`
		Name       string            `json:"name"`
		Namespace  string            `json:"namespace"`
	}
	type stat struct {
		Metric metric `json:"metric"`
		Period int    `json:"period"`
		Stat   string `json:"stat"`
		Unit   string `json:"unit,omitempty"`
	}
	type line struct {
		Expression string `json:"expression,omitempty"`
		ID         string `json:"id"`
		Label      string `json:"label,omitempty"`
		Stat       *stat  `json:"metricStat,omitempty"`
		Returned   bool   `json:"returnData"`
	}
	type state struct {
		Reason string `json:"reason"`
		Data   string `json:"reasonData,omitempty"`
		At     string `json:"timestamp"`
		Value  string `json:"value"`
	}
	lineOf := func(id string, m Metric, statistic string, period time.Duration, returned bool) line {
		by := map[string]string{}
		for _, d := range sorted(m.Dimensions) {
			by[d.Name] = d.Value
		}
		return line{ID: id, Stat: &stat{metric{by, m.Name, m.Namespace}, seconds(period), statistic, m.Unit}, Returned: returned}
	}
	var detail struct {
		Name          string `json:"alarmName"`
		Configuration struct {
			Description string `json:"description,omitempty"`
			Metrics     []line `json:"metrics"`
		} `json:"configuration"`
		Previous state `json:"previousState"`
		State    state `json:"state"`
	}
	a := c.Alarm
	detail.Name, detail.Configuration.Description = a.Name, a.Description
	if a.Metric != nil {
		// AWS makes an id of its own up; here it is always the same.
		detail.Configuration.Metrics = []line{lineOf("00000000-0000-4000-8000-000000000000", *a.Metric, a.Statistic, a.Period, true)}
	}
	for _, q := range a.Metrics {
		l := line{Expression: q.Expression, ID: q.ID, Returned: q.ReturnData}
		if q.Metric != nil {
			l = lineOf(q.ID, *q.Metric, q.Stat, q.Period, q.ReturnData)
		}
		l.Label = q.Label
		detail.Configuration.Metrics = append(detail.Configuration.Metrics, l)
	}
	detail.Previous = state{c.FromReason, c.FromData, stamp(c.FromAt), c.From}
	detail.State = state{c.Reason, c.Data, stamp(c.At), c.To}
	return events.Event{
		DetailType: "CloudWatch Alarm State Change", Source: "aws.cloudwatch", Account: a.Account, Region: a.Region,
		Time: c.At, Resources: []string{a.ARN}, Detail: json.RawMessage(document(detail)),
	}
}

// longName of a region, as notifications have it: from published ones, and for
// the newer regions from memory. An unknown one is its code.
func longName(region string) string {
	if name, ok := longNames[region]; ok {
		return name
	}
	return region
}

var longNames = map[string]string{
	"af-south-1": "Africa (Cape Town)", "ap-east-1": "Asia Pacific (Hong Kong)", "ap-northeast-1": "Asia Pacific (Tokyo)",
	"ap-northeast-2": "Asia Pacific (Seoul)", "ap-northeast-3": "Asia Pacific (Osaka)", "ap-south-1": "Asia Pacific (Mumbai)",
	"ap-south-2": "Asia Pacific (Hyderabad)", "ap-southeast-1": "Asia Pacific (Singapore)", "ap-southeast-2": "Asia Pacific (Sydney)",
	"ap-southeast-3": "Asia Pacific (Jakarta)", "ap-southeast-4": "Asia Pacific (Melbourne)", "ca-central-1": "Canada (Central)",
	"ca-west-1": "Canada West (Calgary)", "cn-north-1": "China (Beijing)", "cn-northwest-1": "China (Ningxia)",
	"eu-central-1": "EU (Frankfurt)", "eu-central-2": "Europe (Zurich)", "eu-north-1": "EU (Stockholm)", "eu-south-1": "EU (Milan)",
	"eu-south-2": "Europe (Spain)", "eu-west-1": "EU (Ireland)", "eu-west-2": "EU (London)", "eu-west-3": "EU (Paris)",
	"il-central-1": "Israel (Tel Aviv)", "me-central-1": "Middle East (UAE)", "me-south-1": "Middle East (Bahrain)",
	"sa-east-1": "South America (Sao Paulo)", "us-east-1": "US East (N. Virginia)", "us-east-2": "US East (Ohio)",
	"us-gov-east-1": "AWS GovCloud (US-East)", "us-gov-west-1": "AWS GovCloud (US)", "us-west-1": "US West (N. California)", "us-west-2": "US West (Oregon)",
}
