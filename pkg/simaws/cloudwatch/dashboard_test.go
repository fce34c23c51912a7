package cloudwatch_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const alarmARN = "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:lifeboat-prod-orphans"

// widget of a type, with properties as JSON.
func widget(typ, properties string) string {
	return `{"widgets":[{"type":"` + typ + `","x":0,"y":0,"width":24,"height":3,"properties":` + properties + `}]}`
}

// metrics is a widget with one list of metrics.
func metrics(list string) string {
	return widget("metric", `{"region":"eu-central-1","metrics":`+list+`}`)
}

func alarms(n int) string {
	return widget("alarm", `{"title":"all","alarms":["`+strings.Join(repeat(alarmARN, n), `","`)+`"]}`)
}

func repeat(s string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = s
	}
	return list
}

func TestDashboards(t *testing.T) {
	one := `["Lifeboat","RecoveryTime","Database","orders-db"]`
	tests := map[string]struct {
		reason, body string
		names        string // in the refusal; "": it is taken
	}{
		"empty":            {"a list of widgets is needed, it may be empty", `{"widgets":[]}`, ""},
		"page's example":   {"is taken", `{"start":"-PT6H","periodOverride":"inherit","widgets":[{"type":"metric","x":0,"y":0,"width":12,"height":6,"properties":{"metrics":[["AWS/EC2","CPUUtilization","InstanceId","i-012345"]],"period":300,"stat":"Average","region":"us-east-1","title":"EC2 Instance CPU","liveData":false,"legend":{"position":"right"}}},{"type":"text","x":0,"y":7,"width":3,"height":3,"properties":{"markdown":"Hello world"}}]}`, ""},
		"variables":        {"are known", `{"widgets":[],"variables":[{"type":"property","property":"FunctionName","inputType":"select","id":"LambdaFunction_Variable","label":"Function","visible":true,"search":"{AWS/Lambda,FunctionName} MetricName=\"Duration\"","populateFrom":"FunctionName"}]}`, ""},
		"as the CDK does":  {"an empty yAxis, and how a line is drawn", widget("metric", `{"view":"timeSeries","title":"RTO","region":"eu-central-1","metrics":[["Lifeboat","RecoveryTime","Database","orders-db",{"period":3600,"stat":"Maximum"}]],"yAxis":{}}`), ""},
		"expressions":      {"and dots", metrics(`[["AWS/EC2","DiskReadBytes","InstanceId","i-123",{"id":"m1"}],[".",".",".","i-abc",{"id":"m2"}],["..."],[{"expression":"SUM(METRICS())","label":"Sum","id":"e3"}]]`), ""},
		"annotations":      {"lines and bands", widget("metric", `{"region":"eu-central-1","metrics":[`+one+`],"annotations":{"horizontal":[{"value":20,"fill":"above","color":"#9467bd","yAxis":"right"},[{"value":200,"label":"Band top"},{"value":95.5}]],"vertical":[{"value":"2018-08-28T15:25:26Z","fill":"after"}]}}`), ""},
		"alarm in a graph": {"without metrics", widget("metric", `{"region":"eu-central-1","annotations":{"alarms":["`+alarmARN+`"]}}`), ""},
		"gauge":            {"with its ends", widget("metric", `{"view":"gauge","region":"eu-central-1","metrics":[`+one+`],"yAxis":{"left":{"min":0,"max":100}}}`), ""},
		"logs":             {"are known", widget("log", `{"region":"us-east-1","title":"Errors","query":"SOURCE 'a' | fields x","view":"table"}`), ""},
		"explorer":         {"is known", widget("explorer", `{"metrics":[{"metricName":"CPUUtilization","resourceType":"AWS::EC2::Instance","stat":"Average"}],"aggregateBy":{"key":"InstanceType","func":"MAX"},"labels":[{"key":"State","value":"running"}],"widgetOptions":{"legend":{"position":"bottom"},"view":"timeSeries","rowsPerPage":8,"widgetsPerRow":2},"period":300,"splitBy":"AvailabilityZone","title":"Running"}`), ""},
		"custom":           {"is known", widget("custom", `{"endpoint":"arn:aws:lambda:eu-central-1:111122223333:function:customWidget","params":{"a":[1]},"updateOn":{"refresh":true}}`), ""},
		"100 alarms":       {"as many as a widget takes", alarms(100), ""},

		"101 alarms":       {"one too many", alarms(101), "/widgets/0/properties/alarms: should have 1 to 100 items, has 101"},
		"no alarms":        {"one at least", widget("alarm", `{"alarms":[]}`), "/widgets/0/properties/alarms"},
		"an alarm's name":  {"an ARN is needed", widget("alarm", `{"alarms":["orphans"]}`), "/widgets/0/properties/alarms/0"},
		"state":            {"one of three", widget("alarm", `{"alarms":["`+alarmARN+`"],"states":["BAD"]}`), "BAD"},
		"no JSON":          {"is nothing", `{"widgets":[}`, "no JSON"},
		"two documents":    {"one is read", `{"widgets":[]}{}`, "behind"},
		"a list":           {"is no dashboard", `[]`, "/: should be an object"},
		"no widgets":       {"the list is required", `{}`, `"widgets"`},
		"unknown property": {"of the dashboard", `{"widgets":[],"title":"x"}`, `"title"`},
		"unknown type":     {"of a widget", widget("graph", `{}`), "graph"},
		"no properties":    {"are required", `{"widgets":[{"type":"text"}]}`, `"properties"`},
		"unknown in text":  {"is refused by name", widget("text", `{"markdown":"x","colour":"red"}`), `/widgets/0/properties: should not have the property "colour"`},
		"no markdown":      {"is required", widget("text", `{}`), `"markdown"`},
		"too wide":         {"24 columns", `{"widgets":[{"type":"text","width":25,"properties":{"markdown":"x"}}]}`, "/widgets/0/width"},
		"beside the grid":  {"columns 0 to 23", `{"widgets":[{"type":"text","x":24,"y":0,"properties":{"markdown":"x"}}]}`, "/widgets/0/x"},
		"half a place":     {"x needs y", `{"widgets":[{"type":"text","x":1,"properties":{"markdown":"x"}}]}`, "both x and y"},
		"half a column":    {"whole numbers", `{"widgets":[{"type":"text","width":1.5,"properties":{"markdown":"x"}}]}`, "/widgets/0/width"},
		"no region":        {"is required", widget("metric", `{"metrics":[`+one+`]}`), `"region"`},
		"no such region":   {"is none", widget("metric", `{"region":"Frankfurt","metrics":[`+one+`]}`), "Frankfurt"},
		"period":           {"of whole minutes", widget("metric", `{"region":"eu-central-1","period":90,"metrics":[`+one+`]}`), "/widgets/0/properties/period"},
		"period of a line": {"of whole minutes", metrics(`[["Lifeboat","RecoveryTime",{"period":1}]]`), "/widgets/0/properties/metrics/0/2/period"},
		"statistic":        {"that there is", metrics(`[["Lifeboat","RecoveryTime",{"stat":"maximum"}]]`), "maximum"},
		"nothing to draw":  {"metrics or annotations", widget("metric", `{"region":"eu-central-1"}`), "metrics or annotations"},
		"both":             {"an alarm has its metric", widget("metric", `{"region":"eu-central-1","metrics":[`+one+`],"annotations":{"alarms":["`+alarmARN+`"]}}`), "both metrics and an alarm"},
		"gauge's ends":     {"are required", widget("metric", `{"view":"gauge","region":"eu-central-1","metrics":[`+one+`]}`), "gauge"},
		"namespace alone":  {"is no metric", metrics(`[["Lifeboat"]]`), "namespace and a name"},
		"a name too few":   {"each dimension has a value", metrics(`[["Lifeboat","RecoveryTime","Database"]]`), "value for each dimension"},
		"an empty line":    {"is nothing", metrics(`[[]]`), "not empty"},
		"no list":          {"a metric is one", metrics(`["Lifeboat"]`), "/widgets/0/properties/metrics/0"},
		"a number":         {"a metric is of texts", metrics(`[["Lifeboat",1]]`), "/widgets/0/properties/metrics/0/1"},
		"dots at first":    {"repeat nothing", metrics(`[[".","RecoveryTime"]]`), "no line is before it"},
		"unknown in line":  {"is refused by name", metrics(`[["Lifeboat","RecoveryTime",{"colour":"red"}]]`), `"colour"`},
		"unknown id":       {"CloudWatch draws an error", metrics(`[["AWS/EC2","CPUUtilization",{"id":"m1"}],[{"expression":"m1 + m2"}]]`), "m2"},
		"unknown function": {"the same", metrics(`[["AWS/EC2","CPUUtilization",{"id":"m1"}],[{"expression":"SQRT(m1)"}]]`), "SQRT"},
		"id twice":         {"which one is meant", metrics(`[["AWS/EC2","CPUUtilization",{"id":"m1"}],["AWS/EC2","DiskReadBytes",{"id":"m1"}]]`), "once"},
		"sorted":           {"words that are no ids", metrics(`[["AWS/EC2","CPUUtilization",{"id":"m1"}],[{"expression":"SORT(METRICS(\"m\") / 60, MAX, DESC, 20)"}]]`), ""},
		"no expression":    {"is required", metrics(`[[{"label":"x"}]]`), `"expression"`},
		"501 metrics":      {"500 of a widget", metrics("[" + strings.Join(repeat(one, 501), ",") + "]"), "has 501"},
		"an end alone":     {"needs a start", `{"widgets":[],"end":"2018-12-17T06:00:00.000Z"}`, "start"},
		"every mistake":    {"is told at once", widget("text", `{"a":1,"b":2}`), `"b"`},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			err := newWatch().AddDashboard(account, region, "lifeboat-prod", tc.body)
			if tc.names == "" {
				if err != nil {
					t.Errorf("%s: %v", tc.reason, err)
				}
				return
			}
			var refused *wire.Error
			if !errors.As(err, &refused) || refused.Code != "DashboardInvalidInputError" || !strings.Contains(refused.Message, tc.names) {
				t.Errorf("%s: got %v, want a refusal that names %s", tc.reason, err, tc.names)
			}
		})
	}
	var refused *wire.Error
	if err := newWatch().AddDashboard(account, region, "x", widget("chart", `{}`)); !errors.As(err, &refused) || refused.Code != "NotSimulated" {
		t.Errorf("charts are not simulated: %v", err)
	}
	if err := newWatch().AddDashboard(account, region, "a/b", `{"widgets":[]}`); !errors.As(err, &refused) || refused.Code != "DashboardInvalidInputError" {
		t.Errorf("a name has no slash: %v", err)
	}
}

