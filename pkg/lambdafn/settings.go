package lambdafn

import (
	"errors"
	"fmt"
	"os"
	"strconv"
)

// Settings are what the deployment tells its functions. Each function reads
// only those that it needs; a missing one is an error at its start.
type Settings struct{ problems []error }

// Get returns a variable, and remembers it where it is missing.
func (s *Settings) Get(name string) string {
	value := os.Getenv(name)
	if value == "" {
		s.problems = append(s.problems, fmt.Errorf("the environment variable %s is not set: the deployment sets it, see infra/", name))
	}
	return value
}

// Int is Get for a whole number.
func (s *Settings) Int(name string) int {
	value := s.Get(name)
	n, err := strconv.Atoi(value)
	if value != "" && err != nil {
		s.problems = append(s.problems, fmt.Errorf("the environment variable %s=%q is no whole number", name, value))
	}
	return n
}

// Check remembers another reason why the function cannot start; nil is none.
func (s *Settings) Check(err error) {
	if err != nil {
		s.problems = append(s.problems, err)
	}
}

// Err is everything that is missing.
func (s *Settings) Err() error { return errors.Join(s.problems...) }
