package cloudwatch

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// The body of a dashboard is checked by the page
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Dashboard-Body-Structure.html.
// Where CloudWatch warns and draws what it can, this refuses: a property that
// nobody knows is a mistake. What is wrong is told all at once, with its place.

// Limits of dashboards, the last by
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html.
const (
	maxWidgets       = 500
	maxVariables     = 25
	maxAlarms        = 100 // of an alarm widget
	maxWidgetMetrics = 500
	maxBoardMetrics  = 2500
)

type dashboard struct {
	arn, account, region, name, body string
	changed                          time.Time
}

const (
	invalidDashboard = "DashboardInvalidInputError"
	noDashboard      = "DashboardNotFoundError"
)

var (
	dashboardRE = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)
	regionRE    = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]$`)
	accountRE   = regexp.MustCompile(`^[0-9]{12}$`)
	alarmRE     = regexp.MustCompile(`^arn:[^:]+:cloudwatch:[^:]+:[0-9]{12}:alarm:.+$`)
	colorRE     = regexp.MustCompile(`^#([0-9A-Fa-f]{6}|[0-9A-Fa-f]{3})$`)
	statRE      = regexp.MustCompile(`^(SampleCount|Average|Sum|Minimum|Maximum|IQM|(p|tm|tc|ts|wm)[0-9]{1,2}(\.[0-9]+)?|p100|(PR|TC|TM|TS|WM)\(.+\))$`)
	startRE     = regexp.MustCompile(`^(-P(T[0-9]+[MH]|[0-9]+[DWM])|[0-9]{4}-[0-9]{2}-[0-9]{2}T.+)$`)
	zoneRE      = regexp.MustCompile(`^[+-][0-9]{4}$`)
	variableRE  = regexp.MustCompile(`^[0-9A-Za-z_-]{1,32}$`)
)

// AddDashboard puts a dashboard, or replaces the one of that name. The error is
// CloudWatch's, or names what is not simulated.
func (s *Service) AddDashboard(account, region, name, body string) error {
	if !dashboardRE.MatchString(name) {
		return wire.Errorf(invalidDashboard, "The name %q of a dashboard must have 1 to 255 of A-Z, a-z, 0-9, - and _.", name)
	}
	if err := checkBoard(name, body); err != nil {
		return err
	}
	board := dashboard{wire.GlobalARN("cloudwatch", region, account, "dashboard/"+name), account, region, name, body, s.o.Clock.Now()}
	if i := s.board(account, name); i >= 0 {
		s.boards[i] = board
	} else {
		s.boards = append(s.boards, board)
	}
	return nil
}

// RemoveDashboard deletes a dashboard; none is fine.
func (s *Service) RemoveDashboard(account, name string) {
	if i := s.board(account, name); i >= 0 {
		s.boards = slices.Delete(s.boards, i, i+1)
	}
}

// board finds a dashboard: they are an account's, not a region's.
func (s *Service) board(account, name string) int {
	return slices.IndexFunc(s.boards, func(b dashboard) bool { return b.account == account && b.name == name })
}

func checkBoard(name, body string) error {
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.UseNumber()
	var document any
	if err := decoder.Decode(&document); err != nil {
		return wire.Errorf(invalidDashboard, "The dashboard %s is no JSON: %v.", name, err)
	}
	if decoder.More() {
		return wire.Errorf(invalidDashboard, "The dashboard %s has something behind its document.", name)
	}
	var f findings
	boardRule("", document, &f)
	if o, ok := document.(map[string]any); ok {
		if _, start := o["start"]; !start && o["end"] != nil {
			f.add("", "has an end without a start")
		}
		if widgets, ok := o["widgets"].([]any); ok {
			if err := checkWidgets(name, widgets, &f); err != nil {
				return err
			}
		}
	}
	if len(f) > 0 {
		return wire.Errorf(invalidDashboard, "The dashboard %s is invalid, there are %d validation errors: %s.", name, len(f), strings.Join(f, "; "))
	}
	return nil
}

// checkWidgets checks what depends on a widget's type.
func checkWidgets(name string, widgets []any, f *findings) error {
	metrics := 0
	for i, v := range widgets {
		w, ok := v.(map[string]any)
		if !ok {
			continue // the rules have said it
		}
		at := fmt.Sprintf("/widgets/%d", i)
		typ, _ := w["type"].(string)
		if typ == "chart" {
			return wire.Unknown("dashboard %s: %s is a widget of type chart", name, at)
		}
		if (w["x"] == nil) != (w["y"] == nil) {
			f.add(at, "should have both x and y, or none")
		}
		check, ok := widgetRules[typ]
		if !ok || w["properties"] == nil {
			continue
		}
		at += "/properties"
		check(at, w["properties"], f)
		if p, ok := w["properties"].(map[string]any); ok && typ == "metric" {
			checkMetricWidget(at, p, f)
			list, _ := p["metrics"].([]any)
			metrics += len(list)
		}
	}
	if metrics > maxBoardMetrics {
		f.add("", "should have at most %d metrics, has %d", maxBoardMetrics, metrics)
	}
	return nil
}

