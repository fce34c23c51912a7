package lambdafn

import "os"

// AuthoritiesFile holds RDS's certificate authorities in the package of the
// validating function, in partitions of which lifeboat has none itself.
const AuthoritiesFile = "authorities.pem"

// Authorities is the file of RDS's certificate authorities: that of the
// environment, else the packaged one; "" where there is neither.
func Authorities() string {
	if file := os.Getenv(EnvAuthorities); file != "" {
		return file
	}
	if file := Packaged(AuthoritiesFile); exists(file) {
		return file
	}
	return ""
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
