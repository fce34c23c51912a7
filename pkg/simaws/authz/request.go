package authz

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// request is a call with its parameters.
type request struct {
	*wire.Call
	form url.Values     // of the query protocol
	body map[string]any // of the JSON and CBOR protocols
	path []string       // of REST
	row  row
}

// read takes a call apart. One that the table does not have is not simulated.
func read(c *wire.Call) (*request, error) {
	r := &request{Call: c, form: url.Values{}, body: map[string]any{}}
	var ok bool
	if r.row, ok = calls[c.Service+":"+c.Operation]; !ok {
		return nil, wire.Unknown("authz: no row says what IAM is asked when %s %q is called", c.Service, c.Operation)
	}
	var err error
	switch r.row.protocol {
	case query:
		r.form, err = url.ParseQuery(string(c.Body))
	case asJSON:
		if len(c.Body) > 0 {
			err = json.Unmarshal(c.Body, &r.body)
		}
	case asCBOR:
		r.body, err = wire.PlainCBOR(c)
	case rest:
		r.path = wire.Segments(c.HTTP)
	}
	if err != nil {
		return nil, wire.Unknown("authz: %s %s: the request cannot be read: %v", c.Service, c.Operation, err)
	}
	return r, nil
}

// text is a parameter.
func (r *request) text(name string) string {
	if r.row.protocol == query {
		return r.form.Get(name)
	}
	text, _ := r.body[name].(string)
	return text
}

// has is whether the request says something: a parameter or a header.
func (r *request) has(name string) bool {
	if r.form.Get(name) != "" && r.form.Get(name) != "false" || r.HTTP.Header.Get(name) != "" {
		return true
	}
	value, ok := r.body[name]
	return ok && value != false && value != nil
}

// list is one of the query protocol: Tags.Tag.1.Key.
func (r *request) list(format string) (values []string) {
	for i := 1; r.form.Has(fmt.Sprintf(format, i)); i++ {
		values = append(values, r.form.Get(fmt.Sprintf(format, i)))
	}
	return values
}

func (r *request) arn(service, resource string) string {
	return wire.ARN(service, r.Region, r.Account, resource)
}

// caller is the ARN of the role that calls.
func (r *request) caller() string {
	return wire.GlobalARN("iam", r.Region, r.Account, "role/"+r.Principal)
}

// question is one of the call's own.
func (r *request) question(action, resource string, f Facts, context map[string]any) Question {
	all := map[string]any{"aws:RequestedRegion": r.Region}
	for key, value := range context {
		all[key] = value
	}
	for key, value := range tagsOf(f, resource) {
		all[key] = value
	}
	return Question{Principal: r.caller(), Action: action, Resource: resource, Owner: owner(f, resource, r.Account), Context: all, Endpoint: r.Endpoint}
}

// owner is whose a resource is: an ARN says it, S3's do not.
func owner(f Facts, arn, caller string) string {
	if o, ok := f.(interface{ OwnerOf(arn string) string }); ok {
		if account := o.OwnerOf(arn); account != "" {
			return account
		}
	}
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 && accountRE.MatchString(parts[4]) {
		return parts[4]
	}
	return caller
}

var accountRE = regexp.MustCompile(`^[0-9]{12}$`)

// tagsOf is what the tags of a resource add to the context.
func tagsOf(f Facts, arn string) map[string]any {
	context, parts := map[string]any{}, strings.SplitN(arn, ":", 7)
	if len(parts) < 6 || strings.HasSuffix(arn, "*") {
		return context
	}
	for key, value := range f.Tags(arn) {
		context["aws:ResourceTag/"+key] = value
		switch parts[2] {
		case "rds":
			context["rds:"+parts[5]+"-tag/"+key] = value
		case "secretsmanager":
			context["secretsmanager:ResourceTag/"+key] = value
		}
	}
	return context
}

// questions of the call itself.
func (r *request) questions(f Facts) ([]Question, error) {
	if r.row.asks != nil {
		return r.row.asks(r, f)
	}
	action := r.row.action
	if action == "" {
		action = r.Service + ":" + r.Operation
	}
	resources := []string{"*"}
	if r.row.on != nil {
		resources = slices.DeleteFunc(r.row.on(r), func(arn string) bool { return arn == "" })
	}
	if len(resources) == 0 {
		return nil, wire.Unknown("authz: %s %s: what it is about cannot be told from the request", r.Service, r.Operation)
	}
	var context map[string]any
	if r.row.tells != nil {
		context = r.row.tells(r)
	}
	var list []Question
	for _, resource := range resources {
		list = append(list, r.question(action, resource, f, context))
	}
	return list, nil
}
