package route53_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/route53"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lab"
	simroute53 "github.com/lifeboat-dr/lifeboat/pkg/simaws/route53"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const (
	account = "111122223333"
	zone    = "Z0123456789ABCDEFGHIJ"
	check   = "01234567-89ab-cdef-0123-456789abcdef"
)

// asked are the regions that requests were signed for, and refuse is what each is
// answered; nil: it is served.
type asked struct {
	*lab.Cloud
	regions []string
	hosts   []string
}

func (a *asked) RoundTrip(r *http.Request) (*http.Response, error) {
	_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	a.regions, a.hosts = append(a.regions, strings.Split(scope, "/")[2]), append(a.hosts, r.URL.Host)
	return a.Cloud.RoundTrip(r)
}

func dns(t *testing.T, region string, refuse error) (route53.DNS, *asked) {
	t.Helper()
	a := &asked{Cloud: lab.New(lab.Options{Options: simaws.Options{
		Clock: clock.NewVirtual(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)), Authorise: func(*wire.Call) error { return refuse },
	}})}
	return route53.New(awsconfig.New(awsconfig.Options{
		Region: region, HTTPClient: &http.Client{Transport: a}, Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(account, "tester"), "secret", ""),
	})), a
}

func TestHealthChecksAreRead(t *testing.T) {
	d, a := dns(t, "eu-central-1", nil)
	a.DNS.AddHealthCheck(account, &simroute53.HealthCheck{ID: check, Interval: 10, Threshold: 3, Disabled: true})
	a.DNS.AddHealthCheck(account, &simroute53.HealthCheck{ID: "c", Type: "CALCULATED", Inverted: true})
	got, there, err := d.HealthCheck(context.Background(), check)
	if err != nil || !there || got != (seen.HealthCheck{Type: "HTTPS", Interval: 10 * time.Second, Threshold: 3, Disabled: true}) {
		t.Errorf("%+v, %t, %v", got, there, err)
	}
	if got, _, err := d.HealthCheck(context.Background(), "c"); err != nil || got != (seen.HealthCheck{Type: "CALCULATED", Inverted: true}) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, there, err := d.HealthCheck(context.Background(), "none"); there || err != nil {
		t.Errorf("%t, %v", there, err)
	}
}

// A name has as many record sets as somebody made, over pages; its neighbours in
// the list are others'.
func TestRecordsOfAName(t *testing.T) {
	d, a := dns(t, "eu-central-1", nil)
	records := []simroute53.Record{
		{Name: "example.com", Type: "NS", TTL: 172800, Values: []string{"ns-1.awsdns-1.com."}},
		{Name: "orders.example.com", Type: "A", Failover: "SECONDARY", SetIdentifier: "b", Alias: "web-1.eu-central-1.elb.amazonaws.com", Evaluate: true},
		{Name: "a.orders.example.com", TTL: 5, Values: []string{"192.0.2.9"}},
		{Name: "*.example.com", TTL: 7, Values: []string{"192.0.2.8"}},
		{Name: "zebra.example.com", TTL: 5, Values: []string{"192.0.2.9"}},
	}
	for i := range 310 { // more than a page
		weight := int64(i)
		records = append(records, simroute53.Record{
			Name: "Orders.example.com.", SetIdentifier: "a" + strings.Repeat("x", i), Weight: &weight, TTL: 60, Values: []string{"192.0.2.1"}, HealthCheck: check,
		})
	}
	a.DNS.SetZone(account, zone, records...)
	list, there, err := d.Records(context.Background(), zone, "orders.example.com")
	if err != nil || !there || len(list) != 311 {
		t.Fatalf("%d, %t, %v", len(list), there, err)
	}
	first, last := list[0], list[310]
	if first.Name != "orders.example.com" || first.TTL != time.Minute || first.HealthCheck != check || first.Alias != "" {
		t.Errorf("%+v", first)
	}
	if want := `{"HealthCheckId":"` + check + `","Name":"orders.example.com.","ResourceRecords":[{"Value":"192.0.2.1"}],"SetIdentifier":"a","TTL":60,"Type":"A","Weight":0}`; string(first.Text) != want {
		t.Errorf("the command line would be given %s", first.Text)
	}
	if last.Failover != "SECONDARY" || last.TTL != 0 || last.Alias != "web-1.eu-central-1.elb.amazonaws.com" || !last.Evaluated {
		t.Errorf("%+v", last)
	}
	if list, _, err := d.Records(context.Background(), zone, "*.example.com"); err != nil || len(list) != 1 || list[0].TTL != 7*time.Second {
		t.Errorf("%+v, %v", list, err)
	}
	if list, there, err := d.Records(context.Background(), zone, "carts.example.com"); err != nil || !there || len(list) != 0 {
		t.Errorf("%+v, %t, %v", list, there, err)
	}
	if _, there, err := d.Records(context.Background(), "ZNONE", "orders.example.com"); there || err != nil {
		t.Errorf("%t, %v", there, err)
	}
}

// Route 53 is global: each partition has one endpoint, and requests are signed for
// its region, whatever that of the caller.
// https://docs.aws.amazon.com/general/latest/gr/r53.html
func TestRoute53IsGlobal(t *testing.T) {
	for region, want := range map[string]struct{ signed, host string }{
		"eu-central-1":   {"us-east-1", "route53.amazonaws.com"},
		"us-gov-east-1":  {"us-gov-west-1", "route53.us-gov.amazonaws.com"},
		"cn-north-1":     {"cn-northwest-1", "route53.amazonaws.com.cn"},
		"ap-southeast-1": {"us-east-1", "route53.amazonaws.com"},
	} {
		d, a := dns(t, region, nil)
		if _, _, err := d.HealthCheck(context.Background(), check); err != nil {
			t.Errorf("%s: %v", region, err)
		}
		if !slices.Equal(a.regions, []string{want.signed}) || !slices.Equal(a.hosts, []string{want.host}) {
			t.Errorf("%s: signed for %v, sent to %v", region, a.regions, a.hosts)
		}
	}
}

func TestWhoMayNotReadIsToldWhatItTakes(t *testing.T) {
	d, _ := dns(t, "eu-central-1", &wire.Error{Code: "AccessDenied", Message: "no", Status: http.StatusForbidden})
	_, _, err := d.HealthCheck(context.Background(), check)
	_, _, err2 := d.Records(context.Background(), zone, "orders.example.com")
	for _, err := range []error{err, err2} {
		var unread *seen.Unread
		if !errors.As(err, &unread) || !unread.Denied() || !strings.HasPrefix(unread.Permission, "route53:") {
			t.Errorf("%v", err)
		}
	}
}
