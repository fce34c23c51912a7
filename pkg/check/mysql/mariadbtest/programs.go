package mariadbtest

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Env names the server program to test with, before all others: for a package
// that was unpacked and not installed.
const Env = "LIFEBOAT_MARIADB"

// programs of one MariaDB.
type programs struct {
	base    string // what it calls its basedir: the folder above its programs
	server  string // mariadbd
	install string // makes a data folder
}

// find skips the test where there is no MariaDB, and says what to do about it.
func find(t testing.TB) programs {
	t.Helper()
	var looked []string
	for _, server := range candidates() {
		version, err := exec.Command(server, "--version").CombinedOutput()
		if err != nil || !strings.Contains(string(version), "MariaDB") {
			looked = append(looked, server+" is no MariaDB that runs: "+cmp.Or(strings.TrimSpace(string(version)), "no answer"))
			continue
		}
		base := filepath.Dir(filepath.Dir(server))
		for _, name := range []string{"bin/mariadb-install-db", "scripts/mariadb-install-db", "bin/mysql_install_db"} {
			if install := filepath.Join(base, name); isFile(install) {
				return programs{base: base, server: server, install: install}
			}
		}
		looked = append(looked, server+" has no mariadb-install-db beside it")
	}
	t.Skip(strings.Join(append([]string{"no MariaDB on this machine: install it (apt-get install mariadb-server), or name its mariadbd in " + Env}, looked...), "; "))
	return programs{}
}

// candidates are the server programs of this machine, by preference.
func candidates() []string {
	if named := os.Getenv(Env); named != "" {
		return []string{named}
	}
	var found []string
	for _, name := range []string{"mariadbd", "mysqld"} {
		if path, err := exec.LookPath(name); err == nil {
			found = append(found, path)
		}
		for _, folder := range []string{"/usr/sbin", "/usr/libexec", "/usr/local/sbin", "/opt/homebrew/bin"} {
			if path := filepath.Join(folder, name); isFile(path) {
				found = append(found, path)
			}
		}
	}
	return found
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
