package validation_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest"
	"github.com/lifeboat-dr/lifeboat/pkg/validation"
)

// authority makes certificates for a name, as RDS's own authority does.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t testing.TB) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{certificate, key}
}

func (a authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

// issue writes server.crt and server.key for a host name.
func (a authority) issue(t testing.TB, folder, host string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"server.crt": {Type: "CERTIFICATE", Bytes: der}, "server.key": {Type: "EC PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(folder, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// encrypted is a server that speaks TLS under the name localhost.
func encrypted(t testing.TB) (*pgtest.Source, authority) {
	t.Helper()
	a := newAuthority(t)
	source := pgtest.Start(t, pgtest.Options{Loopback: true, Checksums: true})
	folder := filepath.Join(source.Folder, "tls")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	a.issue(t, folder, "localhost")
	if err := source.Own(folder); err != nil {
		t.Fatal(err)
	}
	switchOn(source)
	return source, a
}

// switchOn has a running server speak TLS.
func switchOn(s *pgtest.Source) {
	for _, setting := range []string{
		"ssl_cert_file = '" + filepath.Join(s.Folder, "tls", "server.crt") + "'",
		"ssl_key_file = '" + filepath.Join(s.Folder, "tls", "server.key") + "'",
		"ssl = on",
	} {
		s.Exec("postgres", "alter system set "+setting)
	}
	s.Exec("postgres", "select pg_reload_conf()")
	for s.Value("postgres", "show ssl") != "on" {
		time.Sleep(10 * time.Millisecond)
	}
}

func options(s *pgtest.Source, a authority) validation.Options {
	return validation.Options{
		Endpoint: drill.Endpoint{Engine: "postgres", Host: "localhost", Port: s.Port(), Database: "postgres"},
		User:     "postgres", Password: s.Password(), Roots: a.pool(), StatementTimeout: 30 * time.Second,
		StartedAt: time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC),
	}
}

func number(f float64) *float64 { return &f }

func TestChecksOverTLS(t *testing.T) {
	source, a := encrypted(t)
	source.Exec("postgres", "create table orders (id int primary key, note text, at timestamptz); insert into orders select i, repeat(md5(i::text), 200), '2026-11-02 02:50:00+00' from generate_series(1, 2000) i")
	session, err := validation.Open(context.Background(), options(source, a))
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	tests := map[string]struct {
		reason  string
		check   drill.Check
		outcome drill.CheckOutcome
	}{
		"count":         {"a number in range", drill.Check{SQL: "select count(*) from orders", Expect: &drill.Expect{Min: number(2000)}}, drill.CheckPassed},
		"age":           {"counted to the start of the drill", drill.Check{SQL: "select max(at) from orders", Expect: &drill.Expect{MaxAgeSeconds: number(900)}}, drill.CheckPassed},
		"missing table": {"the backup came back without it", drill.Check{SQL: "select count(*) from invoices", Expect: &drill.Expect{Min: number(1)}}, drill.CheckFailed},
		"writes":        {"sessions are read-only", drill.Check{SQL: "delete from orders returning 1", Expect: &drill.Expect{Rows: &drill.Range{Min: number(1)}}}, drill.CheckError},
		"deep read":     {"every table to its end", drill.Check{Kind: drill.CheckHeapRead, Stage: drill.Proof}, drill.CheckPassed},
		"indexes":       {"none is invalid", drill.Check{Kind: drill.CheckIndexes, Stage: drill.Proof}, drill.CheckPassed},
		"amcheck":       {"needs a superuser", drill.Check{Kind: drill.CheckAmcheck, Stage: drill.Proof}, drill.CheckSkipped},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			tc.check.Name = name
			result, err := session.Run(context.Background(), tc.check)
			if err != nil || result.Outcome != tc.outcome {
				t.Errorf("%s: %+v, %v", tc.reason, result, err)
			}
		})
	}
}

func TestWhoIsLetIn(t *testing.T) {
	source, a := encrypted(t)
	tests := map[string]struct {
		reason string
		change func(*validation.Options)
		want   drill.ErrorName
	}{
		"another authority":                {"anybody could be the server", func(o *validation.Options) { o.Roots = newAuthority(t).pool() }, drill.ValidationImpossible},
		"another name":                     {"the certificate is somebody else's", func(o *validation.Options) { o.Endpoint.Host = "127.0.0.1" }, drill.ValidationImpossible},
		"no such database":                 {"it will not appear", func(o *validation.Options) { o.Endpoint.Database = "none" }, drill.ValidationImpossible},
		"a password that is not in effect": {"RDS rotates it", func(o *validation.Options) { o.Password = "hunter2" }, drill.NotReady},
		"nobody listens":                   {"the instance is just starting", func(o *validation.Options) { o.Endpoint.Port = 1 }, drill.NotReady},
		"an unknown engine":                {"it cannot be asked", func(o *validation.Options) { o.Endpoint.Engine = "oracle" }, drill.ValidationImpossible},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			o := options(source, a)
			tc.change(&o)
			_, err := validation.Open(context.Background(), o)
			if drill.NameOf(err) != tc.want {
				t.Errorf("%s: %q: %v", tc.reason, drill.NameOf(err), err)
			}
			if err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), source.Password())) {
				t.Errorf("the error holds a password: %v", err)
			}
		})
	}
}

// A deep read goes on where the call before left off, and comes to the same
// figure.
func TestDeepReadInParts(t *testing.T) {
	source, a := encrypted(t)
	source.Exec("postgres", "create table a as select generate_series(1, 5000) as id; create table b as select generate_series(1, 5000) as id; create table c as select generate_series(1, 5000) as id")
	o := options(source, a)
	o.ReadBudget = time.Nanosecond // used up after every table
	session, err := validation.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	check := drill.Check{Name: "deep", Kind: drill.CheckHeapRead, Stage: drill.Proof}
	calls := 0
	var last drill.CheckResult
	for calls < 1000 {
		calls++
		if last, err = session.Run(context.Background(), check); err != nil {
			t.Fatal(err)
		}
		if !last.Unfinished {
			break
		}
		check.Cursor = last.Cursor
	}
	if last.Outcome != drill.CheckPassed || calls < 50 || last.Figure.(int) != calls-1 {
		t.Errorf("%d calls, %+v", calls, last)
	}
}

func TestDeepReadFindsADamagedPage(t *testing.T) {
	source, a := encrypted(t)
	source.Exec("postgres", "create table damaged as select i, repeat('x', 500) as filler from generate_series(1, 2000) i; checkpoint")
	file := filepath.Join(source.Data, source.Value("postgres", "select pg_relation_filepath('damaged')"))
	source.Stop()
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("damage"), 8192+4000); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	source.Restart(nil)
	switchOn(source)
	session, err := validation.Open(context.Background(), options(source, a))
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	result, err := session.Run(context.Background(), drill.Check{Name: "deep", Kind: drill.CheckHeapRead, Stage: drill.Proof})
	if err != nil || result.Outcome != drill.CheckFailed || !strings.Contains(result.Reason, "damaged") {
		t.Errorf("%+v, %v", result, err)
	}
}
