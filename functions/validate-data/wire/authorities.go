package wire

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/rdsca"
)

// authorities are those of the environment, else those in the package, else
// RDS's own that lifeboat has.
func authorities(env lambdafn.Env) (*x509.CertPool, error) {
	if file := env.Getenv(deployed.EnvAuthorities); file != "" {
		return rdsca.Load(file)
	}
	text, err := env.ReadFile(deployed.AuthoritiesFile)
	if errors.Is(err, fs.ErrNotExist) {
		return rdsca.Pool()
	}
	if err != nil {
		return nil, fmt.Errorf("read the packaged certificate authorities: %w", err)
	}
	return rdsca.Parse(text, deployed.AuthoritiesFile)
}