func TestDashboardsAreRead(t *testing.T) {
	w := newWatch()
	client := labOf(w.Service, w.clock)
	ctx := context.Background()
	for _, name := range []string{"lifeboat-prod", "other"} {
		if err := w.AddDashboard(account, region, name, `{"widgets":[]}`); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.Advance(time.Hour)
	body := alarms(1)
	if err := w.AddDashboard(account, region, "lifeboat-prod", body); err != nil {
		t.Fatal(err)
	}
	got, err := client.GetDashboard(ctx, &sdk.GetDashboardInput{DashboardName: aws.String("lifeboat-prod")})
	if err != nil {
		t.Fatal(err)
	}
	if *got.DashboardArn != "arn:aws:cloudwatch::111122223333:dashboard/lifeboat-prod" || *got.DashboardBody != body || !json.Valid([]byte(*got.DashboardBody)) {
		t.Errorf("%s: %s", *got.DashboardArn, *got.DashboardBody)
	}
	list, err := client.ListDashboards(ctx, &sdk.ListDashboardsInput{DashboardNamePrefix: aws.String("lifeboat-")})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.DashboardEntries) != 1 || *list.DashboardEntries[0].Size != int64(len(body)) || !list.DashboardEntries[0].LastModified.Equal(start.Add(time.Hour)) {
		t.Errorf("%+v", list.DashboardEntries)
	}
	w.RemoveDashboard(account, "lifeboat-prod")
	w.RemoveDashboard(account, "lifeboat-prod")
	if _, err := client.GetDashboard(ctx, &sdk.GetDashboardInput{DashboardName: aws.String("lifeboat-prod")}); code(err) != "ResourceNotFound" {
		t.Errorf("it is gone: %v", err)
	}
}