func checkMetricWidget(at string, p map[string]any, f *findings) {
	annotations, _ := p["annotations"].(map[string]any)
	alarms, _ := annotations["alarms"].([]any)
	switch {
	case p["metrics"] == nil && p["annotations"] == nil:
		f.add(at, "should have metrics or annotations")
	case len(alarms) > 0 && p["metrics"] != nil:
		f.add(at, "should not have both metrics and an alarm")
	}
	if p["view"] == "gauge" {
		axes, _ := p["yAxis"].(map[string]any)
		left, _ := axes["left"].(map[string]any)
		if left["min"] == nil || left["max"] == nil {
			f.add(at, "should have a yAxis with min and max on the left, being a gauge")
		}
	}
	list, _ := p["metrics"].([]any)
	for i, m := range list {
		checkMetric(fmt.Sprintf("%s/metrics/%d", at, i), m, i == 0, f)
	}
	checkExpressions(at, list, f)
}

// checkExpressions has every id of metric math be that of one line, and every
// function one that there is: CloudWatch takes the dashboard and draws an error.
func checkExpressions(at string, list []any, f *findings) {
	ids, expressions := map[string]int{}, map[int]string{}
	for i, m := range list {
		line, _ := m.([]any)
		if len(line) == 0 {
			continue
		}
		rendering, _ := line[len(line)-1].(map[string]any)
		if id, ok := rendering["id"].(string); ok {
			ids[id]++
		}
		if expression, ok := rendering["expression"].(string); ok {
			expressions[i] = expression
		}
	}
	for id, n := range ids {
		if n > 1 {
			f.add(at+"/metrics", "should have the id %s once, has it %d times", id, n)
		}
	}
	for i, expression := range expressions {
		if strings.HasPrefix(expression, "SELECT ") {
			continue // Metrics Insights, another language
		}
		for _, m := range wordRE.FindAllStringSubmatch(quotedRE.ReplaceAllString(expression, "''"), -1) {
			switch word, called := m[1], m[2] != ""; {
			case called && !slices.Contains(mathFunctions, word):
				f.add(fmt.Sprintf("%s/metrics/%d", at, i), "should have functions that there are, has %s", word)
			case !called && ids[word] == 0 && !slices.Contains(mathWords, word):
				f.add(fmt.Sprintf("%s/metrics/%d", at, i), "should have ids of its metrics, has %s", word)
			}
		}
	}
}

var (
	wordRE   = regexp.MustCompile(`([A-Za-z][A-Za-z0-9_]*)\s*(\()?`)
	quotedRE = regexp.MustCompile(`'[^']*'|"[^"]*"`)

	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
	mathFunctions = strings.Fields("ABS ANOMALY_DETECTION_BAND AVG CEIL DATAPOINT_COUNT DB_PERF_INSIGHTS DIFF DIFF_TIME FILL FIRST LAST FLOOR IF INSIGHT_RULE_METRIC " +
		"LAMBDA LOG LOG10 MAX METRIC_COUNT METRICS MIN MINUTE HOUR DAY DATE MONTH YEAR EPOCH PERIOD RATE REMOVE_EMPTY RUNNING_SUM SEARCH SERVICE_QUOTA SLICE SORT STDDEV SUM TIME_SERIES")
	mathWords = strings.Fields("AND OR ASC DESC AVG MAX MIN SUM REPEAT LINEAR")
)

// checkMetric checks one line of a metrics array: an expression, or namespace,
// name, and names and values of dimensions by turns; at its end there may be
// how it is drawn. A "." repeats what the line before has there, "..." what it
// has up to there (from memory: no page has it).
func checkMetric(at string, v any, first bool, f *findings) {
	line, ok := v.([]any)
	if !ok || len(line) == 0 {
		f.add(at, "should be an array that is not empty")
		return
	}
	rendering, drawn := line[len(line)-1].(map[string]any)
	if drawn {
		line = line[:len(line)-1]
	}
	if len(line) == 0 {
		expressionRule(at+"/0", rendering, f)
		return
	}
	if drawn {
		renderingRule(fmt.Sprintf("%s/%d", at, len(line)), rendering, f)
	}
	short := false
	for i, v := range line {
		s, ok := v.(string)
		if !ok || s == "" {
			f.add(fmt.Sprintf("%s/%d", at, i), "should be a text that is not empty, is %v", v)
		}
		short = short || s == "..."
		if first && (s == "." || s == "...") {
			f.add(fmt.Sprintf("%s/%d", at, i), "should not be %s: no line is before it", s)
		}
	}
	switch dimensions := len(line) - 2; {
	case short:
	case dimensions < 0:
		f.add(at, "should have a namespace and a name")
	case dimensions%2 != 0:
		f.add(at, "should have a value for each dimension")
	case dimensions/2 > maxDimensions:
		f.add(at, "should have at most %d dimensions", maxDimensions)
	}
}

