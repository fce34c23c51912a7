package stacks

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
)

// LaterAuthorities in place of a file says that the stacks are only looked at.
const LaterAuthorities = "later"

// ErrNoAuthorities: lifeboat has the certificate authorities of RDS of the
// partition aws. In another no check would trust the copy that it talks to.
var ErrNoAuthorities = errors.New("the certificate authorities of RDS there are not in lifeboat: get the bundle of that partition and say CA_BUNDLE=<file>")

// whence is where AWS says where to get them.
var whence = map[string]string{
	"aws-us-gov": "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html",
	"aws-cn":     "https://docs.amazonaws.cn/en_us/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html",
}

// checkAuthorities wants a file of certificates where lifeboat has none.
func checkAuthorities(p Props) error {
	region := p.Plan.DrillRegion()
	partition := deployed.Partition(region)
	switch {
	case p.Authorities == LaterAuthorities, p.Authorities == "" && partition == "aws":
		return nil
	case p.Authorities == "":
		return fmt.Errorf("in %s: %w (%s)", region, ErrNoAuthorities, whence[partition])
	}
	text, err := os.ReadFile(p.Authorities)
	if err != nil {
		return fmt.Errorf("CA_BUNDLE: %w", err)
	}
	if !x509.NewCertPool().AppendCertsFromPEM(text) {
		return fmt.Errorf("CA_BUNDLE: %s holds no certificate", p.Authorities)
	}
	return nil
}

// packageAuthorities puts them beside the functions that ask databases, and takes
// away those of an earlier deployment.
func packageAuthorities(p Props) error {
	for _, function := range deployed.AskDatabases {
		if err := packageAuthority(p, filepath.Join(p.Assets, function, deployed.AuthoritiesFile)); err != nil {
			return err
		}
	}
	return nil
}

func packageAuthority(p Props, file string) error {
	if p.Authorities == "" || p.Authorities == LaterAuthorities {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("package the certificate authorities: %w", err)
		}
		return nil
	}
	text, err := os.ReadFile(p.Authorities)
	if err != nil {
		return fmt.Errorf("package the certificate authorities: %w", err)
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return fmt.Errorf("package the certificate authorities (run `make functions` first): %w", err)
	}
	return nil
}
