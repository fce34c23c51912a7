package lambda

import (
	"cmp"
	"encoding/json"
	"net/http"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Policies says what the policies of functions and their versions are, by their
// ARNs, as GetPolicy tells them. Without it none has any. What they say is not
// asked here.
func (s *Service) Policies(of func(arn string) json.RawMessage) { s.policy = of }

// getPolicy answers https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html.
// A version has a policy of its own. One that has none, and one that is not there,
// are answered alike.
func (s *Service) getPolicy(c *wire.Call) (wire.Reply, error) {
	parameters := c.HTTP.URL.Query()
	for name := range parameters {
		if name != "Qualifier" {
			return wire.Reply{}, wire.Unknown("%s %s: query parameter %s is not simulated", c.Service, c.Operation, name)
		}
	}
	name := wire.Segments(c.HTTP)[2]
	part := nameRE.FindStringSubmatch(name)
	if part == nil {
		return wire.Reply{}, wire.Errorf("InvalidParameterValueException", "%s is no name of a function", name)
	}
	account := cmp.Or(part[2], c.Account)
	arn := wire.ARN("lambda", cmp.Or(part[1], c.Region), account, "function:"+part[3])
	if qualifier := cmp.Or(part[4], parameters.Get("Qualifier")); qualifier != "" && qualifier != "$LATEST" {
		arn += ":" + qualifier
	}
	c.Touch(arn)
	if account != c.Account {
		denied := wire.Denied(c, "AccessDeniedException", "lambda:GetPolicy", arn)
		denied.Status = http.StatusForbidden
		return wire.Reply{}, denied
	}
	var text json.RawMessage
	if s.policy != nil {
		text = s.policy(arn)
	}
	if text == nil {
		return wire.Reply{}, notFound("The resource you requested does not exist.")
	}
	return wire.RESTReply(map[string]string{"Policy": string(text), "RevisionId": "00000000-0000-4000-8000-000000000000"})
}

// defaultConcurrency of an account in a region; new accounts have less.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const defaultConcurrency = 1000

// SetConcurrency changes how many functions of an account may run at once.
func (s *Service) SetConcurrency(account, region string, most int) {
	if s.concurrency == nil {
		s.concurrency = map[string]int{}
	}
	s.concurrency[account+" "+region] = most
}

// accountSettings answers
// https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html: no
// function reserves concurrency, and code is not counted.
func (s *Service) accountSettings(c *wire.Call) (wire.Reply, error) {
	c.Touch("*")
	most := cmp.Or(s.concurrency[c.Account+" "+c.Region], defaultConcurrency)
	return wire.RESTReply(map[string]any{
		"AccountLimit": map[string]int64{
			"TotalCodeSize": 80530636800, "CodeSizeUnzipped": 262144000, "CodeSizeZipped": 52428800,
			"ConcurrentExecutions": int64(most), "UnreservedConcurrentExecutions": int64(most),
		},
		"AccountUsage": map[string]int64{"TotalCodeSize": 0, "FunctionCount": 0},
	})
}