var (
	region     = matching(regionRE, "a region")
	accountID  = matching(accountRE, "an account")
	stat       = matching(statRE, "a statistic")
	color      = matching(colorRE, "a colour")
	period     = integer(60, math.MaxInt32, 60)
	legend     = object(map[string]rule{"position": oneOf("right", "bottom", "hidden")})
	side       = oneOf("left", "right")
	axis       = object(map[string]rule{"label": anyText, "min": anyNumber, "max": anyNumber, "showUnits": anyBool})
	alarmARN   = matching(alarmRE, "the ARN of an alarm")
	horizontal = annotation(object(map[string]rule{
		"value": anyNumber, "label": anyText, "color": color, "fill": oneOf("above", "below", "none"), "visible": anyBool, "yAxis": side,
	}, "value"))
	vertical = annotation(object(map[string]rule{
		"value": anyText, "label": anyText, "color": color, "fill": oneOf("before", "after", "none"), "visible": anyBool,
	}, "value"))

	renderings = map[string]rule{
		"color": color, "label": anyText, "period": period, "stat": stat, "visible": anyBool, "yAxis": side,
		"id": matching(idRE, "an id that begins with a small letter"), "region": region, "accountId": accountID,
	}
	renderingRule  = object(renderings)
	expressionRule = object(with(renderings, "expression", anyText), "expression")
)

// annotation is a single one, or a band of two.
func annotation(one rule) rule {
	band := listOf(one, 2, 2)
	return func(at string, v any, f *findings) {
		if _, ok := v.([]any); ok {
			band(at, v, f)
			return
		}
		one(at, v, f)
	}
}

func with(members map[string]rule, name string, r rule) map[string]rule {
	out := map[string]rule{name: r}
	for name, r := range members {
		out[name] = r
	}
	return out
}

var boardRule = object(map[string]rule{
	"start":          matching(startRE, "a time or a range like -PT6H"),
	"end":            anyText,
	"periodOverride": oneOf("auto", "inherit"),
	"variables": listOf(object(map[string]rule{
		"type": oneOf("property", "pattern"), "property": anyText, "pattern": anyText, "inputType": oneOf("input", "select", "radio"),
		"values": listOf(object(map[string]rule{"value": anything, "label": anyText}, "value"), 1, 500),
		"id":     matching(variableRE, "an id of up to 32 of 0-9A-Za-z-_"), "label": anyText, "defaultValue": anything,
		"search": anyText, "populateFrom": anyText, "visible": anyBool,
	}, "type", "inputType", "id"), 0, maxVariables),
	"widgets": listOf(object(map[string]rule{
		"type": oneOf("metric", "text", "log", "alarm", "explorer", "custom", "chart"),
		"x":    integer(0, 23, 1), "y": integer(0, math.MaxInt32, 1), "width": integer(1, 24, 1), "height": integer(1, 1000, 1),
		"properties": anyObject,
	}, "type", "properties"), 0, maxWidgets),
}, "widgets")

// anyObject is any object: what is in it depends on the type beside it.
func anyObject(at string, v any, f *findings) {
	if _, ok := v.(map[string]any); !ok {
		f.add(at, "should be an object")
	}
}

