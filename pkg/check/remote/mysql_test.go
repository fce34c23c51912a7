package remote_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/check/mysql/mysqltest"
	"github.com/lifeboat-dr/lifeboat/pkg/check/remote"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/tlstest"
)

func mysqlOptions(s *mysqltest.Server, a tlstest.Authority) remote.Options {
	return remote.Options{
		Endpoint: drill.Endpoint{Engine: "mysql", Host: "localhost", Port: s.Port, Database: "shop"},
		User:     s.User, Password: s.Password, Cleartext: s.Token, Roots: a.Pool(), StatementTimeout: 30 * time.Second,
		StartedAt: time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC),
	}
}

func TestWhoMySQLLetsIn(t *testing.T) {
	tests := map[string]struct {
		reason string
		token  bool
		plain  bool
		change func(*testing.T, *remote.Options)
		want   drill.ErrorName
	}{
		"password":                         {"as it is", false, false, func(*testing.T, *remote.Options) {}, ""},
		"token":                            {"sent as it is, inside TLS", true, false, func(*testing.T, *remote.Options) {}, ""},
		"a token, not allowed":             {"a server cannot talk a password out of us", true, false, func(_ *testing.T, o *remote.Options) { o.Cleartext = false }, drill.ValidationImpossible},
		"a password that is not in effect": {"RDS rotates it", false, false, func(_ *testing.T, o *remote.Options) { o.Password = "hunter2" }, drill.NotReady},
		"another authority":                {"anybody could be the server", false, false, func(t *testing.T, o *remote.Options) { o.Roots = tlstest.NewAuthority(t).Pool() }, drill.ValidationImpossible},
		"another name":                     {"the certificate is somebody else's", false, false, func(_ *testing.T, o *remote.Options) { o.Endpoint.Host = "127.0.0.1" }, drill.ValidationImpossible},
		"no TLS":                           {"a token would be read on the way", true, true, func(*testing.T, *remote.Options) {}, drill.ValidationImpossible},
		"nobody listens":                   {"the instance is just starting", false, false, func(_ *testing.T, o *remote.Options) { o.Endpoint.Port = 1 }, drill.NotReady},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			a := tlstest.NewAuthority(t)
			s := mysqltest.Start(t, a, &mysqltest.Server{User: "admin", Password: "s3cret", Token: tc.token, Plain: tc.plain})
			o := mysqlOptions(s, a)
			tc.change(t, &o)
			session, err := remote.Open(context.Background(), o)
			if err == nil {
				defer session.Close()
			}
			if drill.NameOf(err) != tc.want {
				t.Errorf("%s: %q: %v", tc.reason, drill.NameOf(err), err)
			}
			if err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "s3cret")) {
				t.Errorf("the error holds a Password: %v", err)
			}
		})
	}
}
