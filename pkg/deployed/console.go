package deployed

import (
	"net/url"
	"strings"
)

// ExecutionConsole is where people look at an execution of a machine.
func (n Names) ExecutionConsole(executionARN string) string {
	return n.console("states") + "#/v2/executions/details/" + executionARN
}

// ObjectConsole is where people look at an object, by its s3 URI.
func (n Names) ObjectConsole(location string) string {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(location, "s3://"), "/")
	return Console(n.Region) + "s3/object/" + bucket + "?region=" + n.Region + "&prefix=" + strings.ReplaceAll(url.QueryEscape(key), "%2F", "/")
}

// Dashboard is the name of the deployment's, and DashboardConsole where it is.
func (n Names) Dashboard() string { return n.Prefix() }

func (n Names) DashboardConsole() string {
	return n.console("cloudwatch") + "#dashboards/dashboard/" + n.Dashboard()
}

func (n Names) console(service string) string {
	return Console(n.Region) + service + "/home?region=" + n.Region
}

// Runbook is the page that says what to do about an alarm or an ending.
func Runbook(page string) string {
	return "https://github.com/lifeboat-dr/lifeboat/blob/main/docs/runbooks/" + page + ".md"
}