// widgetRules are the properties by the type of widget. Those of custom widgets
// are of
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_about.html
// (updateOn, title: from memory).
var widgetRules = map[string]rule{
	"text": object(map[string]rule{"markdown": anyText, "background": oneOf("transparent", "solid")}, "markdown"),
	"alarm": object(map[string]rule{
		"alarms": listOf(alarmARN, 1, maxAlarms), "sortBy": oneOf("default", "stateUpdatedTimestamp", "timestamp"),
		"states": listOf(oneOf(InAlarm, InsufficientData, OK), 0, 3), "title": anyText,
	}, "alarms"),
	"log": object(map[string]rule{
		"accountId": accountID, "region": region, "title": anyText, "query": anyText,
		"view": oneOf("table", "timeSeries", "bar", "pie"),
		// The next two are what the console and the CDK write: from memory.
		"stacked": anyBool, "queryLanguage": anyText,
	}, "region", "query"),
	"metric": object(map[string]rule{
		"accountId": accountID, "liveData": anyBool, "legend": legend, "period": period, "region": region, "sparkline": anyBool,
		"stacked": anyBool, "stat": stat, "title": anyText, "timezone": matching(zoneRE, "a time zone like +0130"),
		"view":    oneOf("timeSeries", "singleValue", "gauge", "bar", "pie", "table"),
		"metrics": listOf(anything, 0, maxWidgetMetrics),
		"yAxis":   object(map[string]rule{"left": axis, "right": axis}),
		"table": object(map[string]rule{
			"layout": oneOf("vertical", "horizontal"), "stickySummary": anyBool, "showTimeSeriesData": anyBool,
			"summaryColumns": listOf(oneOf("MIN", "MAX", "SUM", "AVG"), 0, 4),
		}),
		"annotations": object(map[string]rule{
			"alarms": listOf(alarmARN, 0, 1), "horizontal": listOf(horizontal, 0, maxWidgetMetrics), "vertical": listOf(vertical, 0, maxWidgetMetrics),
		}),
		// The next three are what the console and the CDK write: from memory.
		"setPeriodToTimeRange": anyBool, "start": matching(startRE, "a time or a range like -PT6H"), "end": anyText,
	}, "region"),
	"explorer": object(map[string]rule{
		"aggregateBy": object(map[string]rule{"key": anyText, "func": oneOf("AVG", "MIN", "MAX", "STDDEV", "SUM")}),
		"labels":      listOf(object(map[string]rule{"key": anyText, "value": anyText}, "key"), 0, maxWidgetMetrics),
		"metrics": listOf(object(map[string]rule{
			"metricName": anyText, "resourceType": anyText, "stat": stat,
		}, "metricName", "resourceType"), 1, 100),
		"period": period, "splitBy": anyText, "title": anyText,
		"widgetOptions": object(map[string]rule{
			"legend": legend, "rowsPerPage": integer(1, math.MaxInt32, 1), "stacked": anyBool, "view": oneOf("timeSeries", "bar", "pie"),
			"widgetsPerRow": integer(1, math.MaxInt32, 1),
		}),
	}, "labels", "metrics"),
	"custom": object(map[string]rule{
		"endpoint": anyText, "params": anything, "title": anyText,
		"updateOn": object(map[string]rule{"refresh": anyBool, "resize": anyBool, "timeRange": anyBool}),
	}, "endpoint"),
}

type getDashboardIn struct{ DashboardName *string }

type getDashboardOut struct{ DashboardArn, DashboardBody, DashboardName string }

// getDashboard answers https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetDashboard.html.
func (s *Service) getDashboard(c *wire.Call, in getDashboardIn) (getDashboardOut, error) {
	if in.DashboardName == nil {
		return getDashboardOut{}, wire.Errorf(invalidValue, "DashboardName is required.")
	}
	c.Touch(wire.GlobalARN("cloudwatch", c.Region, c.Account, "dashboard/"+*in.DashboardName))
	i := s.board(c.Account, *in.DashboardName)
	if i < 0 {
		return getDashboardOut{}, &wire.Error{Code: noDashboard, Message: "Dashboard " + *in.DashboardName + " does not exist", Status: http.StatusNotFound}
	}
	b := s.boards[i]
	return getDashboardOut{b.arn, b.body, b.name}, nil
}

type listDashboardsIn struct{ DashboardNamePrefix, NextToken *string }

type listDashboardsOut struct{ DashboardEntries []boardEntry }

type boardEntry struct {
	DashboardArn, DashboardName string
	LastModified                wire.Epoch
	Size                        int
}

// listDashboards answers https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListDashboards.html,
// on one page: it holds 1000.
func (s *Service) listDashboards(c *wire.Call, in listDashboardsIn) (listDashboardsOut, error) {
	c.Touch("*")
	out := listDashboardsOut{DashboardEntries: []boardEntry{}}
	if in.NextToken != nil {
		return out, wire.Errorf(invalidValue, "The token %q is not known.", *in.NextToken)
	}
	for _, b := range s.boards {
		if b.account == c.Account && (in.DashboardNamePrefix == nil || strings.HasPrefix(b.name, *in.DashboardNamePrefix)) {
			out.DashboardEntries = append(out.DashboardEntries, boardEntry{b.arn, b.name, wire.Epoch(b.changed), len(b.body)})
		}
	}
	slices.SortFunc(out.DashboardEntries, func(a, b boardEntry) int { return strings.Compare(a.DashboardName, b.DashboardName) })
	return out, nil
}
