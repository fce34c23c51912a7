package lambdafn

import (
	"os"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
)

// Authorities is the file of RDS's certificate authorities: that of the
// environment, else the packaged one; "" where there is neither.
func Authorities() string {
	if file := os.Getenv(deployed.EnvAuthorities); file != "" {
		return file
	}
	if file := Packaged(deployed.AuthoritiesFile); exists(file) {
		return file
	}
	return ""
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
