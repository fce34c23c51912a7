package pgtest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/tlstest"
)

// Encrypted is a server that speaks TLS under the name localhost.
func Encrypted(t testing.TB) (*Source, tlstest.Authority) {
	t.Helper()
	a := tlstest.NewAuthority(t)
	source := Start(t, Options{Loopback: true, Checksums: true})
	folder := filepath.Join(source.Folder, "tls")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	a.Issue(t, folder, "localhost")
	if err := source.Own(folder); err != nil {
		t.Fatal(err)
	}
	SwitchTLSOn(source)
	return source, a
}

// SwitchTLSOn has a running server speak TLS.
func SwitchTLSOn(s *Source) {
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
