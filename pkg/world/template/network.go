package template

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	validatedata "github.com/lifeboat-dr/lifeboat/functions/validate-data/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/secretsmanager"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/authz"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/cloudformation"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/network"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
)

// transport is a function's way to the APIs of AWS: from its place in a network
// through an endpoint, whose policy decides as well, or straight where it is in
// none.
type transport struct {
	world *World
	from  cloudformation.Configuration
}

// connectTimeout is how long the SDK waits for a connection.
// https://pkg.go.dev/github.com/aws/aws-sdk-go-v2/aws/transport/http#pkg-variables
const connectTimeout = 30 * time.Second

var scopeRE = regexp.MustCompile(`Credential=[^/]+/[0-9]{8}/([^/]+)/([^/]+)/aws4_request`)

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if t.from.Place == nil {
		return t.world.cloud.RoundTrip(r)
	}
	scope := scopeRE.FindStringSubmatch(r.Header.Get("Authorization"))
	if scope == nil {
		return nil, fmt.Errorf("an unsigned request to %s", r.URL.Host)
	}
	service := scope[2]
	if strings.HasPrefix(r.URL.Host, service+"-api.") {
		service += "-api"
	}
	endpoint, err := t.world.account.Network.API(*t.from.Place, service, scope[1])
	if err != nil {
		t.world.trouble(shortName(t.from.ARN), "cannot reach "+scope[2]+" in "+scope[1], err)
		t.world.clock.Sleep(connectTimeout)
		return nil, fmt.Errorf("dial tcp %s:443: i/o timeout", r.URL.Host)
	}
	return t.world.cloud.RoundTrip(r.WithContext(simaws.Through(r.Context(), endpoint)))
}

// openers are the ways from a function to copies: the password is read over the
// real client, and then the network from the function's place to the copy's.
func (w *World) openers(v cloudformation.Configuration) validatedata.Openers {
	return func(s *lambdafn.Settings) drillstep.ByKind[drillstep.OpenChecks] {
		passwords := secretsmanager.New(s.Config)
		return drillstep.ByKind[drillstep.OpenChecks]{
			plan.KindRDSInstance: func(ctx context.Context, run drill.Run, spec drill.Spec, res drill.Resource, access drill.Access) (drillstep.CheckSession, error) {
				if access.Secret != "" {
					if _, _, err := passwords.Read(ctx, spec.Place.Region(), access.Secret); err != nil {
						return nil, err
					}
				}
				// A query of a recovery knows a host, whose first label is the instance's name.
				instance, _, _ := strings.Cut(res.ID, ".")
				if err := w.connect(v, spec.Place.Region(), instance); err != nil {
					return nil, &drill.Error{Name: drill.NotReady, What: fmt.Sprintf("%s:%d: nothing answers yet", access.Endpoint.Host, access.Endpoint.Port), Err: err}
				}
				if access.Secret == "" {
					if err := w.token(v, spec.Place.Region(), access.User, instance); err != nil {
						return nil, err
					}
				}
				return sim.Session(w.clock, w.o.Scenario, access.Endpoint, run, func() bool {
					copied := w.instance(part(v.ARN, 4), spec.Place.Region(), instance)
					return copied == nil || copied.Status() == "stopping" || copied.Status() == "stopped"
				}), nil
			},
		}
	}
}

// connect tells whether a connection from a function to a copy comes about.
func (w *World) connect(v cloudformation.Configuration, region, instance string) error {
	copied := w.instance(part(v.ARN, 4), region, instance)
	if copied == nil {
		return fmt.Errorf("there is no instance %s", instance)
	}
	to := network.Place{Subnets: w.account.Subnets(copied.SubnetGroup), Groups: copied.SecurityGroups}
	if v.Place == nil {
		if w.account.Network.Public(to) {
			return nil
		}
		err := fmt.Errorf("the function is in no network, and the copy is not public")
		w.trouble(shortName(v.ARN), "cannot reach "+instance, err)
		return err
	}
	if err := w.account.Network.Connect(*v.Place, to, copied.Port()); err != nil {
		w.trouble(shortName(v.ARN), "cannot reach "+instance, err)
		w.clock.Sleep(connectTimeout)
		return err
	}
	return nil
}

// token tells whether a token lets its owner in: the role must be allowed to
// connect to that copy as that user.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html
func (w *World) token(v cloudformation.Configuration, region, user, instance string) error {
	copied := w.instance(part(v.ARN, 4), region, instance)
	account := part(v.ARN, 4)
	err := w.may(authz.Question{
		Principal: v.Role, Action: "rds-db:connect", Owner: account,
		Resource: "arn:" + part(v.ARN, 1) + ":rds-db:" + region + ":" + account + ":dbuser:" + copied.ResourceID + "/" + user,
	})
	if err != nil {
		return &drill.Error{Name: drill.NotReady, What: "log in as " + user + ": not yet (28000)", Err: err}
	}
	return nil
}
