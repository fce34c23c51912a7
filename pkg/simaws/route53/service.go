// Package route53 is the simulated Route 53, as far as somebody looks at health
// checks and records in it.
//
// It is global: whatever the region of the caller, requests are signed for one of
// the partition's, and ARNs have none.
//
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_Operations_Amazon_Route_53.html
package route53

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// HealthCheck is one of an account.
type HealthCheck struct {
	ID                 string
	Type               string // default HTTPS; CALCULATED and CLOUDWATCH_METRIC have no interval
	Interval           int    // seconds
	Threshold          int
	Disabled, Inverted bool
}

// Record is a resource record set.
type Record struct {
	Name          string // with or without its last dot
	Type          string // default A
	TTL           int64  // seconds; not of an alias
	Values        []string
	SetIdentifier string
	Failover      string // PRIMARY, SECONDARY
	Weight        *int64
	HealthCheck   string // id
	Alias         string // DNS name that it stands for
	Evaluate      bool   // whether the health of an alias's target counts
}

// Service implements wire.Handler. Calls must come one at a time, as simaws.Cloud
// sends them.
type Service struct {
	checks map[string]*HealthCheck // by account and id
	zones  map[string][]Record     // by account and id
}

// New makes the service, without any zone.
func New() *Service {
	return &Service{checks: map[string]*HealthCheck{}, zones: map[string][]Record{}}
}

// AddHealthCheck makes one. What it points to may be changed later.
func (s *Service) AddHealthCheck(account string, h *HealthCheck) {
	if h.Type == "" {
		h.Type = "HTTPS"
	}
	s.checks[account+"/"+h.ID] = h
}

// SetZone makes a hosted zone with these records, in the place of what it had.
func (s *Service) SetZone(account, id string, records ...Record) { s.zones[account+"/"+id] = records }

const (
	version   = "2013-04-01"
	namespace = "https://route53.amazonaws.com/doc/2013-04-01/"
	requestID = "00000000-0000-4000-8000-000000000000"
	// https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html
	maxPage = 300
)

// Resolve implements wire.Handler.
func (s *Service) Resolve(c *wire.Call) string {
	path := wire.Segments(c.HTTP)
	switch {
	case c.HTTP.Method != http.MethodGet || len(path) < 3 || path[0] != version:
	case len(path) == 3 && path[1] == "healthcheck":
		return "GetHealthCheck"
	case len(path) == 4 && path[1] == "hostedzone" && path[3] == "rrset":
		return "ListResourceRecordSets"
	}
	return c.HTTP.Method + " " + c.HTTP.URL.Path
}

// Serve implements wire.Handler.
func (s *Service) Serve(c *wire.Call) (wire.Reply, error) {
	switch c.Operation {
	case "GetHealthCheck":
		return s.get(c)
	case "ListResourceRecordSets":
		return s.list(c)
	}
	return wire.Reply{}, wire.Unknown("%s has no operation %q", c.Service, c.Operation)
}

// Fail implements wire.Handler.
func (s *Service) Fail(_ *wire.Call, e *wire.Error) wire.Reply {
	type detail struct{ Type, Code, Message string }
	reply, err := document(e.Status, "ErrorResponse", struct {
		Error     detail
		RequestId string
	}{detail{"Sender", e.Code, e.Message}, requestID})
	if err != nil {
		return wire.Reply{Status: http.StatusInternalServerError, Body: []byte(err.Error())}
	}
	return reply
}

func document(status int, name string, result any) (wire.Reply, error) {
	var body bytes.Buffer
	body.WriteString(xml.Header)
	start := xml.StartElement{Name: xml.Name{Local: name}, Attr: []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: namespace}}}
	if err := xml.NewEncoder(&body).EncodeElement(result, start); err != nil {
		return wire.Reply{}, err
	}
	return wire.Reply{Status: status, Header: http.Header{"Content-Type": {"text/xml"}}, Body: body.Bytes()}, nil
}

func notFound(code, format string, args ...any) *wire.Error {
	return &wire.Error{Code: code, Message: fmt.Sprintf(format, args...), Status: http.StatusNotFound}
}

func global(c *wire.Call, resource string) string {
	return "arn:" + wire.Partition(c.Region) + ":route53:::" + resource
}

type config struct {
	Type             string
	RequestInterval  *int `xml:",omitempty"`
	FailureThreshold *int `xml:",omitempty"`
	Inverted         bool
	Disabled         bool
}

type healthCheck struct {
	Id, CallerReference string
	HealthCheckConfig   config
	HealthCheckVersion  int
}

