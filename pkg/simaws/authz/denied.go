package authz

import (
	"errors"
	"net/http"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// refusals are how services name a refusal: code and status. Others are
// AccessDeniedException with status 400, as the JSON protocols have it.
var refusals = map[string]struct {
	code   string
	status int
}{
	"rds":        {"AccessDenied", http.StatusForbidden},
	"s3":         {"AccessDenied", http.StatusForbidden},
	"sts":        {"AccessDenied", http.StatusForbidden},
	"iam":        {"AccessDenied", http.StatusForbidden},
	"sns":        {"AuthorizationError", http.StatusForbidden},
	"monitoring": {"AccessDenied", http.StatusForbidden},
	"lambda":     {"AccessDeniedException", http.StatusForbidden},
	"backup":     {"AccessDeniedException", http.StatusForbidden},
}

// wordings are refusals of what a service does on the caller's behalf, where it
// answers with an error of its own. The place says which service asks for what:
// "rds kms". Source: the errors of the API references.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceFromDBSnapshot.html
var wordings = map[string]func(*Denied) *wire.Error{
	"rds kms": func(d *Denied) *wire.Error {
		return wire.Errorf("KMSKeyNotAccessibleFault", "The specified KMS key [%s] does not exist, is not enabled or you do not have permissions to access it. (%s)",
			d.Question.Resource, d.reason())
	},
}

// reason is the end of AWS's message.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
func (d *Denied) reason() string {
	if d.Answer.Explicit {
		return "with " + d.Answer.Because
	}
	return "because " + d.Answer.Because
}

// refuse words an error as the service does: a refusal, or what could not be
// asked, which is loud.
func refuse(c *wire.Call, err error) error {
	var d *Denied
	if !errors.As(err, &d) {
		return wire.Unknown("authz: %v", err)
	}
	asked, _, _ := strings.Cut(d.Question.Action, ":")
	if d.Question.Why != "" {
		if words, ok := wordings[c.Service+" "+asked]; ok {
			return words(d)
		}
	}
	as, ok := refusals[c.Service]
	if !ok {
		as.code, as.status = "AccessDeniedException", http.StatusBadRequest
	}
	action := d.Question.Action
	if c.Service == "sns" {
		action = strings.Replace(action, "sns:", "SNS:", 1)
	}
	return &wire.Error{Code: as.code, Status: as.status,
		Message: "User: " + c.Caller() + " is not authorized to perform: " + action + " on resource: " + quoted(c, d.Question.Resource) + " " + d.reason()}
}

// quoted: S3 puts the resource into quotation marks.
func quoted(c *wire.Call, resource string) string {
	if c.Service == "s3" {
		return `"` + resource + `"`
	}
	return resource
}