func (s *Service) get(c *wire.Call) (wire.Reply, error) {
	id := wire.Segments(c.HTTP)[2]
	c.Touch(global(c, "healthcheck/"+id))
	h := s.checks[c.Account+"/"+id]
	if h == nil {
		return wire.Reply{}, notFound("NoSuchHealthCheck", "No health check exists with the specified ID %s", id)
	}
	out := config{Type: h.Type, Inverted: h.Inverted, Disabled: h.Disabled}
	if h.Interval > 0 {
		out.RequestInterval = &h.Interval
	}
	if h.Threshold > 0 {
		out.FailureThreshold = &h.Threshold
	}
	return document(0, "GetHealthCheckResponse", struct{ HealthCheck healthCheck }{healthCheck{Id: id, CallerReference: id, HealthCheckConfig: out, HealthCheckVersion: 1}})
}

type value struct{ Value string }

type alias struct {
	HostedZoneId, DNSName string
	EvaluateTargetHealth  bool
}

type recordSet struct {
	Name, Type      string
	SetIdentifier   string  `xml:",omitempty"`
	Weight          *int64  `xml:",omitempty"`
	Failover        string  `xml:",omitempty"`
	TTL             *int64  `xml:",omitempty"`
	ResourceRecords []value `xml:"ResourceRecords>ResourceRecord,omitempty"`
	AliasTarget     *alias  `xml:",omitempty"`
	HealthCheckId   string  `xml:",omitempty"`
}

type listed struct {
	ResourceRecordSets   []recordSet `xml:"ResourceRecordSets>ResourceRecordSet"`
	IsTruncated          bool
	NextRecordName       string `xml:",omitempty"`
	NextRecordType       string `xml:",omitempty"`
	NextRecordIdentifier string `xml:",omitempty"`
	MaxItems             string
}

// list goes through a zone in Route 53's order: by the labels of the names from
// the last one on, by type, by identifier; from a name on, where one is given.
func (s *Service) list(c *wire.Call) (wire.Reply, error) {
	id, asked := wire.Segments(c.HTTP)[2], c.HTTP.URL.Query()
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		if !slices.Contains([]string{"name", "type", "identifier", "maxitems"}, name) {
			return wire.Reply{}, wire.Unknown("%s %s: query parameter %s is not simulated", c.Service, c.Operation, name)
		}
	}
	c.Touch(global(c, "hostedzone/"+id))
	records, there := s.zones[c.Account+"/"+id]
	if !there {
		return wire.Reply{}, notFound("NoSuchHostedZone", "No hosted zone found with ID: %s", id)
	}
	most := maxPage
	if text := asked.Get("maxitems"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return wire.Reply{}, wire.Errorf("InvalidInput", "maxitems: %q", text)
		}
		most = min(n, maxPage)
	}
	sets := []recordSet{}
	for _, r := range records {
		sets = append(sets, r.shown())
	}
	slices.SortFunc(sets, inOrder)
	from := recordSet{Name: dotted(asked.Get("name")), Type: asked.Get("type"), SetIdentifier: asked.Get("identifier")}
	if asked.Get("name") != "" {
		sets = slices.DeleteFunc(sets, func(r recordSet) bool { return inOrder(r, from) < 0 })
	}
	out := listed{ResourceRecordSets: sets, MaxItems: strconv.Itoa(most)}
	if len(sets) > most {
		next := sets[most]
		out.ResourceRecordSets, out.IsTruncated = sets[:most], true
		out.NextRecordName, out.NextRecordType, out.NextRecordIdentifier = next.Name, next.Type, next.SetIdentifier
	}
	return document(0, "ListResourceRecordSetsResponse", out)
}

func (r Record) shown() recordSet {
	out := recordSet{Name: dotted(r.Name), Type: cmp.Or(r.Type, "A"), SetIdentifier: r.SetIdentifier, Weight: r.Weight, Failover: r.Failover, HealthCheckId: r.HealthCheck}
	if r.Alias != "" {
		out.AliasTarget = &alias{"Z2IFOLAFXWLO4F", r.Alias, r.Evaluate}
		return out
	}
	out.TTL = &r.TTL
	for _, v := range r.Values {
		out.ResourceRecords = append(out.ResourceRecords, value{v})
	}
	return out
}

// dotted is a name as Route 53 tells it: with its last dot, in lower case, and
// with a star in octal.
func dotted(name string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimSuffix(name, ".")+"."), "*", `\052`)
}

func inOrder(a, b recordSet) int {
	return cmp.Or(slices.Compare(labels(a.Name), labels(b.Name)), cmp.Compare(a.Type, b.Type), cmp.Compare(a.SetIdentifier, b.SetIdentifier))
}

func labels(name string) []string {
	list := strings.Split(strings.TrimSuffix(name, "."), ".")
	slices.Reverse(list)
	return list
}
